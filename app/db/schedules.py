"""Schedules as rows: what is declared, what comes next, and the firing that happens once. Only `app.queue` writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from app.db.clock import now
from app.db.lifecycle.start import Inserted, NewJob, insert_into
from app.db.models import Job, ScheduleRow
from app.db.snapshots.schedule import Schedule
from app.db.sql.sessions import insert_for, session
from app.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a kind's file says: a cron expression in a zone."""

    kind: str
    cron: str
    timezone: str


def declare(declarations: Sequence[Declaration], next_after: Callable[[str, str, datetime], datetime | None]) -> None:
    """Make the schedules that are declared and not there yet; one that is declared no more rests.

    Safe to run from many processes at once. A schedule that was made is not changed here: it may have been edited.

    Args:
        declarations: all of them.
        next_after: (cron, zone, instant) → the first instant after it, or None.
    """
    at = now()
    with session(write=True) as opened:
        known = select(ScheduleRow).order_by(col(ScheduleRow.id)).with_for_update()
        rows = {(row.kind, row.declared_cron, row.declared_timezone): row for row in opened.exec(known)}
        wanted = {(one.kind, one.cron, one.timezone) for one in declarations}
        for key, row in rows.items():
            if row.is_declared != (key in wanted):
                row.is_declared = not row.is_declared
                row.next_at = next_after(row.cron, row.timezone, at) if row.is_declared else None
                row.version += 1
        missing: list[dict[str, Any]] = [
            {
                "kind": kind,
                "cron": cron,
                "timezone": timezone,
                "declared_cron": cron,
                "declared_timezone": timezone,
                "params": {},
                "next_at": next_after(cron, timezone, at),
                "created_at": at,
            }
            for kind, cron, timezone in sorted(wanted - set(rows))
        ]
        if missing:  # of two schedulers that start together, the second finds them made
            opened.execute(insert_for(opened)(ScheduleRow).on_conflict_do_nothing(), missing)


def fire(schedule_id: int, *, due: datetime, following: datetime | None, new: NewJob) -> Inserted | None:
    """Start the job of a due schedule and move the schedule on, in one transaction.

    None: somebody else did, or it did so itself for the same instant before the clock was set back.

    Args:
        schedule_id: which schedule.
        due: the `next_at` that the caller saw; another one means that somebody was first.
        following: its next `next_at`.
        new: the job, which names the schedule and the instant it stands for.
    """
    with session(write=True) as opened:
        row = opened.exec(select(ScheduleRow).where(col(ScheduleRow.id) == schedule_id).with_for_update()).first()
        if row is None or row.next_at != due or not (row.is_enabled and row.is_declared):
            return None
        row.next_at = following
        row.version += 1
        has_fired = select(Job.id).where(
            col(Job.schedule_id) == schedule_id, col(Job.scheduled_for) == new.scheduled_for
        )
        return insert_into(opened, [new])[0] if opened.exec(has_fired).first() is None else None


def move(schedule_id: int, *, due: datetime, following: datetime | None) -> None:
    """Move a schedule to another instant without starting a job; nothing happens when somebody else has moved it."""
    with session(write=True) as opened:
        row = opened.exec(select(ScheduleRow).where(col(ScheduleRow.id) == schedule_id).with_for_update()).first()
        if row is not None and row.next_at == due:
            row.next_at = following
            row.version += 1


def list_schedules(*, only_active: bool = False) -> list[Schedule]:
    """Return the schedules, the soonest first. `only_active`: only those that will fire."""
    query = select(ScheduleRow).order_by(
        col(ScheduleRow.next_at).is_(None), col(ScheduleRow.next_at), col(ScheduleRow.id)
    )
    if only_active:
        query = query.where(
            col(ScheduleRow.is_enabled), col(ScheduleRow.is_declared), col(ScheduleRow.next_at).is_not(None)
        )
    with session() as opened:
        return [Schedule.from_row(row) for row in opened.exec(query).all()]


def stored(schedule_id: int) -> ScheduleRow:
    """Return a schedule's row with its params as stored.

    Raises:
        NotFound: there is no such schedule.
    """
    with session() as opened:
        row = opened.get(ScheduleRow, schedule_id)
    if row is None:
        raise NotFound(f"There is no schedule #{schedule_id}.")
    return row
