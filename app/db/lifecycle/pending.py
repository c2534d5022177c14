"""What workers and the sweep have to look after: jobs that are due, jobs whose messages were not sent, running jobs and
the requests to stop them.

Reads only. The writes that follow are in `start/due.py`, `batch.py` and `rescue.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, case, exists, literal_column, or_
from sqlalchemy import select as select_of
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.db.clock import CLOCK_STEP, now
from app.db.lifecycle.flows.continuations import LOST, has_lost
from app.db.lifecycle.start import Message, message_of
from app.db.lifecycle.start.due import is_delayed_since_after, is_due
from app.db.lifecycle.transitions import is_source
from app.db.models.jobs import Job, StateCount
from app.db.queues import paused_at
from app.db.sql.column_types import UtcDateTime
from app.db.sql.sessions import reading, session
from app.db.state_machine import CLAIM
from app.db.states import State

_IS_QUEUED = is_source(CLAIM)
_RANK = case({"high": 0, "normal": 1}, value=col(Job.priority), else_=2)
_AT, _AHEAD, _OLD = (bindparam(name, type_=UtcDateTime()) for name in ("at", "ahead", "old"))
_UNSENT = and_(_IS_QUEUED, col(Job.sent_at).is_(None), or_(col(Job.queued_at) < _OLD, col(Job.queued_at) > _AHEAD))
# A literal: SQLite plans a statement anew at each run whose parameter may decide which index is walked.
_IS_RUNNING = col(Job.state) == literal_column(f"'{State.RUNNING}'")
_LOOK = select_of(
    exists().where(is_delayed_since_after(_AHEAD)),
    exists().where(is_due(_AT)),
    LOST.exists(),
    exists().where(_UNSENT),
    exists().where(_IS_RUNNING),
)
# Without statistics SQLite would walk over all that waits; of both at once, too.
_SENT = select_of(col(Job.id)).where(_IS_QUEUED).with_hint(Job, "INDEXED BY ix_job_queued", "sqlite")
_ANY_SENT = select_of(or_(*(exists(_SENT.where(one)) for one in (col(Job.sent_at) < _OLD, col(Job.sent_at) > _AHEAD))))


class Work(NamedTuple):
    """What there is to be looked after."""

    has_delays_to_begin_again: bool
    has_due: bool
    has_lost_continuations: bool
    has_unsent: bool
    has_running: bool


def look(*, older_than: datetime) -> Work:
    """Say what there is to be looked after, in one statement: mostly nothing, and every process asks each second.

    `older_than`: as for `unsent`, which may find nothing where this says that there is something.
    """
    at = now()
    with reading() as connection:
        found = connection.execute(_LOOK, {"at": at, "ahead": at + CLOCK_STEP, "old": older_than}).one()
    return Work(*(bool(one) for one in found))


def has_due() -> bool:
    """Say whether `queue_due` has something to do; reads only."""
    return _is_there_any(is_due(now()))


def has_lost_continuations() -> bool:
    """Say whether `settle_lost_continuations` has something to do; reads only."""
    with session() as opened:
        return has_lost(opened.connection())


def has_delays_to_begin_again() -> bool:
    """Say whether `begin_delays_again` has something to do; reads only."""
    return _is_there_any(is_delayed_since_after(now() + CLOCK_STEP))


def unsent(
    *, older_than: datetime, limits: Mapping[str, int] | None = None, limit: int = 500, queue: str | None = None
) -> list[Message]:
    """List queued jobs that are not sent although they were queued before `older_than`, and could run.

    Jobs of a paused queue are left out, and those of a limited kind (`limits`: kind → how many may run at once) for
    which there is no room. `queue`: only those of this one.
    """
    limits = limits or {}
    with session() as opened:
        query = _unsent(opened).where(_is_older(col(Job.queued_at), older_than))
        if queue is not None:
            query = query.where(col(Job.queue) == queue)
        found = opened.exec(query.where(col(Job.kind).not_in(limits)).order_by(col(Job.id)).limit(limit)).all()
        return [message_of(job) for job in [*found, *_fitting(opened, query, limits)]]


def held(limits: Mapping[str, int]) -> list[Message]:
    """List the queued jobs of limited kinds that were refused at their claim, and could run now: the highest first."""
    with session() as opened:
        return [message_of(job) for job in _fitting(opened, _unsent(opened), limits)]


def sent(*, older_than: datetime, limit: int = 500) -> list[Message]:
    """List the queued jobs that were sent longest ago, before `older_than`: Redis may have lost their messages."""
    with reading() as connection:  # mostly there is none, and to say so takes a sixth of the time
        if not connection.execute(_ANY_SENT, {"old": older_than, "ahead": now() + CLOCK_STEP}).scalar():
            return []
    with session() as opened:
        query = (
            select(Job)
            .where(_IS_QUEUED, _is_older(col(Job.sent_at), older_than))
            .order_by(col(Job.sent_at), col(Job.id))
            .limit(limit)
        )
        return [message_of(job) for job in opened.exec(query).all()]


def paused_queues() -> frozenset[str]:
    """Return the names of the queues that are paused now."""
    with session() as opened:
        return paused_at(opened.connection(), now())


def running_by_worker() -> dict[str, list[tuple[int, datetime]]]:
    """List which jobs run where: worker id → (job id, started at)."""
    found: dict[str, list[tuple[int, datetime]]] = {}
    with session() as opened:
        query = select(Job.worker_id, Job.id, Job.started_at).where(col(Job.state) == State.RUNNING)
        for worker_id, job_id, started_at in opened.exec(query).all():
            if worker_id is not None and job_id is not None and started_at is not None:
                found.setdefault(worker_id, []).append((job_id, started_at))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    """What the database says about a running job: whether it should stop, and whether it is still this worker's."""

    token: int
    is_cancelled: bool
    is_forced: bool


