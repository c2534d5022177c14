"""The claim: a worker takes queued jobs and begins an attempt of each. Only `app.queue` imports this."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, func, select

from app.actor import SYSTEM
from app.db.clock import now
from app.db.lifecycle import transitions
from app.db.lifecycle.finish import Finish, as_read
from app.db.lifecycle.start import Message
from app.db.lifecycle.totals import unwritten
from app.db.lifecycle.transitions import NewTransition, entering
from app.db.models.history import AttemptRow, LogLineRow
from app.db.models.jobs import Job, StateCount
from app.db.snapshots.change import Change
from app.db.sql.bulk_rows import insert_many, update_many
from app.db.sql.column_types import table_of
from app.db.sql.write_plan import WritePlan
from app.db.state_machine import CLAIM, FINISH
from app.db.states import State

_job = table_of(Job)
_attempt = table_of(AttemptRow)
_NO_PROGRESS: dict[str, None] = dict.fromkeys(
    (
        "progress_done",
        "progress_total",
        "progress_message",
        "progress_rate",
        "progress_at",
        "progress_eta",
        "progress_gap",
    )
)
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
class WorkerWrites:
    """What is to be recorded."""

    ends: Sequence[Finish]
    messages: Sequence[Message]
    worker: Worker
    limits: Mapping[str, int]
    versions: Mapping[str, str | None]
    room: int = 0
    queues: Collection[str] = ()

    @property
    def job_ids(self) -> list[int]:
        """Of which jobs."""
        return [*(one.job_id for one in self.ends), *(message.job_id for message in self.messages)]


def claim(
    connection: Connection, plan: WritePlan, writes: WorkerWrites, rows: Mapping[int, Row[Any]], paused: frozenset[str]
) -> list[Claim]:
    tokens = {message.job_id: message.token for message in writes.messages}
    wanted = [(row, token) for job_id, token in tokens.items() if (row := rows.get(job_id)) is not None]
    # An earlier claim of this worker, whose answer was lost: what a worker may finish is its own.
    mine = [row for row, token in wanted if FINISH.fits(row, token=token, worker_id=writes.worker.id)]
    queued = [row for row, token in wanted if CLAIM.fits(row, token=token)]
    taken = _admitted(connection, plan, [row for row in queued if row.queue not in paused], writes.limits)
    taken_ids = {row.id for row in taken}
    # Their messages are gone, so they count as not sent. The new token is for their sender: where the sender notes only
    # now that these jobs were sent, the note names the old token and changes nothing.
    held = [{**as_read(row), "sent_at": None, "token": row.token + 1} for row in queued if row.id not in taken_ids]
    update_many(plan, _job, held)
    return [*_take(connection, plan, taken, writes), *(_claim_of(connection, row) for row in mine)]


def _admitted(
    connection: Connection, plan: WritePlan, queued: list[Row[Any]], limits: Mapping[str, int]
) -> list[Row[Any]]:
    """Leave out the jobs that are too many of a limited kind."""
    admitted = queued
    for kind in sorted({row.kind for row in admitted} & limits.keys()):
        room = limits[kind] - _running(connection, plan, kind)
        too_many = {row.id for row in [row for row in admitted if row.kind == kind][max(0, room) :]}
        admitted = [row for row in admitted if row.id not in too_many]
    return admitted


def _running(connection: Connection, plan: WritePlan, kind: str) -> int:
    """Return how many jobs of a kind run, and keep everybody else from starting one until the transaction ends.

    On PostgreSQL by a lock of its own: the counters' rows are locked at the end, all in the same order.
    """
    if connection.dialect.name != "sqlite":
        number = int.from_bytes(blake2b(kind.encode(), digest_size=8, person=b"max_running").digest(), signed=True)
        connection.execute(_HOLD, {"number": number})
    total = table_of(StateCount)
    query = select(total.c.total).where(total.c.kind == kind, total.c.state == State.RUNNING)
    return int(connection.execute(query).scalar() or 0) + unwritten(plan, kind, State.RUNNING)


def _take(connection: Connection, plan: WritePlan, rows: list[Row[Any]], writes: WorkerWrites) -> list[Claim]:
    if not rows:
        return []
    at, worker = now(), writes.worker
    written = [_claimed_values(row, writes, at) for row in rows]
    update_many(plan, _job, [{**as_read(row), **values} for row, values in zip(rows, written, strict=True)])
    insert_many(
        plan,
        _attempt,
        [
            {
                "job_id": row.id,
                "number": row.attempt + 1,
                "outcome": "running",
                "worker": worker.name,
                "worker_id": worker.id,
                "started_at": at,
                "code_version": writes.versions.get(row.kind),
            }
            for row in rows
        ],
    )
    begun = [
        NewTransition(
            verb=CLAIM,
            job_id=row.id,
            kind=row.kind,
            from_state=State(row.state),
            to_state=State.RUNNING,
            at=at,
            reason=f"attempt {row.attempt + 1} began",
            by=SYSTEM,
            attempt=row.attempt + 1,
            worker=worker.name,
        )
        for row in rows
    ]
    transitions.record(plan, begun)
    return [_claim_of(connection, row, values) for row, values in zip(rows, written, strict=True)]


def _claimed_values(row: Row[Any], writes: WorkerWrites, at: datetime) -> dict[str, Any]:
    """Return what the row of a claimed job says."""
    return {
        **entering(CLAIM, row, State.RUNNING, at=at),
        "attempt": row.attempt + 1,
        "started_at": at,
        "run_seconds": None,
        "worker": writes.worker.name,
        "worker_id": writes.worker.id,
        "code_version": writes.versions.get(row.kind),
        "cpu_seconds": None,
        "peak_memory_bytes": None,
        **_NO_PROGRESS,
    }


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
