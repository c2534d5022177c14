"""What workers write about their attempts, many at a time: the claim and the outcome. Only `app.queue` imports this.

Each function is one short transaction, however many jobs it is for, and safe to repeat: a write whose reply was lost
is recognised as one's own. Rows are read with their locks in the order of their ids, so that no two wait for each
other.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from app.db.clock import now
from app.db.lifecycle.claim import Claim, Worker, WorkerWrites, claim
from app.db.lifecycle.finish import Finish, Written, draft_ends, values_after
from app.db.lifecycle.start import Message
from app.db.lifecycle.totals import batch
from app.db.models import AttemptRow, Job
from app.db.queues import paused_at
from app.db.snapshots.change import Change
from app.db.sql.column_types import table_of
from app.db.sql.engine import writer
from app.db.sql.sessions import reading
from app.db.sql.write_plan import Overtaken, WritePlan
from app.db.state_machine import FINISH

_attempt = table_of(AttemptRow)

_job = table_of(Job)

_ROWS = select(_job).where(_job.c.id.in_(bindparam("ids", expanding=True))).order_by(_job.c.id)
_HELD_ROWS = _ROWS.with_for_update(of=_job)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `record` did. `ended`: in the order of the ends; None where the job was taken from the worker meanwhile."""

    ended: list[Change | None]
    claims: list[Claim]


def record(
    ends: Sequence[Finish], messages: Sequence[Message], *, worker: Worker, limits: Mapping[str, int] | None = None
) -> Recorded:
    """Write how attempts ended and take queued jobs for the same worker, in one transaction.

    A failure becomes `retrying` where `retry_at` is set, unless cancelling was asked for. Of the messages, what is
    somebody else's, cancelled, deleted or of an older token is left out. Jobs of a paused queue and of a kind that is
    full stay queued, as not sent: they are sent again in their time.

    Args:
        ends: of attempts of this worker.
        messages: the jobs to take.
        worker: who writes.
        limits: kind → how many of it may run at once, over all workers.
    """
    order = WorkerWrites(ends=ends, messages=messages, worker=worker, limits=limits or {})
    if writer().dialect.name == "sqlite" and not order.limits.keys() & {message.kind for message in messages}:
        with suppress(Overtaken):
            return _record_as_read(order)
    with batch() as opened:
        rows = opened.connection().execute(_HELD_ROWS, {"ids": order.job_ids}).all()
        draft, recorded = _drafted(opened.connection(), order, rows, paused=paused_at(opened.connection(), now()))
        draft.write(opened)
        return recorded


def _record_as_read(order: WorkerWrites) -> Recorded:
    """Record it with rows that were read before the write lock is taken.

    Raises:
        Overtaken: somebody changed one of them meanwhile, or paused a queue; nothing was written.
    """
    with reading() as connection:
        at = now()
        paused = paused_at(connection, at) if order.messages else frozenset()
        rows = connection.execute(_ROWS, {"ids": order.job_ids}).all()
        draft, recorded = _drafted(connection, order, rows, paused=paused)
    with batch() as opened:
        if order.messages and paused_at(opened.connection(), at) != paused:
            raise Overtaken
        draft.write(opened)
        return recorded


def _drafted(
    connection: Connection, order: WorkerWrites, found: Sequence[Row[Any]], *, paused: frozenset[str]
) -> tuple[WritePlan, Recorded]:
    """Decide what these rows become. `connection` only reads."""
    draft = WritePlan(connection.dialect)
    rows = {row.id: row for row in found}
    written = [
        Written(row=row, end=end, values=values_after(row, end))
        for end in order.ends
        if (row := rows.get(end.job_id)) is not None and FINISH.fits(row, token=end.token, worker_id=order.worker.id)
    ]
    draft_ends(draft, written)
    changes = {one.end.job_id: one.change() for one in written}
    ended = [
        changes[end.job_id] if end.job_id in changes else _own(connection, rows, end, order.worker)
        for end in order.ends
    ]
    return draft, Recorded(ended=ended, claims=claim(connection, draft, order, rows, paused))


def _own(connection: Connection, rows: Mapping[int, Row[Any]], end: Finish, worker: Worker) -> Change | None:
    """Recognise an end whose COMMIT succeeded although its reply was lost: same worker, same instant."""
    row = rows.get(end.job_id)
    if row is None:
        return None
    same = (_attempt.c.job_id == end.job_id, _attempt.c.worker_id == worker.id, _attempt.c.finished_at == end.at)
    found = connection.execute(select(_attempt.c.number).where(*same)).first()
    return Change(row=row) if found is not None else None
