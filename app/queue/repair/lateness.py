"""What is late, for the notices that want to hear of it: schedules that are overdue, jobs that run for too long."""

from app.db import State
from app.db.notices import noting
from app.db.notices.noting import Seen
from app.db.queries.jobs import list_active, longer_than, usual_seconds
from app.db.snapshots.notice import NoticeEvent
from app.db.snapshots.snapshot import rfc3339
from app.queue.acts.schedules.reading import list_overdue

MOST_RUNNING = 500
"""So many running jobs are looked at, those that began first."""


def note_lateness() -> None:
    """Note what is late now and was not noted before; looks at nothing of which no notice tells.

    Raises:
        Unavailable: the database is away.
    """
    if noting.is_wanted(NoticeEvent.OVERDUE):
        noting.note(_overdue())
    if noting.is_wanted(NoticeEvent.LONGER_THAN_USUAL):
        noting.note(_long())


def _overdue() -> list[Seen]:
    found = []
    for state in list_overdue():
        assert state.overdue is not None
        one, late = state.schedule, state.overdue
        detail = {
            "schedule_id": one.id,
            "kind": one.kind,
            "title": state.title,
            "sentence": late.sentence,
            "expected_at": rfc3339(late.expected_at),
            "page": f"/schedules/{one.id}",
        }
        key = f"overdue:{one.id}:{rfc3339(late.expected_at)}"
        found.append(Seen(event=NoticeEvent.OVERDUE, key=key, detail=detail))
    return found


def _long() -> list[Seen]:
    found = []
    for job in list_active(limit=MOST_RUNNING):
        if job.state is not State.RUNNING or job.run_seconds is None:
            continue
        usual = usual_seconds(job.kind)
        longer = longer_than(usual)
        if usual is None or longer is None or job.run_seconds <= longer:
            continue
        detail = {"run_seconds": round(job.run_seconds, 1), "usual_seconds": round(usual, 1)}
        key = f"long:{job.id}:{job.attempt}"
        found.append(Seen(event=NoticeEvent.LONGER_THAN_USUAL, key=key, detail=detail, job_id=job.id))
    return found
