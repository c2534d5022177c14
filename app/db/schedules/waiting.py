"""Instants that wait for the job of the one before. Only `app.queue` writes them."""

from sqlmodel import col, select

from app.db.lifecycle.start import Inserted, NewJob, insert_into
from app.db.models.jobs import Job
from app.db.models.schedules import FireRow, ScheduleRow
from app.db.schedules.coming import waits
from app.db.schedules.firing import same_key
from app.db.snapshots.schedule import FireOutcome
from app.db.sql.sessions import session

_UNFINISHED = select(Job.id).where(
    col(Job.schedule_id) == col(FireRow.schedule_id),
    col(Job.schedule_id).is_not(None),
    col(Job.finished_at).is_(None),
)
_OVER = (
    select(FireRow, ScheduleRow)
    .join(ScheduleRow, col(ScheduleRow.id) == col(FireRow.schedule_id))
    .where(waits(), ~_UNFINISHED.exists())
)


def over() -> list[tuple[FireRow, ScheduleRow]]:
    """Return the instants that wait for a job of their schedule, where there is no unfinished one any more."""
    with session() as opened:
        return [(fire, row) for fire, row in opened.exec(_OVER).all()]


def end(fire_id: int, *, new: NewJob | None, reason: str) -> list[Inserted]:
    """Start the job of an instant that waited, or skip it where `new` is None. Nothing: somebody else did."""
    with session(write=True) as opened:
        found = opened.exec(select(FireRow).where(col(FireRow.id) == fire_id).with_for_update()).first()
        if found is None or found.outcome != FireOutcome.WAITING:
            return []
        found.reason = reason
        found.outcome = FireOutcome.SKIPPED if new is None else FireOutcome.STARTED
        if new is None:
            return []
        opened.flush()
        [inserted] = insert_into(opened, [new])
        found.job_id = inserted.job.id
        if not inserted.is_new:
            found.outcome, found.reason = FireOutcome.SKIPPED, same_key(inserted.job.id)
        return [inserted]
