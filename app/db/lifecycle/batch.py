"""What workers write about their attempts, many at a time: the claim and the outcome. Only `app.queue` imports this.

Each function is one short transaction, however many jobs it is for, and safe to repeat: a write whose reply was lost
is recognised as one's own. Rows are read with their locks in the order of their ids, so that no two wait for each
other.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from app.db.clock import now
from app.db.lifecycle.claim import Claim, Worker, WorkerWrites, claim
from app.db.lifecycle.finish import Finish, Written, plan_finishes, values_after
from app.db.lifecycle.flows.continuations import settle
from app.db.lifecycle.flows.ends import End, ends_of
from app.db.lifecycle.start import Message, message_of_change
from app.db.lifecycle.totals import transaction
from app.db.models.history import AttemptRow
from app.db.models.jobs import ContinuationRow, Job
from app.db.queues import paused_at
from app.db.snapshots.change import Change
from app.db.sql.column_types import table_of
from app.db.sql.engine import writer
from app.db.sql.sessions import Transaction, again_if_undone, reading
from app.db.sql.write_plan import Overtaken, WritePlan
from app.db.state_machine import FINISH
from app.db.states import State

_attempt = table_of(AttemptRow)

_job = table_of(Job)

_link = table_of(ContinuationRow)

_RANKS = {"high": 0, "normal": 1, "low": 2}

_ROWS = select(_job).where(_job.c.id.in_(bindparam("ids", expanding=True))).order_by(_job.c.id)
_HELD_ROWS = _ROWS.with_for_update(of=_job)
_TAKEN = select(_job).where(
    _job.c.id.in_(select(_link.c.job_id).where(_link.c.parent_id.in_(bindparam("parents", expanding=True)))),
    _job.c.state == State.RUNNING,
    _job.c.worker_id == bindparam("worker"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What `record` did.

    Attributes:
        ended: the job of each end, in the same order; None where another worker had taken the job meanwhile.
        claims: the jobs that were taken.
        followers: the jobs that waited for these ends, and are queued or cancelled now.
        taken: those of them that were taken at once. No message is to be sent for these.
        awaited: the ends for which jobs may wait.
    """

    ended: list[Change | None]
    claims: list[Claim]
    followers: list[Change] = field(default_factory=list)
    taken: list[Claim] = field(default_factory=list)
    awaited: list[End] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """What is to be sent for the followers."""
        taken = {one.job_id for one in self.taken}
        sent = (message_of_change(one) for one in self.followers if one.job_id not in taken)
        return [message for message in sent if message is not None]

    def settle(self, opened: Transaction, writes: WorkerWrites) -> None:
        """Let those go on, in the transaction of these ends; take as many of them as there is room for."""
        if self.awaited:
            self.followers.extend(settle(opened, self.awaited, at=now()))
        takable = [
            one
            for one in self.messages
            if one.queue in writes.queues and one.kind in writes.versions and one.kind not in writes.limits
        ]
        taken = sorted(takable, key=lambda one: _RANKS[one.priority])[: writes.room]
        if taken:
            connection = opened.connection()
            rows = {row.id: row for row in connection.execute(_ROWS, {"ids": [one.job_id for one in taken]})}
            plan = WritePlan(opened.dialect, opened.info)
            following = replace(writes, ends=[], messages=taken)
            self.taken.extend(claim(connection, plan, following, rows, paused_at(connection, now())))
            plan.write(opened)


