"""Schedules, what became of their instants, and what was changed: the reads."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.db.models.jobs import Job
from app.db.models.schedules import FireRow, ScheduleChangeRow, ScheduleRow
from app.db.snapshots.schedule import Fire, FireOutcome, Schedule, ScheduleChange
from app.db.sql.sessions import session
from app.errors import NotFound

RECENT_RUNS = 20
"""So many of its last runs are shown beside a schedule."""
_FIRES = col(ScheduleRow.is_declared) & col(ScheduleRow.deleted_at).is_(None) & col(ScheduleRow.next_at).is_not(None)


def list_schedules(*, only_active: bool = False, limit: int | None = None) -> list[Schedule]:
    """Return the schedules that are not deleted, the soonest first. `only_active`: those with an instant to come."""
    query = select(ScheduleRow).order_by(
        col(ScheduleRow.next_at).is_(None), col(ScheduleRow.next_at), col(ScheduleRow.id)
    )
    query = query.where(_FIRES if only_active else col(ScheduleRow.deleted_at).is_(None)).limit(limit)
    with session() as opened:
        return [Schedule.from_row(row) for row in opened.exec(query).all()]


def list_by_id(*, kind: str | None = None, after: int = 0, limit: int) -> list[Schedule]:
    """Return some of the schedules that are not deleted, by id, of one kind or all. `after`: only with a higher id."""
    query = select(ScheduleRow).where(col(ScheduleRow.deleted_at).is_(None), col(ScheduleRow.id) > after)
    if kind is not None:
        query = query.where(col(ScheduleRow.kind) == kind)
    with session() as opened:
        return [Schedule.from_row(row) for row in opened.exec(query.order_by(col(ScheduleRow.id)).limit(limit)).all()]


def get_schedule(schedule_id: int) -> Schedule:
    """Return a schedule.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    with session() as opened:
        return Schedule.from_row(row_of(opened, schedule_id))


def row_of(opened: Session, schedule_id: int, *, is_locked: bool = False) -> ScheduleRow:
    """Return a schedule's row, locked for a session that writes.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    query = select(ScheduleRow).where(col(ScheduleRow.id) == schedule_id, col(ScheduleRow.deleted_at).is_(None))
    row = opened.exec(query.with_for_update() if is_locked else query).first()
    if row is None:
        raise NotFound(f"There is no schedule #{schedule_id}.", hint="The page Schedules lists those that there are.")
    return row


def stored(schedule_id: int) -> ScheduleRow:
    """Return a schedule's row with its params as stored.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    with session() as opened:
        return row_of(opened, schedule_id)


def expressions() -> list[str]:
    """Return the cron expressions of each schedule that has an instant to come, a line each."""
    with session() as opened:
        return list(opened.exec(select(ScheduleRow.cron).where(_FIRES, col(ScheduleRow.cron) != "")).all())


def in_progress(*, due_before: datetime, limit: int) -> list[Schedule]:
    """Return the schedules that may be late: those with an unfinished job, or with an instant before this one."""
    unfinished = select(Job.schedule_id).where(col(Job.schedule_id).is_not(None), col(Job.finished_at).is_(None))
    is_due = col(ScheduleRow.is_declared) & (col(ScheduleRow.next_at) < due_before)
    query = (
        select(ScheduleRow)
        .where(col(ScheduleRow.deleted_at).is_(None), is_due | col(ScheduleRow.id).in_(unfinished))
        .order_by(col(ScheduleRow.id))
        .limit(limit)
    )
    with session() as opened:
        return [Schedule.from_row(row) for row in opened.exec(query).all()]


def count_by_pause(at: datetime) -> tuple[int, int]:
    """Count the schedules with an instant to come: those that are not paused at an instant, and those that are."""
    is_paused = col(ScheduleRow.paused_at).is_not(None) & (
        col(ScheduleRow.paused_until).is_(None) | (col(ScheduleRow.paused_until) > at)
    )
    with session() as opened:
        paused = opened.exec(select(func.count()).select_from(ScheduleRow).where(_FIRES, is_paused)).one()
        whole = opened.exec(select(func.count()).select_from(ScheduleRow).where(_FIRES)).one()
    return whole - paused, paused


def list_fires(schedule_id: int, *, limit: int, before: datetime | None = None) -> list[Fire]:
    """Return what became of a schedule's instants, the latest first. `before`: only of earlier ones."""
    query = (
        select(FireRow, Job)
        .join(Job, col(Job.id) == col(FireRow.job_id), isouter=True)
        .where(col(FireRow.schedule_id) == schedule_id)
        .order_by(col(FireRow.instant).desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(col(FireRow.instant) < before)
    with session() as opened:
        return [Fire.from_row(fire, job=job) for fire, job in opened.exec(query).all()]


def fire_outcomes(schedule_id: int, *, since: datetime, until: datetime, limit: int) -> dict[datetime, str]:
    """Return what became of a schedule's instants from `since` up to `until`, by instant; at most `limit`."""
    query = (
        select(FireRow.instant, FireRow.outcome)
        .where(col(FireRow.schedule_id) == schedule_id, col(FireRow.instant).between(since, until))
        .order_by(col(FireRow.instant))
        .limit(limit)
    )
    with session() as opened:
        return {at: str(outcome) for at, outcome in opened.exec(query).all()}


def list_changes(schedule_id: int, *, limit: int = 100) -> list[ScheduleChange]:
    """Return what was changed about a schedule, the latest first."""
    query = (
        select(ScheduleChangeRow)
        .where(col(ScheduleChangeRow.schedule_id) == schedule_id)
        .order_by(col(ScheduleChangeRow.id).desc())
        .limit(limit)
    )
    with session() as opened:
        kind = opened.exec(select(ScheduleRow.kind).where(col(ScheduleRow.id) == schedule_id)).first()
        return [ScheduleChange.from_row(row, kind=kind or "") for row in opened.exec(query).all()]


def recent_fires(ids: Sequence[int], *, each: int = RECENT_RUNS) -> dict[int, list[Fire]]:
    """Return the last instants of schedules for which a job was started, the latest first, by schedule."""
    numbered = (
        select(
            col(FireRow.id).label("id"),
            func.row_number()
            .over(partition_by=col(FireRow.schedule_id), order_by=col(FireRow.instant).desc())
            .label("number"),
        )
        .where(
            col(FireRow.schedule_id).in_(ids),
            col(FireRow.job_id).is_not(None),
            col(FireRow.outcome) == FireOutcome.STARTED,  # one that was skipped may name the job that was in its way
        )
        .subquery()
    )
    found: dict[int, list[Fire]] = {}
    query = (
        select(FireRow, Job)
        .join(numbered, numbered.c.id == col(FireRow.id))
        .join(Job, col(Job.id) == col(FireRow.job_id), isouter=True)
        .where(numbered.c.number <= each)
        .order_by(col(FireRow.schedule_id), col(FireRow.instant).desc())
    )
    with session() as opened:
        for fire, job in opened.exec(query).all():
            found.setdefault(fire.schedule_id, []).append(Fire.from_row(fire, job=job))
    return found
