"""Schedules of other programs, as programs hand them over."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from app.db.clock import now
from app.db.snapshots.snapshot import rfc3339
from app.jobs.backfill import backfill
from app.queue import registry

IMPORT = "/api/v1/schedules/import"
BEAT = 'timezone = "Europe/Berlin"\nbeat_schedule = {"hi": {"task": "greet.hello", "schedule": crontab(30, 2)}}'


async def ask(client: AsyncClient, **body: Any) -> list[dict[str, Any]]:
    """Ask what a text becomes."""
    answer = await client.post(IMPORT, json=body)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_import_is_shown_and_then_made(client: AsyncClient) -> None:
    [shown] = await ask(client, text=BEAT, format="celery")
    assert shown["source"] == "hi: {'task': 'greet.hello', 'schedule': crontab(30, 2)}"
    assert (shown["problem"], shown["schedule"]["id"]) == (None, None)
    assert {name: shown["schedule"][name] for name in ("kind", "cron", "timezone", "sentence", "misfire")} == {
        "kind": "hello",
        "cron": "30 2 * * *",
        "timezone": "Europe/Berlin",
        "sentence": "At 02:30 every day",
        "misfire": "once",
    }
    [differs] = shown["differs"]
    assert (differs["instant_there"][11:19], differs["instant_here"][11:19]) == ("01:30:00", "01:00:00")
    assert "Celery fires at 03:30, Jobdeck at 03:00" in differs["why"]
    assert (await client.get("/api/v1/schedules")).json()["items"] == []

    [made] = await ask(client, text=BEAT, format="celery", dry_run=False)
    stored = (await client.get(f"/api/v1/schedules/{made['schedule']['id']}")).json()
    assert (stored["cron"], stored["kind"], stored["name"]) == ("30 2 * * *", "hello", "hi")


async def test_what_cannot_be_made_is_answered_with_its_reason(client: AsyncClient) -> None:
    refused, unknown = await ask(client, text="@reboot x\n0 3 * * * backup", format="crontab", timezone="UTC")
    assert refused["schedule"] is None
    assert "@reboot is no time" in refused["problem"]
    assert unknown["schedule"]["params"] == {"command": "backup", "shell": True}
    assert "There is no kind for run_command" in unknown["problem"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"format": "crontab"}, "text"),
        ({"text": "", "format": "at"}, "format"),
        ({"text": "", "format": "crontab", "timezone": "Mars/Base"}, "timezone"),
        ({"text": "{", "format": "celery"}, "text"),
        ({"text": "", "format": "crontab", "dry_run": "no"}, "dry_run"),
        ({"text": "", "format": "crontab", "colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_read_is_refused(client: AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await client.post(IMPORT, json=body)
    assert answer.status_code == 422
    assert field in [one["field"] for one in answer.json()["errors"]]


async def test_the_coming_instants_are_a_calendar_to_subscribe_to(client: AsyncClient) -> None:
    await client.post("/api/v1/schedules", json={"kind": "hello", "cron": "30 2 * * *", "name": "Nightly"})
    answer = await client.get("/api/v1/schedules.ics?access_token=of-the-door")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.text.count("SUMMARY:Nightly") == 28


async def test_missed_instants_are_run_by_a_job_that_waits(client: AsyncClient) -> None:
    registry.add(backfill)
    made = (await client.post("/api/v1/schedules", json={"kind": "hello", "every_seconds": 3600})).json()
    path, until = f"{made['links']['self']}/backfill", now()
    body = {"since": rfc3339(until - timedelta(hours=5)), "until": rfc3339(until)}
    answer = await client.post(path, json=body)
    assert (answer.status_code, answer.json()["state"], answer.json()["kind"]) == (202, "scheduled", "backfill")
    assert answer.headers["Location"] == f"/jobs/{answer.json()['id']}"
    assert answer.json()["title"].startswith("Run 5 missed instants")

    ages_ago = {"since": "0001-01-01T00:00:00Z", "until": "1969-12-31T23:59:59Z"}
    to_come = {**body, "until": rfc3339(until + timedelta(hours=5))}
    for wrong in (to_come, {"since": body["until"]}, {**body, "x": 1}, ages_ago):
        assert (await client.post(path, json=wrong)).status_code == 422
    assert (await client.post("/api/v1/schedules/77/backfill", json=body)).status_code == 404


async def test_days_off_come_from_a_country_or_a_calendar_file(client: AsyncClient) -> None:
    path = "/api/v1/schedules/days-off"
    year = now().year + 1
    holidays = (await client.post(path, json={"holidays": "DE"})).json()["days"]
    assert f"{year}-12-25" in holidays
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:{year}0203\r\nEND:VEVENT\r\n"
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}END:VCALENDAR\r\n"
    days = (await client.post(path, json={"calendar": text})).json()["days"]
    assert days == [f"{year}-02-03"]
    made = await client.post("/api/v1/schedules", json={"kind": "hello", "cron": "0 3 * * *", "exclude": days})
    assert made.json()["exclude"] == days
    for wrong in ({}, {"holidays": "XX"}, {"calendar": "x"}, {"holidays": "DE", "timezone": "Mars/Base"}):
        assert (await client.post(path, json=wrong)).status_code == 422
