"""Failures by cause, as programs meet them."""

import base64
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from app.actor import local
from app.db.snapshots.parts import Failure
from app.jobs.bulk_act import bulk_act
from app.queue import JobContext, job, registry, start
from tests.store import claimed, done, inserted, stored

FAILURES = "/api/v1/failures"
CAUSE = "E in mail.send: <path> is 50% of what? #<n>"


def failed(signature: str = CAUSE) -> int:
    message = stored()
    assert claimed(message)
    end = Failure(type="E", message="m", signature=signature)
    assert done(message, outcome="failed", result=None, failure=end) is not None
    return message.job_id


@pytest.fixture
def _bulk(client: AsyncClient) -> None:
    if registry.find("bulk_act") is None:
        registry.add(bulk_act)


async def test_failures_are_listed_by_cause(client: AsyncClient) -> None:
    ids = [failed(), failed()]

    answer = (await client.get(FAILURES)).json()

    assert (answer["next"], len(answer["items"])) == (None, 1)
    [group] = answer["items"]
    assert {name: group[name] for name in ("signature", "state", "count", "open", "kinds", "last_job_id")} == {
        "signature": CAUSE, "state": "open", "count": 2, "open": 2, "kinds": {"count": 2}, "last_job_id": ids[1],
    }  # fmt: skip
    assert (group["is_regression"], group["versions"], sum(group["trend"])) == (False, {}, 2)
    jobs = (await client.get("/api/v1/jobs", params={"signature": group["signature"]})).json()
    assert [job["id"] for job in jobs["items"]] == ids[::-1]
    assert jobs["items"][0]["error"]["signature"] == CAUSE


async def test_the_list_is_paged_and_narrowed(client: AsyncClient) -> None:
    for number in range(3):
        failed(f"E: {number}")

    first = (await client.get(FAILURES, params={"limit": 2})).json()
    second = (await client.get(FAILURES, params={"limit": 2, "after": first["next"]})).json()

    assert [one["signature"] for one in first["items"] + second["items"]] == ["E: 2", "E: 1", "E: 0"]
    assert second["next"] is None
    assert (await client.get(FAILURES, params={"state": "resolved"})).json()["items"] == []
    assert (await client.get(FAILURES, params={"state": "odd"})).status_code == 422


NOW = "2026-11-30T08:00:00+00:00"


@pytest.mark.parametrize(
    "place",
    [
        "odd",
        "1",
        "{}",
        "[]",
        '["", "E"]',
        '["2026-11-30T08:00:00", "E"]',
        f'["{NOW}"]',
        f'["{NOW}", 1]',
        f'["{NOW}", "\\ud800"]',
        f'["{NOW}", "\\u0000"]',
        "[" * 1200,
    ],
)
async def test_a_place_that_no_answer_gave_is_refused(client: AsyncClient, place: str) -> None:
    failed()

    answer = await client.get(FAILURES, params={"after": base64.urlsafe_b64encode(place.encode()).decode()})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "after")


async def test_a_cause_is_dismissed_until_it_comes_again(client: AsyncClient) -> None:
    failed()

    dismissed = await client.post(f"{FAILURES}/{quote(CAUSE, safe='')}/dismiss")
    assert (dismissed.status_code, dismissed.json()["state"]) == (200, "dismissed")
    assert dismissed.json()["dismissed_by"] == "local"
    taken_back = await client.post(f"{FAILURES}/{quote(CAUSE, safe='')}/take-back")
    assert (taken_back.status_code, taken_back.json()["state"]) == (200, "open")

    await client.post(f"{FAILURES}/{quote(CAUSE, safe='')}/dismiss")
    failed()
    [group] = (await client.get(FAILURES)).json()["items"]
    assert (group["state"], group["is_regression"], group["came_back_after"]) == ("open", True, "dismissed")


@pytest.mark.usefixtures("_bulk")
async def test_the_jobs_of_a_cause_are_retried_by_a_job_that_can_be_undone(client: AsyncClient) -> None:
    job_id = failed("E: and/or")

    answer = await client.post(f"{FAILURES}/{quote('E: and/or', safe='')}/retry")

    assert (answer.status_code, answer.json()["kind"], answer.json()["state"]) == (202, "bulk_act", "scheduled")
    assert answer.json()["params"]["ids"] == [job_id]
    assert answer.headers["Location"] == f"/jobs/{answer.json()['id']}"


