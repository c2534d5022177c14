"""What can be started, and the start, as a program meets them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from httpx import AsyncClient

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.queue import registry
from app.queue.events import bus

START = "/api/v1/kinds/hello/start"


async def test_kinds_are_listed_with_their_schema(client: AsyncClient) -> None:
    answer = (await client.get("/api/v1/kinds")).json()

    assert [kind["name"] for kind in answer["items"]] == ["import_rows", "hello"]
    assert answer["next"] is None
    hello = answer["items"][1]
    keys = "name title description group queue off_because options schema recent"
    assert set(hello) == set(keys.split())
    assert hello["off_because"] is None
    assert (hello["title"], hello["group"], hello["options"]["max_retries"]) == ("Say hello", "Greetings", 1)
    assert hello["schema"]["properties"]["times"]["maximum"] == 10


async def test_one_kind_is_answered_by_name(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/kinds/import_rows")

    assert answer.json()["queue"] == "mail"
    assert answer.json()["schema"]["required"] == ["path"]


async def test_start_answers_the_job_and_where_it_is(client: AsyncClient) -> None:
    body = {"params": {"name": "Ada", "times": 3}, "tags": ["by-hand"]}
    answer = await client.post(START, json=body)

    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/jobs/{job['id']}"
    assert (job["kind"], job["state"], job["created_by"]) == ("hello", "queued", "local")
    assert job["params"]["name"] == "Ada"
    assert job["tags"] == ["greeting", "by-hand"]
    assert job["created_at"].endswith("Z")
    assert job["links"]["self"] == f"/api/v1/jobs/{job['id']}"


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 415), ({"Content-Type": "application/json"}, 422), ({"Content-Length": "0"}, 415)]
)
async def test_start_without_a_body_asks_for_json(client: AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await client.post(START, headers=headers)

    assert answer.status_code == status
    assert (await client.get("/api/v1/jobs")).json()["items"] == []


@pytest.mark.parametrize("where", [{"queue": "bulk"}, {"queue": "bulk", "delay_seconds": 60}])
async def test_queue_of_acts_on_many_jobs_is_refused(client: AsyncClient, where: dict[str, object]) -> None:
    answer = await client.post(START, json=where)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "queue"


async def test_start_without_params_takes_the_defaults(client: AsyncClient) -> None:
    answer = await client.post(START, json={})

    assert answer.status_code == 202
    assert answer.json()["params"]["times"] == 1


async def test_start_at_a_time_waits_for_it(client: AsyncClient) -> None:
    answer = await client.post(START, json={"run_at": "2099-01-31T08:30:00+02:00"})

    assert answer.json()["state"] == "scheduled"
    assert datetime.fromisoformat(answer.json()["run_at"]) == datetime(2099, 1, 31, 6, 30, tzinfo=UTC)


async def test_start_with_a_delay_waits_so_long(client: AsyncClient) -> None:
    before = datetime.now(UTC)
    job = (await client.post(START, json={"delay_seconds": 3600})).json()

    assert job["state"] == "scheduled"
    waited = datetime.fromisoformat(job["run_at"]) - before
    assert timedelta(hours=1) <= waited < timedelta(hours=2)


@pytest.mark.parametrize("key", [None, "once"])
async def test_params_however_deep_get_an_answer(client: AsyncClient, key: str | None) -> None:
    deep = "[" * 300 + "]" * 300
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})

    answer = await client.post(START, content=f'{{"params": {{"times": {deep}}}}}', headers=headers)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["times"]


async def test_secret_is_shown_as_dots(client: AsyncClient) -> None:
    answer = await client.post(START, json={"params": {"password": "hunter2"}})
    listed = await client.get("/api/v1/jobs")

    assert answer.json()["params"]["password"] == SECRET_SHOWN_AS
    assert "hunter2" not in answer.text + listed.text


async def test_secret_that_does_not_fit_is_not_repeated(client: AsyncClient) -> None:
    answer = await client.post(START, json={"params": {"password": {"hunter2": "hunter2"}}})

    assert answer.status_code == 422
    assert "hunter2" not in answer.text


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"times": 11}, "times"),
        ({"times": "many"}, "times"),
        ({"tmies": 3}, "tmies"),
        ({"size": "huge"}, "size"),
        ({"addresses": [{"street": "x", "zip": "no"}]}, "addresses.0.zip"),
        ({"file": "no-such-upload"}, "file"),
        ({"name": None}, "name"),
        ({"times": True}, "times"),
        ({"addresses": [{"street": "x", "zip": "12345", "zpi": 1}]}, "addresses.0.zpi"),
        ({"a[0]": 1}, "a[0]"),
    ],
)
async def test_param_that_does_not_fit_is_named(client: AsyncClient, params: dict[str, object], field: str) -> None:
    answer = await client.post(START, json={"params": params})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert field in answer.json()["detail"]
    assert (await client.get("/api/v1/jobs")).json()["count"] == 0


@pytest.mark.parametrize("value", [5, True, [], {}, "", "a/b", "../x", "x" * 65])
async def test_value_that_is_no_upload_gets_one_sentence(client: AsyncClient, value: object) -> None:
    answer = await client.post(START, json={"params": {"file": value}})

    [error] = answer.json()["errors"]
    assert error["field"] == "file"
    assert error["message"] in (
        "Fill this in.",
        "Enter the id of an upload: a text that POST /api/v1/uploads answers.",
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"parms": {}}, "parms"),
        ({"priority": "urgent"}, "priority"),
        ({"unique_key": ""}, "unique_key"),
        ({"params": []}, "params"),
        ({"run_at": 1_700_000_000}, "run_at"),
        ({"run_at": "2099-01-31T08:30:00"}, "run_at"),
        ({"run_at": "tomorrow"}, "run_at"),
        ({"run_at": "0001-01-01T00:00:00+14:00"}, "run_at"),
        ({"delay_seconds": -1}, "delay_seconds"),
        ({"delay_seconds": 1e300}, "delay_seconds"),
        ({"delay_seconds": True}, "delay_seconds"),
        ({"delay_seconds": "10.000"}, "delay_seconds"),
        ({"queue": "nobody-listens"}, "queue"),
        ({"queue": "../x"}, "queue"),
        ({"tags": ["x" * 65]}, "tags.0"),
        ({"tags": "x"}, "tags"),
        ([], "body"),
        (5, "body"),
    ],
)
async def test_body_key_that_does_not_fit_is_named(client: AsyncClient, body: object, field: str) -> None:
    answer = await client.post(START, json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_time_and_delay_together_are_refused(client: AsyncClient) -> None:
    answer = await client.post(START, json={"run_at": "2099-01-31T08:30:00Z", "delay_seconds": 5})

    assert answer.status_code == 422
    assert "not both" in answer.json()["detail"]


async def test_missing_params_are_named_one_by_one(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/kinds/import_rows/start", json={})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "path"


@pytest.mark.parametrize("method_and_path", [("GET", "/api/v1/kinds/nope"), ("POST", "/api/v1/kinds/nope/start")])
async def test_unknown_kind_is_not_found(client: AsyncClient, method_and_path: tuple[str, str]) -> None:
    answer = await client.request(*method_and_path)

    assert answer.status_code == 404
    assert "nope" in answer.json()["detail"]


async def test_large_params_are_refused(client: AsyncClient) -> None:
    answer = await client.post(START, json={"params": {"name": "x" * 70_000}})

    assert answer.status_code == 413
    assert "64 KB" in answer.json()["detail"]


async def test_recent_runs_are_finished_jobs(client: AsyncClient) -> None:
    job_id = (await client.post(START, json={})).json()["id"]
    await client.post(f"/api/v1/jobs/{job_id}/cancel")
    await client.post(START, json={})

    recent = (await client.get("/api/v1/kinds/hello")).json()["recent"]

    assert [(run["id"], run["state"]) for run in recent] == [(job_id, "cancelled")]


async def test_start_that_waited_long_enough_answers_202(client: AsyncClient) -> None:
    answer = await client.post(f"{START}?wait=0.05", json={})

    assert (answer.status_code, answer.json()["state"]) == (202, "queued")


@pytest.mark.thorough
async def test_many_starts_that_wait_hold_no_threads(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "LOOK_SECONDS", 60.0)
    waiting = [asyncio.create_task(client.post(f"{START}?wait=60", json={})) for _ in range(60)]

    ready = await client.get("/api/v1/kinds/hello")

    assert (ready.status_code, any(one.done() for one in waiting)) == (200, False)
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)


@pytest.mark.parametrize("query", ["wait=61", "wait=-1", "wait=nan", "wait=x", "wait=1&wait=2", "other=1"])
async def test_wait_that_cannot_be_starts_nothing(client: AsyncClient, query: str) -> None:
    answer = await client.post(f"{START}?{query}", json={})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, query.partition("=")[0])
    assert (await client.get("/api/v1/jobs")).json()["items"] == []


async def test_a_start_after_other_jobs_waits_for_them(client: AsyncClient) -> None:
    parent = (await client.post(START, json={})).json()

    answer = await client.post(START, json={"after": [parent["id"]], "when": "finished"})

    job = answer.json()
    assert (answer.status_code, job["state"], job["after"], job["when"]) == (
        202,
        "scheduled",
        [parent["id"]],
        "finished",
    )
    told = (await client.get(job["links"]["self"])).json()
    assert told["waiting_for"] == f"It waits for #{parent['id']} Say hello to end."
    assert (parent["after"], parent["when"]) == ([], None)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"after": [99]}, "after", "There is no job #99 to wait for. It may have been deleted."),
        (
            {"after": [*range(1, 1002)]},
            "after",
            "A job waits for 1,000 others at most; these are 1,001. Let a job start them with ctx.start_many and wait "
            "for them with ctx.wait, and wait for that one.",
        ),
        ({"after": ["x"]}, "after.0", None),
        ({"after": [1], "when": "never"}, "when", None),
    ],
)
async def test_what_cannot_be_waited_for_is_refused(
    client: AsyncClient, body: dict[str, object], field: str, message: str | None
) -> None:
    answer = await client.post(START, json=body)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert message in (None, error["message"])
    assert (await client.get("/api/v1/jobs")).json()["items"] == []


async def test_a_kind_that_wants_to_be_confirmed_asks_programs_to_say_so(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = {**registry.kinds, "hello": replace(registry.get("hello"), confirm="Everybody hears it.")}
    monkeypatch.setattr(registry, "_kinds", kinds)

    refused = await client.post(START, json={"params": {"name": "Ada"}})
    meant = await client.post(START, json={"params": {"name": "Ada"}, "confirmed": True})

    assert refused.status_code == 422
    assert refused.json()["errors"] == [{"field": "confirmed", "message": "Everybody hears it."}]
    assert '"confirmed": true' in refused.json()["hint"]
    assert meant.status_code == 202
    assert [one["id"] for one in (await client.get("/api/v1/jobs")).json()["items"]] == [meant.json()["id"]]
    await client.post(f"/api/v1/jobs/{meant.json()['id']}/cancel")
    again = f"/api/v1/jobs/{meant.json()['id']}/retry"
    answers = [await client.post(again, json={}), await client.post(again, json={"confirmed": True})]
    assert [one.status_code for one in answers] == [422, 202]
    assert answers[0].json()["errors"] == [{"field": "confirmed", "message": "Everybody hears it."}]
    assert (await client.get("/api/v1/kinds/hello")).json()["options"]["confirm"] == "Everybody hears it."
