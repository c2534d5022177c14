"""Jobs that run for too long and schedules that are overdue are told of once."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.db.clock import now
from app.db.lifecycle.start import NewJob
from app.db.notices import changing, deciding
from app.db.queries.notices import list_deliveries
from app.db.snapshots.snapshot import rfc3339
from app.db.sql.engine import writer
from app.queue import JobContext, job
from app.queue.acts.schedules import changing as schedules
from app.queue.repair.lateness import note_lateness
from tests import store
from tests.actors import ME


def sender(delivery_id: int, delay: float | None) -> NewJob:
    return store.new_job(kind="send_notice", params={"delivery_id": delivery_id})


def told(notice_id: int) -> list[dict[str, Any]]:
    """Look twice, decide, and give what a notice tells of."""
    note_lateness()
    note_lateness()
    deciding.decide(sender)
    return [item for one in list_deliveries(notice_id) for item in one.items]


def notice(event: str, **changes: Any) -> int:
    values = {"name": "Late", "events": [event], "to": {"desktop": {"shown": True}}, **changes}
    return changing.create(values, by=ME).id


def began_ago(job_id: int, seconds: float) -> None:
    """Let a running job have begun so long ago."""
    began = round((now() - timedelta(seconds=seconds)).timestamp() * 1_000_000)
    with writer().begin() as connection:
        connection.execute(text("UPDATE job SET started_at = :at WHERE id = :id"), {"at": began, "id": job_id})


@pytest.mark.parametrize(("seconds", "number"), [(200.0, 1), (30.0, 0)])
def test_a_job_that_runs_far_longer_than_usual_is_told_of_once(room: object, seconds: float, number: int) -> None:
    for _ in range(10):
        before = store.stored()
        assert store.claimed(before)
        store.done(before)
    notice_id = notice("longer_than_usual", kind="count")
    message = store.stored()
    assert store.claimed(message)
    began_ago(message.job_id, seconds)

    items = told(notice_id)

    assert [one["job"]["id"] for one in items] == [message.job_id] * number
    assert all(one["detail"]["run_seconds"] >= 200 for one in items)
    assert told(notice_id) == items


def test_a_schedule_that_is_overdue_is_told_of_once(room: object) -> None:
    @job
    def nightly(ctx: JobContext) -> None: ...

    made = schedules.create("nightly", {"every_seconds": 60}, is_enabled=True, by=ME)
    notice_id = notice("overdue", kind="nightly")
    other_id = notice("overdue", kind="other")
    due = now() - timedelta(minutes=5)
    with writer().begin() as connection:
        at = round(due.timestamp() * 1_000_000)
        connection.execute(text("UPDATE schedule SET next_at = :at"), {"at": at})

    items = told(notice_id)

    assert [(one["event"], one["detail"]["schedule_id"]) for one in items] == [("overdue", made.id)]
    assert items[0]["detail"]["expected_at"] == rfc3339(due)
    assert list_deliveries(other_id) == []
