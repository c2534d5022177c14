"""What is seen by looking again and again, such as that a schedule is overdue: noted once each, for the notices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from app.db.clock import now
from app.db.models.people import NoticeEventRow, NoticeRow
from app.db.snapshots.notice import NoticeEvent
from app.db.sql.column_types import table_of
from app.db.sql.sessions import insert_for, reading, session

_event, _notice = table_of(NoticeEventRow), table_of(NoticeRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Something that may be told. `key`: the same for the same thing, however often it is seen."""

    event: NoticeEvent
    key: str
    detail: dict[str, Any]
    job_id: int | None = None


def is_wanted(event: NoticeEvent) -> bool:
    """Say whether a notice that is on tells of such events."""
    with reading() as connection:
        wanted = connection.scalars(select(_notice.c.events).where(_notice.c.is_enabled)).all()
    return any(event in events for events in wanted)


def note(seen: Sequence[Seen]) -> None:
    """Note what was not noted before. Safe to repeat, from any number of processes.

    Raises:
        Unavailable: the database is away.
    """
    if seen:
        with session(write=True) as opened:
            for one in seen:
                _note(opened, one)


def _note(opened: Session, one: Seen) -> None:
    values = {"event": str(one.event), "key": one.key, "detail": one.detail, "job_id": one.job_id, "at": now()}
    insert = insert_for(opened)(_event).values(values)
    opened.connection().execute(insert.on_conflict_do_nothing(index_elements=[_event.c.key]))
