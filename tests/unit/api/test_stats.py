"""How the installation does, as a program reads it."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from app.db import State
from app.db.clock import now
from app.db.models.schedules import ScheduleRow
from app.db.sql.sessions import session
from tests.unit.jobs.history import add_job

STATS = "/api/v1/stats"


async def test_counts_and_durations_of_the_window_are_answered(client: AsyncClient) -> None:
    for number in range(1, 5):
        add_job(age=timedelta(minutes=10), kind="hello", wait_seconds=2.0, run_seconds=float(number))
    add_job(age=timedelta(minutes=20), kind="hello", state=State.FAILED, run_seconds=9.0)
    add_job(age=timedelta(days=2), kind="old", run_seconds=50.0)
    found = (await client.get(STATS)).json()
    assert (found["states"]["succeeded"], found["states"]["failed"]) == (5, 1)
    assert found["ended"] == {"succeeded": 4, "failed": 1, "cancelled": 0}
    assert (found["measured"], found["measured_all"]) == (5, True)
    assert (found["run_seconds"]["p50"], found["run_seconds"]["max"], found["wait_seconds"]["p95"]) == (3.0, 9.0, 2.0)
    kinds = {one["kind"]: one for one in found["kinds"]}
    assert (kinds["hello"]["ended"]["failed"], kinds["hello"]["run_seconds"]["count"]) == (1, 5)
    assert (kinds["old"]["ended"]["succeeded"], kinds["old"]["run_seconds"]) == (0, None)
    assert kinds["import_rows"]["states"]["queued"] == 0

    week = (await client.get(STATS, params={"window": "7d"})).json()
    assert (week["ended"]["succeeded"], week["run_seconds"]["max"]) == (5, 50.0)


async def test_queues_workers_and_schedules_are_told(client: AsyncClient) -> None:
    await client.post("/api/v1/kinds/import_rows/start", json={"params": {"path": "/data"}})
    body = {"kind": "hello", "cron": "0 3 * * *"}
    paused = (await client.post("/api/v1/schedules", json={**body, "enabled": False})).json()
    late = (await client.post("/api/v1/schedules", json={**body, "name": "Nightly"})).json()
    with session(write=True) as opened:
        row = opened.get(ScheduleRow, late["id"])
        assert row is not None
        row.next_at = now() - timedelta(minutes=5)
    found = (await client.get(STATS)).json()
    [mail] = [one for one in found["queues"] if one["name"] == "mail"]
    assert (mail["waiting"], mail["workers"]) == (1, 0)
    assert found["oldest_wait_seconds"] == mail["oldest_wait_seconds"]
    assert found["workers"] == []
    assert (found["schedules"]["active"], found["schedules"]["paused"]) == (1, 1)
    [overdue] = found["schedules"]["overdue"]
    assert (overdue["schedule_id"], overdue["title"], overdue["what"]) == (late["id"], "Nightly", "undecided")
    assert "nothing became of it: is a scheduler running?" in overdue["sentence"]
    assert paused["id"] != late["id"]


@pytest.mark.parametrize("window", ["", "1", "h", "0h", "31d", "1.5h", "1w", "-1h", "99999d"])
async def test_a_window_that_is_none_is_refused(client: AsyncClient, window: str) -> None:
    answer = await client.get(STATS, params={"window": window})
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == ["window"]
