"""What happened to jobs, kept for the notices that want to hear of it, in the transaction in which it happened.

So no process can die between the end of a job and the note that somebody is to be told. Which notice wants it is
decided afterwards (`app.db.notices.deciding`), outside the transaction for which a worker waits.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session

from app.db.failures.keeping import Cause
from app.db.models.people import NoticeEventRow, NoticeRow
from app.db.snapshots.notice import SENDER_KIND, NoticeEvent
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import Transaction
from app.db.sql.write_plan import WritePlan
from app.db.states import FINISHED, State

TELLING = frozenset({State.RUNNING, State.RETRYING, *FINISHED})
"""The states of whose begin somebody may want to hear."""
_GATHERED = "jobdeck told"
_notice, _event = table_of(NoticeRow), table_of(NoticeEventRow)
_WANTED = Compiled(select(_notice.c.kind, _notice.c.job_id, _notice.c.events).where(_notice.c.is_enabled), ())


class Happened(NamedTuple):
    """A job came into a state."""

    kind: str
    job_id: int
    state: State
    at: datetime


def gather(opened: Session | Transaction | WritePlan, happened: Sequence[Happened]) -> None:
    """Note what happened, to be looked at just before the COMMIT."""
    telling = [one for one in happened if one.state in TELLING and one.kind != SENDER_KIND]
    if telling:
        opened.info.setdefault(_GATHERED, []).extend(telling)


def write(opened: AnySession | Transaction) -> None:
    """Keep what was gathered, of it what a notice may want. Where there is no notice that is one short read."""
    happened: list[Happened] = opened.info.get(_GATHERED, [])
    if not happened:
        return
    connection = opened.connection()
    wanted = _wanted(connection)
    rows: list[dict[str, Any]] = [
        {"event": str(one.state), "job_id": one.job_id, "at": one.at} for one in happened if _is_wanted(one, wanted)
    ]
    insert_many(Transaction(connection), _event, rows)


def write_causes(opened: AnySession | Transaction, causes: Sequence[Cause]) -> None:
    """Keep that jobs begin to fail of these causes, of it what a notice may want: nearly always there are none."""
    telling = [one for one in causes if one.first.kind != SENDER_KIND]
    if not telling:
        return
    connection = opened.connection()
    wanted = {event for _, _, event in _wanted(connection)}
    rows: list[dict[str, Any]] = [
        {"event": event, "job_id": one.first.job_id, "at": one.first.at, "detail": {"signature": one.signature}}
        for one in telling
        if (event := str(NoticeEvent.FAILURE_BACK if one.is_back else NoticeEvent.FAILURE_NEW)) in wanted
    ]
    insert_many(Transaction(connection), _event, rows)


def _wanted(connection: Connection) -> set[tuple[str | None, int | None, str]]:
    """Return what notices want to hear of: kind, job and event."""
    wanted = set[tuple[str | None, int | None, str]]()
    for kind, job_id, events in _WANTED.run(connection, [{}]).fetchall():
        wanted.update((kind, job_id, event) for event in (json.loads(events) if isinstance(events, str) else events))
    return wanted


def _is_wanted(one: Happened, wanted: set[tuple[str | None, int | None, str]]) -> bool:
    if not wanted:
        return False
    events = (str(one.state), str(NoticeEvent.FINISHED)) if one.state in FINISHED else (str(one.state),)
    return any(
        (kind, job_id, event) in wanted
        for event in events
        for kind in (None, one.kind)
        for job_id in (None, one.job_id)
    )