@pytest.mark.parametrize("act", ["retry", "dismiss", "take-back"])
async def test_an_unknown_cause_is_not_found(client: AsyncClient, act: str) -> None:
    answer = await client.post(f"{FAILURES}/never/{act}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "No job failed so.")


async def test_a_failed_job_that_is_handled_needs_no_look(client: AsyncClient) -> None:
    job_id = failed("E: m")

    first = await client.post(f"/api/v1/jobs/{job_id}/handled")
    again = await client.post(f"/api/v1/jobs/{job_id}/handled")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["handled_at"] is not None
    assert (again.json()["handled_at"], again.json()["handled_by"]) == (first.json()["handled_at"], "local")
    [group] = (await client.get(FAILURES)).json()["items"]
    assert (group["state"], group["open"], group["resolved_by"]) == ("resolved", 0, "local")

    back = await client.delete(f"/api/v1/jobs/{job_id}/handled")
    assert (back.status_code, back.json()["handled_at"]) == (200, None)
    [group] = (await client.get(FAILURES)).json()["items"]
    assert (group["state"], group["open"], group["is_regression"]) == ("open", 1, False)


async def test_only_a_failed_job_is_handled(client: AsyncClient) -> None:
    waiting = stored().job_id

    answer = await client.post(f"/api/v1/jobs/{waiting}/handled")

    assert (answer.status_code, answer.json()["title"]) == (409, "Wrong state")
    assert (await client.post("/api/v1/jobs/99/handled")).status_code == 404


async def test_notes_are_kept_with_who_wrote_them(client: AsyncClient) -> None:
    job_id = failed("E: m")

    answer = await client.post(f"/api/v1/jobs/{job_id}/notes", json={"text": " **The** server was down. "})
    await client.post(f"/api/v1/jobs/{job_id}/notes", json={"text": "It is up."})

    assert (answer.status_code, answer.json()["id"]) == (201, job_id)
    notes = (await client.get(f"/api/v1/jobs/{job_id}/notes")).json()["items"]
    assert [(one["by"], one["text"]) for one in notes] == [
        ("local", "**The** server was down."),
        ("local", "It is up."),
    ]
    assert notes[0]["at"] < notes[1]["at"]
    assert (await client.post(f"/api/v1/jobs/{job_id}/notes", json={"text": "  "})).status_code == 422
    assert (await client.post("/api/v1/jobs/99/notes", json={"text": "x"})).status_code == 404
    assert (await client.get("/api/v1/jobs/99/notes")).status_code == 404


async def test_two_jobs_are_compared(client: AsyncClient) -> None:
    first, second = failed("E: m"), failed("F: m")

    answer = await client.get(f"/api/v1/jobs/{first}/compare/{second}")

    assert answer.status_code == 200
    said = answer.json()
    assert (said["one"]["id"], said["other"]["id"], said["params"]) == (first, second, [])
    assert [one["path"] for one in said["error"]] == ["signature"]
    assert (await client.get(f"/api/v1/jobs/{first}/compare/99")).status_code == 404
    attempts = await client.get(f"/api/v1/jobs/{first}/compare/{first}", params={"attempts": "1,1"})
    assert [one["number"] for one in attempts.json()["attempts"]] == [1, 1]
    for text, status in (("1,2", 404), ("1", 422), ("0,1", 422)):
        asked = await client.get(f"/api/v1/jobs/{first}/compare/{first}", params={"attempts": text})
        assert asked.status_code == status
    assert (await client.get(f"/api/v1/jobs/{first}/compare/odd")).status_code in (404, 422)


async def test_a_job_that_waits_for_a_second_person_says_so_and_is_approved_or_refused(client: AsyncClient) -> None:
    @job(approve="operator")
    def wipe(ctx: JobContext) -> None:
        """Wipe."""

    assert (await client.get("/api/v1/kinds/wipe")).json()["options"]["approve"] == "operator"
    one, other = [start(wipe, {}, by=local("api")).id for _ in range(2)]
    seen = (await client.get(f"/api/v1/jobs/{one}")).json()
    assert (seen["state"], seen["approve"], seen["approved_at"]) == ("scheduled", "operator", None)
    assert seen["waiting_for"] == "Local asked for it, and somebody else who is an operator has to agree."

    approved = await client.post(f"/api/v1/jobs/{one}/approve", json={"reason": "fine"})
    refused = await client.post(f"/api/v1/jobs/{other}/refuse")
    again = await client.post(f"/api/v1/jobs/{one}/approve")

    assert (approved.status_code, approved.headers["location"]) == (202, f"/jobs/{one}")
    assert (approved.json()["state"], approved.json()["approved_by"]) == ("queued", "local")
    assert (refused.status_code, refused.json()["state"]) == (202, "cancelled")
    assert again.status_code == 409


async def test_a_flow_is_answered_with_its_jobs_and_ties(client: AsyncClient) -> None:
    first = stored().job_id
    then = inserted(after=(first,)).job_id

    answer = await client.get(f"/api/v1/jobs/{then}/flow")
    missing = await client.get("/api/v1/jobs/99/flow")

    found = answer.json()
    assert [(one["id"], one["state"]) for one in found["nodes"]] == [(first, "queued"), (then, "scheduled")]
    assert found["edges"] == [{"source": first, "target": then, "tie": "after", "standing": "waiting"}]
    assert (found["ended_at"], found["longest_way"], found["is_cut_off"]) == (None, [], False)
    assert (found["count"], found["states"], found["crowds"]) == (2, {"scheduled": 1, "queued": 1}, [])
    assert missing.status_code == 404