@again_if_undone
def record(
    ends: Sequence[Finish],
    messages: Sequence[Message],
    *,
    worker: Worker,
    limits: Mapping[str, int] | None = None,
    versions: Mapping[str, str | None] | None = None,
    room: int = 0,
    queues: Collection[str] = (),
) -> Recorded:
    """Write how attempts ended and take queued jobs for the same worker, in one transaction.

    A failed job becomes `retrying` where its end has a `retry_at`, unless somebody asked to cancel the job. A message
    is left out where its job was deleted, cancelled or taken by another worker, and where the token is an older one. A
    job whose queue is paused, or whose kind has no room, stays queued and counts as not sent: the sweep sends it again.

    Args:
        ends: how attempts of this worker ended.
        messages: the messages of the jobs to take.
        worker: the worker.
        limits: kind → how many jobs of the kind may run at once, over all workers.
        versions: kind → which version of its code this worker runs.
        room: how many of the jobs that waited for these ends it takes at once, without a message. None of a limited
            kind: its lock comes before the rows of those that wait.
        queues: of which queues it takes these.

    Returns:
        What became of each end, and the jobs that were taken.

    Raises:
        Unavailable: the database is away. The writes may have been committed: repeat them, they are recognised.
    """
    writes = WorkerWrites(
        ends=ends,
        messages=messages,
        worker=worker,
        limits=limits or {},
        versions=versions or {},
        room=room,
        queues=queues,
    )
    if writer().dialect.name == "sqlite" and not writes.limits.keys() & {message.kind for message in messages}:
        with suppress(Overtaken):
            return _record_as_read(writes)
    with transaction() as opened:
        rows = opened.connection().execute(_HELD_ROWS, {"ids": writes.job_ids}).all()
        paused = paused_at(opened.connection(), now()) if writes.messages else frozenset()
        plan, recorded = _planned(opened.connection(), writes, rows, paused=paused)
        plan.write(opened)
        recorded.settle(opened, writes)
        return recorded


def _record_as_read(writes: WorkerWrites) -> Recorded:
    """Record the writes, made from rows that were read before the write lock is taken.

    Raises:
        Overtaken: a row was changed meanwhile, or a queue was paused or resumed; nothing was written.
    """
    with reading() as connection:
        at = now()
        paused = paused_at(connection, at) if writes.messages else frozenset()
        rows = connection.execute(_ROWS, {"ids": writes.job_ids}).all()
        plan, recorded = _planned(connection, writes, rows, paused=paused)
    with transaction() as opened:
        if writes.messages and paused_at(opened.connection(), at) != paused:
            raise Overtaken
        plan.write(opened)
        recorded.settle(opened, writes)
        return recorded


def _planned(
    connection: Connection, writes: WorkerWrites, found: Sequence[Row[Any]], *, paused: frozenset[str]
) -> tuple[WritePlan, Recorded]:
    """Decide what becomes of these rows: the plan of the writes, and what to answer. `connection` only reads."""
    plan = WritePlan(connection.dialect)
    rows = {row.id: row for row in found}
    written = [
        Written(row=row, end=end, values=values_after(row, end))
        for end in writes.ends
        if (row := rows.get(end.job_id)) is not None and FINISH.fits(row, token=end.token, worker_id=writes.worker.id)
    ]
    plan_finishes(plan, written)
    changes = {one.end.job_id: one.change() for one in written}
    ended = [
        changes[end.job_id] if end.job_id in changes else _own(connection, rows, end, writes.worker)
        for end in writes.ends
    ]
    claims = claim(connection, plan, writes, rows, paused)
    awaited = ends_of([one.row for one in written], [one.values["state"] for one in written])
    earlier = [one.job_id for one in ended if one is not None and one.job_id not in changes]
    taken = _taken_earlier(connection, plan, writes, earlier)
    return plan, Recorded(ended=ended, claims=claims, taken=taken, awaited=awaited)


def _taken_earlier(connection: Connection, plan: WritePlan, writes: WorkerWrites, parents: list[int]) -> list[Claim]:
    """Return the jobs that were taken with these ends, which were committed earlier though the answer was lost."""
    if not parents:
        return []
    taken = connection.execute(_TAKEN, {"parents": parents, "worker": writes.worker.id})
    rows = {row.id: row for row in taken if row.id not in writes.job_ids}  # of those it is said elsewhere
    messages = [Message(row.id, row.token, row.kind, row.queue, row.priority) for row in rows.values()]
    return claim(connection, plan, replace(writes, ends=[], messages=messages), rows, frozenset())


def _own(connection: Connection, rows: Mapping[int, Row[Any]], end: Finish, worker: Worker) -> Change | None:
    """Return the job of an end that was committed earlier, though the answer was lost: same worker, same instant."""
    row = rows.get(end.job_id)
    if row is None:
        return None
    same = (_attempt.c.job_id == end.job_id, _attempt.c.worker_id == worker.id, _attempt.c.finished_at == end.at)
    found = connection.execute(select(_attempt.c.number).where(*same)).first()
    return Change(row=row) if found is not None else None
