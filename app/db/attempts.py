"""What workers write about their attempts, many at a time: the claim and the outcome. Only `app.queue` imports this.

Each function is one short transaction, however many jobs it is for, and safe to repeat: a write whose reply was lost
is recognised as one's own. Rows are read with their locks in the order of their ids, so that no two wait for each
other.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select

from app.db import moves
from app.db.change import Change
from app.db.counters import batch, unwritten
from app.db.draft import Draft, Overtaken
from app.db.ends import Finish, Written, as_read, draft_ends, values_after
from app.db.engine import now, reading, writer
from app.db.jobs import Message
from app.db.many import insert_many, update_many
from app.db.models import AttemptRow, Job, LogLineRow, State, StateCount, table_of
from app.db.moves import SYSTEM, Move
from app.db.queues import paused_at
from app.db.snapshot import Progress

_job = table_of(Job)
_attempt = table_of(AttemptRow)
_NO_PROGRESS: dict[str, None] = dict.fromkeys(
    ("progress_done", "progress_total", "progress_message", "progress_rate", "progress_at")
)
_ROWS = select(_job).where(_job.c.id.in_(bindparam("ids", expanding=True))).order_by(_job.c.id)
_HELD_ROWS = _ROWS.with_for_update(of=_job)
_HOLD = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Change):
    """A job that now belongs to a worker."""

    attempt: int
    last_log_seq: int

    @property
    def token(self) -> int:
        """What the worker shows for it, until it ends."""
        token: int = self.row.token
        return token

    @property
    def max_attempts(self) -> int:
        """How many attempts it has in all."""
        max_attempts: int = self.row.max_attempts
        return max_attempts

    @property
    def params(self) -> dict[str, Any]:
        """Its params as stored: secrets are sealed."""
        params: dict[str, Any] = self.row.params
        return params

    @property
    def is_alone(self) -> bool:
        """Whether it runs in a process of its own because its worker died before."""
        is_alone: bool = self.row.is_alone
        return is_alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who writes. `name` is for people."""

    id: str
    name: str


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
    order = _Order(ends=ends, messages=messages, worker=worker, limits=limits or {})
    if writer().dialect.name == "sqlite" and not order.limits.keys() & {message.kind for message in messages}:
        with suppress(Overtaken):
            return _record_as_read(order)
    with batch() as opened:
        rows = opened.connection().execute(_HELD_ROWS, {"ids": order.job_ids}).all()
        draft, recorded = _drafted(opened.connection(), order, rows, paused=paused_at(opened.connection(), now()))
        draft.write(opened)
        return recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is to be recorded."""

    ends: Sequence[Finish]
    messages: Sequence[Message]
    worker: Worker
    limits: Mapping[str, int]

    @property
    def job_ids(self) -> list[int]:
        """Of which jobs."""
        return [*(one.job_id for one in self.ends), *(message.job_id for message in self.messages)]


def _record_as_read(order: _Order) -> Recorded:
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
    connection: Connection, order: _Order, found: Sequence[Row[Any]], *, paused: frozenset[str]
) -> tuple[Draft, Recorded]:
    """Decide what these rows become. `connection` only reads."""
    draft = Draft(connection.dialect)
    rows = {row.id: row for row in found}
    written = [
        Written(row=row, end=end, values=values_after(row, end))
        for end in order.ends
        if (row := rows.get(end.job_id)) is not None
        and (row.state, row.token, row.worker_id) == (State.RUNNING, end.token, order.worker.id)
    ]
    draft_ends(draft, written)
    changes = {one.end.job_id: one.change() for one in written}
    ended = [
        changes[end.job_id] if end.job_id in changes else _own(connection, rows, end, order.worker)
        for end in order.ends
    ]
    return draft, Recorded(ended=ended, claims=_claim(connection, draft, order, rows, paused))


def _claim(
    connection: Connection, draft: Draft, order: _Order, rows: Mapping[int, Row[Any]], paused: frozenset[str]
) -> list[Claim]:
    tokens = {message.job_id: message.token for message in order.messages}
    fitting = [row for job_id, token in tokens.items() if (row := rows.get(job_id)) is not None and row.token == token]
    mine = [row for row in fitting if row.state == State.RUNNING and row.worker_id == order.worker.id]
    queued = [row for row in fitting if row.state == State.QUEUED]
    taken = _admitted(connection, draft, [row for row in queued if row.queue not in paused], order.limits)
    taken_ids = {row.id for row in taken}
    # With a new token, so that whoever sent them and notes it only now notes nothing: their messages are gone.
    held = [{**as_read(row), "sent_at": None, "token": row.token + 1} for row in queued if row.id not in taken_ids]
    update_many(draft, _job, held)
    return [*_take(connection, draft, taken, worker=order.worker), *(_claim_of(connection, row) for row in mine)]


def _admitted(
    connection: Connection, draft: Draft, queued: list[Row[Any]], limits: Mapping[str, int]
) -> list[Row[Any]]:
    """Leave out the jobs that are too many of a limited kind."""
    admitted = queued
    for kind in sorted({row.kind for row in admitted} & limits.keys()):
        room = limits[kind] - _running(connection, draft, kind)
        too_many = {row.id for row in [row for row in admitted if row.kind == kind][max(0, room) :]}
        admitted = [row for row in admitted if row.id not in too_many]
    return admitted


def _running(connection: Connection, draft: Draft, kind: str) -> int:
    """Return how many jobs of a kind run, and keep everybody else from starting one until the transaction ends.

    On PostgreSQL by a lock of its own: the counters' rows are locked at the end, all in the same order.
    """
    if connection.dialect.name != "sqlite":
        number = int.from_bytes(blake2b(kind.encode(), digest_size=8, person=b"max_running").digest(), signed=True)
        connection.execute(_HOLD, {"number": number})
    total = table_of(StateCount)
    query = select(total.c.total).where(total.c.kind == kind, total.c.state == State.RUNNING)
    return int(connection.execute(query).scalar() or 0) + unwritten(draft, kind, State.RUNNING)


def _take(connection: Connection, draft: Draft, rows: list[Row[Any]], *, worker: Worker) -> list[Claim]:
    if not rows:
        return []
    at = now()
    changed: dict[str, Any] = {
        "state": State.RUNNING,
        "started_at": at,
        "run_seconds": None,
        "worker": worker.name,
        "worker_id": worker.id,
        **_NO_PROGRESS,
    }
    update_many(
        draft,
        _job,
        [{**as_read(row), **changed, "attempt": row.attempt + 1, "version": row.version + 1} for row in rows],
    )
    insert_many(
        draft,
        _attempt,
        [
            {
                "job_id": row.id,
                "number": row.attempt + 1,
                "outcome": "running",
                "worker": worker.name,
                "worker_id": worker.id,
                "started_at": at,
            }
            for row in rows
        ],
    )
    begun = [
        Move(
            job_id=row.id,
            kind=row.kind,
            from_state=State.QUEUED,
            to_state=State.RUNNING,
            at=at,
            reason=f"attempt {row.attempt + 1} began",
            by=SYSTEM,
            attempt=row.attempt + 1,
            worker=worker.name,
        )
        for row in rows
    ]
    moves.record(draft, begun)
    shown = {
        "state": State.RUNNING,
        "started_at": at,
        "run_seconds": 0.0,
        "worker": worker.name,
        "progress": Progress(),
    }
    claims = []
    for row in rows:
        wait = max(0.0, (at - row.queued_at).total_seconds()) if row.queued_at else None
        update_of = {**shown, "attempt": row.attempt + 1, "version": row.version + 1, "wait_seconds": wait}
        claims.append(_claim_of(connection, row, update_of))
    return claims


def _claim_of(connection: Connection, row: Row[Any], values: dict[str, Any] | None = None) -> Claim:
    """Make the claim of a row; `values` are what was written since the row was read."""
    values = values or {}
    attempt: int = values.get("attempt", row.attempt)
    last_seq = 0
    if attempt > 1:
        line = table_of(LogLineRow)
        newest = select(line.c.seq).where(line.c.job_id == row.id).order_by(line.c.seq.desc()).limit(1)
        last_seq = connection.execute(newest).scalar() or 0
    return Claim(row=row, values=values, attempt=attempt, last_log_seq=last_seq)


def _own(connection: Connection, rows: Mapping[int, Row[Any]], end: Finish, worker: Worker) -> Change | None:
    """Recognise an end whose COMMIT succeeded although its reply was lost: same worker, same instant."""
    row = rows.get(end.job_id)
    if row is None:
        return None
    same = (_attempt.c.job_id == end.job_id, _attempt.c.worker_id == worker.id, _attempt.c.finished_at == end.at)
    found = connection.execute(select(_attempt.c.number).where(*same)).first()
    return Change(row=row) if found is not None else None
