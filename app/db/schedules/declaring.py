"""Schedules that kinds declare: made when first seen, resting when declared no more. Only `app.queue` writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from app.db.clock import now
from app.db.models.schedules import ScheduleRow
from app.db.sql.sessions import insert_for, session


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What a kind's file says: a cron expression in a zone."""

    kind: str
    cron: str
    timezone: str


def declare(
    declarations: Sequence[Declaration], next_after: Callable[[ScheduleRow, datetime], datetime | None]
) -> None:
    """Make the schedules that are declared and not there yet; one that is declared no more rests.

    Safe to run from many processes at once. A schedule that was made is not changed here: it may have been edited.

    Args:
        declarations: all of them.
        next_after: tells when a schedule fires.
    """
    at = now()
    with session(write=True) as opened:
        query = select(ScheduleRow).where(col(ScheduleRow.declared_cron).is_not(None))
        known = query.order_by(col(ScheduleRow.id)).with_for_update()
        rows = {(row.kind, row.declared_cron, row.declared_timezone): row for row in opened.exec(known)}
        wanted = {(one.kind, one.cron, one.timezone) for one in declarations}
        for key, row in rows.items():
            if row.is_declared != (key in wanted):
                row.is_declared = not row.is_declared
                row.next_at, row.moved_at = next_after(row, at) if row.is_declared else None, at
                row.version += 1
        missing = [_made(*key, at) for key in sorted(wanted - {key for key in rows if None not in key})]
        for row in missing:
            row.next_at, row.moved_at = next_after(row, at), at
        if missing:  # of two schedulers that start together, the second finds them made
            values: list[dict[str, Any]] = [row.model_dump(exclude={"id"}) for row in missing]
            opened.execute(insert_for(opened)(ScheduleRow).on_conflict_do_nothing(), values)


def _made(kind: str, cron: str, timezone: str, at: datetime) -> ScheduleRow:
    return ScheduleRow(
        kind=kind,
        cron=cron,
        timezone=timezone,
        declared_cron=cron,
        declared_timezone=timezone,
        params={},
        created_at=at,
        created_by="code",
    )
