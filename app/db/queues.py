"""Queues as the rows show them: which are paused, and what waits and runs in each. Only `app.queue` imports this.

A pause is a row that every claim looks for in its own transaction (`lifecycle/batch.py`): a job that a worker asks for
after the pause was committed does not begin before the row is gone or its `until` is past.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, literal_column, or_
from sqlmodel import Session, col, select

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.models.installation import QueuePauseRow
from app.db.models.jobs import Job
from app.db.queries.counts import COUNT_LIMIT
from app.db.snapshots.snapshot import rfc3339
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import insert_for, session
from app.db.states import State

# NOTE: the condition of the partial index ix_job_waiting in app/db/schema.py; SQLite wants it as a literal.
_IS_QUEUED = col(Job.state) == literal_column(f"'{State.QUEUED}'")
RATE_SPAN = timedelta(minutes=5)
RATE_ENDS = 1000
_pause = table_of(QueuePauseRow)
_PAUSED = Compiled(
    select(_pause.c.queue).where(or_(_pause.c.until.is_(None), _pause.c.until > bindparam("at"))), ["at"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Why the jobs of a queue wait. `until` None: until somebody resumes it."""

    paused_at: datetime
    paused_by: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The queued jobs of a queue; where `is_exact` is false there are more than `count`."""

    count: int
    is_exact: bool
    oldest_at: datetime


def pause(name: str, *, until: datetime | None, reason: str, by: Actor) -> Pause:
    """Pause a queue; where it is paused already, this takes the older pause's place."""
    at = now()
    values = {"queue": name, "paused_at": at, "paused_by": by.name, "reason": reason, "until": until}
    with session(write=True) as opened:
        statement = insert_for(opened)(table_of(QueuePauseRow)).values(values)
        changes = {column: values[column] for column in values if column != "queue"}
        opened.connection().execute(statement.on_conflict_do_update(index_elements=["queue"], set_=changes))
        details = {} if until is None else {"until": rfc3339(until)}
        entries.record(opened, [Entry(act="pause", target=f"queue:{name}", by=by, reason=reason, details=details)])
    return Pause(paused_at=at, paused_by=by.name, reason=reason, until=until)


def resume(name: str, *, by: Actor) -> None:
    """Take a queue's pause away. Safe to repeat."""
    with session(write=True) as opened:
        opened.connection().execute(delete(QueuePauseRow).where(col(QueuePauseRow.queue) == name))
        entries.record(opened, [Entry(act="resume", target=f"queue:{name}", by=by)])


def paused_at(connection: Connection, at: datetime) -> frozenset[str]:
    """Return the names of the queues whose pause holds at an instant."""
    return frozenset(queue for (queue,) in _PAUSED.run(connection, [{"at": at}]).fetchall())


def pauses() -> dict[str, Pause]:
    """Return the pauses that hold now, by queue."""
    at = now()
    with session() as opened:
        rows = opened.exec(select(QueuePauseRow)).all()
    return {
        row.queue: Pause(paused_at=row.paused_at, paused_by=row.paused_by, reason=row.reason, until=row.until)
        for row in rows
        if row.until is None or row.until > at
    }


def waiting() -> dict[str, Waiting]:
    """Count what waits, by queue, up to `COUNT_LIMIT` each; queues in which nothing waits are left out.

    Everything is read from the index of queued jobs, whatever the history holds.
    """
    found: dict[str, Waiting] = {}
    with session() as opened:
        name = _next_queue(opened, "")
        while name is not None:
            of_queue = (_IS_QUEUED, col(Job.queue) == name)
            some = select(Job.queue).where(*of_queue).limit(COUNT_LIMIT + 1).subquery()
            count = opened.exec(select(func.count()).select_from(some)).one()
            oldest = opened.exec(select(func.min(Job.queued_at)).where(*of_queue)).one()
            if oldest is not None:
                found[name] = Waiting(count=min(count, COUNT_LIMIT), is_exact=count <= COUNT_LIMIT, oldest_at=oldest)
            name = _next_queue(opened, name)
    return found


def running() -> dict[str, int]:
    """Count the running jobs by queue; there are never more than workers have threads for."""
    query = select(Job.queue, func.count()).where(col(Job.state) == State.RUNNING).group_by(Job.queue)
    with session() as opened:
        return dict(opened.exec(query).all())


def ends_per_minute() -> dict[str, float]:
    """Return how many jobs a minute ended of late, by queue; queues in which none did are left out.

    Counted over the newest `RATE_ENDS` ends of the last five minutes: the index of ends is read, no more.
    """
    at = now()
    newest = (
        select(Job.queue, Job.finished_at)
        .where(col(Job.finished_at) > at - RATE_SPAN)
        .order_by(col(Job.finished_at).desc())
        .limit(RATE_ENDS)
    )
    with session() as opened:
        rows = opened.exec(newest).all()
    if not rows:
        return {}
    first = rows[-1][1] if len(rows) == RATE_ENDS else at - RATE_SPAN
    assert first is not None
    minutes = max((at - first).total_seconds(), 1.0) / 60
    return {queue: number / minutes for queue, number in Counter(queue for queue, _ in rows).items()}


def _next_queue(opened: Session, after: str) -> str | None:
    """Return the next queue in which something waits, by name: one look at the index, no scan."""
    return opened.exec(select(func.min(Job.queue)).where(_IS_QUEUED, col(Job.queue) > after)).one()
