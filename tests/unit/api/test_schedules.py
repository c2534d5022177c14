"""Schedules as programs make, change and read them."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from app.db.clock import now
from app.db.snapshots.snapshot import rfc3339

SCHEDULES = "/api/v1/schedules"
DAILY = {"kind": "hello", "cron": "0 3 * * *", "timezone": "Europe/Berlin"}


async def make(client: AsyncClient, **body: Any) -> dict[str, Any]:
    """Make a schedule and return it."""
    answer = await client.post(SCHEDULES, json={**DAILY, **body})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == answer.json()["links"]["self"]
    made: dict[str, Any] = answer.json()
    return made


async def test_a_schedule_that_is_made_answers_all_about_itself(client: AsyncClient) -> None:
    made = await make(
        client,
        params={"name": "Ada", "password": "secret"},
        not_between=[["22:00", "01:00"]],
        exclude=["2027-12-24"],
        overlap="skip",
        pause_after_failures=3,
    )
    assert {name: made[name] for name in ("cron", "sentence", "misfire", "overlap", "enabled", "source", "title")} == {
        "cron": "0 3 * * *",
        "sentence": "At 03:00 every day; not between 22:00 and 01:00; not on 2027-12-24",
        "misfire": "once",
        "overlap": "skip",
        "enabled": True,
        "source": "made",
        "title": "Say hello",
    }
    assert (made["params"]["name"], made["params"]["password"]) == ("Ada", "•••")
    assert (made["exclude"], made["not_between"], made["pause_after_failures"]) == (
        ["2027-12-24"],
        [["22:00", "01:00"]],
        3,
    )
    assert made["next"].endswith("Z")
    assert made["overdue"] is made["problem"] is made["last"] is made["every_seconds"] is None
    assert (await client.get(made["links"]["self"])).json() == made
    listed = (await client.get(SCHEDULES, params={"kind": "hello"})).json()
    assert made["id"] in [one["id"] for one in listed["items"]]


async def test_what_follows_each_job_is_kept_changed_and_answered(client: AsyncClient) -> None:
    made = await make(client, then=[{"kind": "hello", "params": {"name": "Bob", "password": "secret"}}])
    own = made["links"]["self"]
    refused = await client.patch(own, json={"then": [{"kind": "hello", "params": {"nobody": 1}}]})

    changed = (await client.patch(own, json={"then": []})).json()

    [then] = made["then"]
    assert (then["kind"], then["when"], then["params"]["name"]) == ("hello", "succeeded", "Bob")
    assert then["params"]["password"] == "•••"
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "then.0.params.nobody")
    assert changed["then"] == []


async def test_several_expressions_an_interval_and_a_single_instant_are_answered_as_they_were_given(
    client: AsyncClient,
) -> None:
    several = await make(client, cron=["0 3 * * *", "0 15 * * *"])
    assert several["cron"] == ["0 3 * * *", "0 15 * * *"]
    interval = await client.post(SCHEDULES, json={"kind": "hello", "every_seconds": 90, "aligned": False})
    assert (interval.json()["cron"], interval.json()["every_seconds"], interval.json()["aligned"]) == (None, 90, False)
    at = rfc3339(now() + timedelta(days=2))
    once = await client.post(SCHEDULES, json={"kind": "hello", "at": at})
    assert (once.json()["at"], once.json()["next"]) == (at, at)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cron": "0 0 31 2 *"}, "cron"),
        ({"cron": "FRI 0 3 * *"}, "cron"),
        ({"cron": []}, "cron"),
        ({"cron": 5}, "cron"),
        ({"cron": None}, "cron"),
        ({"every_seconds": 60}, "cron"),
        ({"cron": None, "every_seconds": True}, "every_seconds"),
        ({"cron": None, "every_seconds": "10.000"}, "every_seconds"),  # to some it is ten thousand
        ({"late_after_seconds": "1_0"}, "late_after_seconds"),
        ({"cron": None, "at": "2020-01-01T00:00:00Z"}, "at"),
        ({"cron": None, "at": "2099-01-01T00:00:00"}, "at"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"exclude": ["2027-02-30"]}, "exclude"),
        ({"exclude": [5]}, "exclude"),
        ({"not_between": [["22:00", "25:00"]]}, "not_between"),
        ({"not_between": [["22:00", "24:00"]]}, "not_between"),
        ({"not_between": [["02:00", "04:00"]]}, "not_between"),
        ({"not_between": [["22:00"]]}, "not_between"),
        ({"params": {"times": 11}}, "times"),
        ({"params": {"colour": "red"}}, "colour"),
        ({"misfire": "never"}, "misfire"),
        ({"misfire_after_seconds": 0}, "misfire_after_seconds"),
        ({"overlap": "both"}, "overlap"),
        ({"enabled": 1}, "enabled"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_does_not_fit_is_a_422_that_names_the_field_and_stores_nothing(
    client: AsyncClient, body: dict[str, Any], field: str
) -> None:
    before = (await client.get(SCHEDULES)).json()
    answer = await client.post(SCHEDULES, json={**DAILY, **body})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert any(field in one["field"] for one in answer.json()["errors"]), answer.json()
    assert (await client.get(SCHEDULES)).json() == before


async def test_an_unknown_kind_and_an_unknown_schedule_are_not_found(client: AsyncClient) -> None:
    assert (await client.post(SCHEDULES, json={**DAILY, "kind": "gone"})).status_code == 404
    for path in ("", "/fires", "/changes"):
        assert (await client.get(f"{SCHEDULES}/999999{path}")).status_code == 404
    for act in ("run", "pause", "resume", "put-back"):
        assert (await client.post(f"{SCHEDULES}/999999/{act}")).status_code == 404
    assert (await client.patch(f"{SCHEDULES}/999999", json={"name": "x"})).status_code == 404
    assert (await client.delete(f"{SCHEDULES}/999999")).status_code == 404


async def test_a_change_names_what_it_changes_and_is_kept_with_who_made_it(client: AsyncClient) -> None:
    made = await make(client, params={"name": "Ada"})
    own = made["links"]["self"]

    changed = (await client.patch(own, json={"cron": "0 4 * * *", "misfire": "all"})).json()

    assert (changed["cron"], changed["misfire"], changed["timezone"]) == ("0 4 * * *", "all", "Europe/Berlin")
    assert changed["params"]["name"] == "Ada"
    change, created = (await client.get(f"{own}/changes")).json()["items"]
    assert (change["act"], change["by"], change["via"]) == ("edit", "local", "api")
    assert change["changes"] == {"cron": ["0 3 * * *", "0 4 * * *"], "misfire": ["once", "all"]}
    assert created["act"] == "create"
    refused = await client.patch(own, json={"cron": "0 25 * * *"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cron")
    assert (await client.get(own)).json() == changed


async def test_a_pause_says_who_and_why_and_ends_with_a_resume_or_with_enabled(client: AsyncClient) -> None:
    own = (await make(client))["links"]["self"]
    paused = (await client.post(f"{own}/pause", json={"reason": "the disk is full"})).json()
    assert (paused["enabled"], paused["next"]) == (False, None)
    assert (paused["paused"]["by"], paused["paused"]["reason"]) == ("local", "the disk is full")
    assert (await client.post(f"{own}/resume")).json()["paused"] is None
    assert (await client.patch(own, json={"enabled": False})).json()["enabled"] is False
    assert (await client.patch(own, json={"enabled": True})).json()["enabled"] is True
    past = await client.post(f"{own}/pause", json={"until": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "until")
    assert (await make(client, enabled=False))["enabled"] is False


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (SCHEDULES, {"kind": "hello", "timezone": "Pacific/Kiritimati", "at": "{}"}, "at"),
        (f"{SCHEDULES}/1/pause", {"until": "{}"}, "until"),
        ("/api/v1/queues/mail/pause", {"until": "{}"}, "until"),
        ("/api/v1/kinds/hello/start", {"run_at": "{}"}, "run_at"),
    ],
)
async def test_nothing_is_planned_for_the_end_of_all_time(
    client: AsyncClient, path: str, body: dict[str, str], field: str
) -> None:
    await make(client)
    late, last = "9999-12-31T23:59:59Z", "9989-12-31T23:59:59Z"

    refused = await client.post(path, json={name: text.format(late) for name, text in body.items()})
    taken = await client.post(path, json={name: text.format(last) for name, text in body.items()})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert refused.json()["errors"][0]["message"] == "Choose a time before the year 9990."
    assert taken.is_success, taken.text
    for read in (SCHEDULES, "/api/v1/schedules.ics", "/api/v1/queues", "/api/v1/jobs", "/api/v1/stats"):
        assert (await client.get(read)).status_code == 200, read


async def test_a_run_now_answers_the_job_and_leaves_the_next_instant(client: AsyncClient) -> None:
    made = await make(client, params={"name": "Ada"})
    own = made["links"]["self"]
    answer = await client.post(f"{own}/run", json={"params": {"name": "Bob"}})
    started = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/jobs/{started['id']}")
    assert (started["params"]["name"], started["schedule_id"]) == ("Bob", made["id"])
    assert (await client.post(f"{own}/run")).json()["params"]["name"] == "Ada"
    assert (await client.get(own)).json()["next"] == made["next"]
    assert (await client.post(f"{own}/run", json={"params": {"times": 99}})).status_code == 422


async def test_what_is_deleted_is_gone_and_what_a_file_declares_is_only_put_back(client: AsyncClient) -> None:
    own = (await make(client))["links"]["self"]
    assert (await client.post(f"{own}/put-back")).status_code == 409
    assert (await client.delete(own)).status_code == 204
    assert (await client.get(own)).status_code == 404


async def test_the_list_comes_in_pages(client: AsyncClient) -> None:
    made = [(await make(client))["id"] for _ in range(3)]
    first = (await client.get(SCHEDULES, params={"after": made[0] - 1, "limit": 2})).json()
    assert [one["id"] for one in first["items"]] == made[:2]
    rest = (await client.get(SCHEDULES, params={"after": first["next"], "limit": 2})).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (made[2:], None)


async def test_an_expression_is_read_in_words_with_its_next_instants(client: AsyncClient) -> None:
    query: dict[str, str | int] = {"expression": "0 9 13 * 5", "timezone": "America/New_York", "count": 3}
    answer = (await client.get("/api/v1/cron", params=query)).json()
    assert answer["sentence"] == "At 09:00 on the 13th day of month, and also on Friday"
    assert "one of both is enough" in answer["remarks"][0]
    assert len(answer["next"]) == 3
    assert answer["next"][0]["local"][10:19] == "T09:00:00"
    bad: list[tuple[dict[str, str | int], str]] = [
        ({"expression": "0 0 31 2 *"}, "expression"),
        ({"timezone": "Mars/Base"}, "timezone"),
    ]
    for wrong, field in bad:
        refused = await client.get("/api/v1/cron", params=query | wrong)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


async def test_an_expression_that_joins_a_crowd_at_the_full_hour_says_so(client: AsyncClient) -> None:
    for _ in range(9):
        await make(client, cron="0 * * * *")
    answer = (await client.get("/api/v1/cron", params={"expression": "0 4 * * *"})).json()
    assert answer["remarks"] == ["9 other schedules start at the full hour, too; another minute is quieter."]


async def test_the_instants_of_a_schedule_are_a_list(client: AsyncClient) -> None:
    own = (await make(client))["links"]["self"]
    assert (await client.get(f"{own}/fires")).json() == {"items": [], "next": None}
    assert (await client.get(f"{own}/fires", params={"limit": 0})).status_code == 422


async def test_a_file_that_was_uploaded_is_no_param_of_a_schedule(client: AsyncClient) -> None:
    sent = await client.post("/api/v1/uploads", files={"file": ("a.csv", b"a")})
    answer = await client.post(SCHEDULES, json={**DAILY, "params": {"file": sent.json()["id"]}})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")
