"""What people and programs change about schedules; each change is kept with who made it. Only `app.queue` writes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.models.schedules import ScheduleChangeRow, ScheduleRow
from app.db.queries.schedules import row_of
from app.db.snapshots.schedule import Schedule
from app.db.snapshots.snapshot import require_as_shown
from app.db.sql.sessions import session

_EDITED = (
    *("name", "cron", "every_seconds", "is_aligned", "at", "timezone", "exclude", "not_between", "params", "misfire"),
    *("misfire_after_seconds", "overlap", "late_after_seconds", "pause_after_failures", "then"),
)
"""What the form of a schedule shows."""


def create(values: Mapping[str, Any], *, by: Actor) -> Schedule:
    """Store a schedule that somebody makes."""
    with session(write=True) as opened:
        at = now()
        row = ScheduleRow(created_at=at, created_by=by.name, moved_at=at, **values)
        opened.add(row)
        opened.flush()
        assert row.id is not None
        _keep(opened, row.id, "create", {"kind": row.kind}, by=by)
        return Schedule.from_row(row)


def change(
    schedule_id: int,
    values: Mapping[str, Any],
    *,
    act: str,
    said: Mapping[str, Any],
    shown: Schedule | None = None,
    by: Actor,
) -> Schedule:
    """Change columns of a schedule.

    Args:
        schedule_id: which.
        values: column → its new value.
        act: what was asked for, as "edit", "pause".
        said: field → [before, after], as people read them; kept with the change.
        shown: what who asks was shown of it; None: nothing.
        by: who asks.

    Raises:
        NotFound: there is none, or it was deleted.
        ChangedMeanwhile: it is not what was shown.
    """
    with session(write=True) as opened:
        row = row_of(opened, schedule_id, is_locked=True)
        require_as_shown(Schedule.from_row(row), shown, _EDITED)
        for column, value in values.items():
            setattr(row, column, value)
        if "next_at" in values:
            row.moved_at = now()
        row.version += 1
        _keep(opened, schedule_id, act, said, by=by)
        opened.flush()
        return Schedule.from_row(row)


def _keep(opened: Session, schedule_id: int, act: str, details: Mapping[str, Any], *, by: Actor) -> None:
    """Keep who did what, with the schedule and in the audit; there without params."""
    said = {} if act == "create" else dict(details)
    opened.add(
        ScheduleChangeRow(
            schedule_id=schedule_id, at=now(), act=act, by=by.name, by_kind=by.kind, via=by.via, changes=said
        )
    )
    told = {name: value if name != "params" else "changed" for name, value in details.items()}
    entries.record(opened, [Entry(act=act, target=f"schedule:{schedule_id}", by=by, details=told)])


def note(schedule_id: int, *, act: str, said: Mapping[str, Any], by: Actor) -> None:
    """Keep what somebody did with a schedule that changes nothing of it."""
    with session(write=True) as opened:
        _keep(opened, schedule_id, act, said, by=by)


def delete(schedule_id: int, *, at: datetime, by: Actor) -> None:
    """Let a schedule fire no more and be listed no more; what it started and skipped is kept.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    change(schedule_id, {"deleted_at": at, "next_at": None}, act="delete", said={}, by=by)