def stop_requests(job_ids: Sequence[int], *, worker_id: str) -> dict[int, StopRequest]:
    """Read who is asked to stop among the jobs of a worker. An id that is missing is no longer that worker's."""
    with session() as opened:
        query = select(Job.id, Job.token, Job.cancel_requested_at, Job.force_requested_at).where(
            col(Job.id).in_(job_ids), col(Job.state) == State.RUNNING, col(Job.worker_id) == worker_id
        )
        return {
            job_id: StopRequest(token=token, is_cancelled=cancelled_at is not None, is_forced=forced_at is not None)
            for job_id, token, cancelled_at, forced_at in opened.exec(query).all()
            if job_id is not None
        }


def _is_there_any(condition: ColumnElement[bool]) -> bool:
    with session() as opened:
        return opened.exec(select(Job.id).where(condition).limit(1)).first() is not None


def _is_older(column: Mapped[datetime | None], than: datetime) -> ColumnElement[bool]:
    """Say that a time is before another; one in the future is from before the clock was set back, so it is old too."""
    return or_(column < than, column > now() + CLOCK_STEP)


def _unsent(opened: Session) -> SelectOfScalar[Job]:
    paused = paused_at(opened.connection(), now())
    return select(Job).where(_IS_QUEUED, col(Job.sent_at).is_(None), col(Job.queue).not_in(paused))


def _fitting(opened: Session, query: SelectOfScalar[Job], limits: Mapping[str, int]) -> list[Job]:
    """Of each limited kind, take as many of these jobs as there is room for: the highest priority first."""
    found: list[Job] = []
    for kind, room in _room(opened, limits).items():
        ordered = query.where(col(Job.kind) == kind).order_by(_RANK, col(Job.id))
        found.extend(opened.exec(ordered.limit(room)).all())
    return found


def _room(opened: Session, limits: Mapping[str, int]) -> dict[str, int]:
    """Return how many more jobs of each limited kind may run; full kinds are left out."""
    query = select(StateCount.kind, StateCount.total).where(
        col(StateCount.kind).in_(limits), col(StateCount.state) == State.RUNNING
    )
    running = dict(opened.exec(query).all()) if limits else {}
    return {kind: room for kind, limit in limits.items() if (room := limit - running.get(kind, 0)) > 0}
