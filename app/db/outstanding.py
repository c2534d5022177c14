"""What workers and sweeps have to look after: jobs that are due, not sent, or running, and the orders for those.

Reads only; the writes that follow are in `jobs.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from app.db.engine import now, session
from app.db.jobs import Message, message_of
from app.db.models import Job, State


def has_due() -> bool:
    """Say whether `queue_due` has something to do; reads only."""
    with session() as opened:
        query = (
            select(Job.id)
            .where(col(Job.state).in_((State.SCHEDULED, State.RETRYING)), col(Job.run_at) <= now())
            .limit(1)
        )
        return opened.exec(query).first() is not None


def unsent(*, older_than: datetime, limit: int = 500) -> list[Message]:
    """List queued jobs that were never sent although they were queued before `older_than`."""
    with session() as opened:
        query = (
            select(Job)
            .where(col(Job.state) == State.QUEUED, col(Job.sent_at).is_(None), col(Job.queued_at) < older_than)
            .order_by(col(Job.id))
            .limit(limit)
        )
        return [message_of(job) for job in opened.exec(query).all()]


def sent(*, older_than: datetime, after_id: int = 0, limit: int = 500) -> list[Message]:
    """List queued jobs that were sent before `older_than`, by id: Redis may have lost their messages."""
    with session() as opened:
        query = (
            select(Job)
            .where(col(Job.state) == State.QUEUED, col(Job.sent_at) < older_than, col(Job.id) > after_id)
            .order_by(col(Job.id))
            .limit(limit)
        )
        return [message_of(job) for job in opened.exec(query).all()]


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
class Orders:
    """What the database says about a running job: whether it should stop, and whether it is still this worker's."""

    token: int
    is_cancelled: bool


def orders(job_ids: Sequence[int], *, worker_id: str) -> dict[int, Orders]:
    """Read the orders for jobs that a worker runs. An id that is missing is no longer that worker's."""
    with session() as opened:
        query = select(Job.id, Job.token, Job.cancel_requested_at).where(
            col(Job.id).in_(job_ids), col(Job.state) == State.RUNNING, col(Job.worker_id) == worker_id
        )
        return {
            job_id: Orders(token=token, is_cancelled=cancelled_at is not None)
            for job_id, token, cancelled_at in opened.exec(query).all()
            if job_id is not None
        }
