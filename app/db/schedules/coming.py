"""The scheduler's reads: which schedules are due, or will be soon, and which a clock that was ahead moved on.

Each is found by an index: ten thousand schedules that are not due cost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, bindparam, exists, literal_column
from sqlalchemy import select as select_of
from sqlmodel import col, select

from app.db.models.schedules import FireRow, ScheduleRow
from app.db.snapshots.schedule import FireOutcome
from app.db.sql.column_types import UtcDateTime
from app.db.sql.sessions import reading, session

FIRES = col(ScheduleRow.is_declared) & col(ScheduleRow.deleted_at).is_(None)
"""The condition of the schedules that fire, where they have an instant to come."""


def waits() -> ColumnElement[bool]:
    """Give the condition of the instants that wait."""
    # NOTE: the condition of the partial index ix_fire_waiting in app/db/schema.py; SQLite wants it as a literal.
    return col(FireRow.outcome) == literal_column(f"'{FireOutcome.WAITING}'")


# Asked each second: to write them out anew each time would take longer than they do.
_AT = bindparam("at", type_=UtcDateTime())
_UNTIL = (
    select(col(ScheduleRow.id), col(ScheduleRow.version), col(ScheduleRow.next_at))
    .where(FIRES, col(ScheduleRow.next_at) <= _AT)
    .order_by(col(ScheduleRow.next_at))
)
_MOVED_AFTER = exists().where(FIRES, col(ScheduleRow.moved_at) > _AT)
_IS_SOON = exists().where(FIRES, col(ScheduleRow.next_at) <= bindparam("until", type_=UtcDateTime()))
_ANY = select_of(exists().where(waits()), _MOVED_AFTER, _IS_SOON)


@dataclass(frozen=True, slots=True)
class Soon:
    """A schedule and its next instant, as its row said at this version."""

    id: int
    version: int
    next_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What there is to do.

    Attributes:
        soon: the schedules whose next instant comes soon, the soonest first.
        has_waiting: whether an instant waits for the job of the one before.
        has_moved: whether the next instant of one was computed by a clock that was ahead.
    """

    soon: list[Soon]
    has_waiting: bool
    has_moved: bool


def glance(*, until: datetime, moved_after: datetime) -> Glance:
    """See what there is to do, in one unit of work: mostly nothing, and each scheduler asks every second.

    Args:
        until: up to this instant "soon" lasts.
        moved_after: a next instant that was computed later than that comes of a clock that was ahead.
    """
    with reading() as connection:
        asked = {"at": moved_after, "until": until}
        has_waiting, has_moved, is_any_soon = connection.execute(_ANY, asked).one()
        rows = connection.execute(_UNTIL, {"at": until}).all() if is_any_soon else []
    return Glance(soon=_soon(rows), has_waiting=bool(has_waiting), has_moved=bool(has_moved))


def until(at: datetime) -> list[Soon]:
    """Return the schedules whose next instant comes up to this one, the soonest first."""
    with reading() as connection:
        return _soon(connection.execute(_UNTIL, {"at": at}).all())


def _soon(rows: Sequence[Row[int | None, int, datetime | None]]) -> list[Soon]:
    return [Soon(one, version, next_at) for one, version, next_at in rows if one is not None and next_at is not None]


def versions_of_due(ids: Sequence[int], at: datetime) -> dict[int, int]:
    """Return those of some schedules whose next instant has come, by their ids, with the versions of their rows."""
    query = (
        select(col(ScheduleRow.id), col(ScheduleRow.version))
        .where(col(ScheduleRow.id).in_(ids), FIRES, col(ScheduleRow.next_at) <= at)
        .order_by(col(ScheduleRow.id))
    )
    with session() as opened:
        return {one: version for one, version in opened.exec(query).all() if one is not None}


def rows_of(ids: Sequence[int]) -> list[ScheduleRow]:
    """Return the rows of schedules that have an instant to come, by their ids."""
    if not ids:
        return []
    has_one = (col(ScheduleRow.id).in_(ids), FIRES, col(ScheduleRow.next_at).is_not(None))
    query = select(ScheduleRow).where(*has_one).order_by(col(ScheduleRow.id))
    with session() as opened:
        return list(opened.exec(query).all())


def moved_after(at: datetime, *, limit: int = 1000) -> list[ScheduleRow]:
    """Return schedules whose next instant was computed after this one. It is to come: the clock was set back since."""
    with reading() as connection:
        if not connection.execute(select_of(_MOVED_AFTER), {"at": at}).scalar():
            return []
    query = select(ScheduleRow).where(FIRES, col(ScheduleRow.moved_at) > at).limit(limit)
    with session() as opened:
        return list(opened.exec(query).all())
