"""Jobs that leave their worker without an outcome: handed back, or rescued. Only `app.queue` imports this.

Each function is one short transaction, safe to run from many processes at once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.actor import SYSTEM
from app.db.clock import now
from app.db.lifecycle.finish import searchable
from app.db.lifecycle.flows.continuations import settle
from app.db.lifecycle.flows.ends import ends_of
from app.db.lifecycle.start import Message
from app.db.lifecycle.start.requeue import lock, queue_again
from app.db.lifecycle.transitions import may_take, move, who_cancelled
from app.db.models.history import AttemptRow
from app.db.models.jobs import Job
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import Outcome
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.sessions import again_if_undone, session
from app.db.state_machine import CRASH, HAND_BACK, RESCUE, Verb
from app.db.states import State

MAX_HANDED_BACK = 3
"""A job that was handed back so often runs alone from then on: it may be what makes its workers stop."""
MAX_LOST = 25
"""An attempt that is lost with its worker is nobody's fault; at so many, the job ends as failed all the same."""


@again_if_undone
def hand_back(
    job_id: int, token: int, *, worker_id: str, reason: str, has_begun: bool = True
) -> tuple[JobSnapshot, Message | None] | None:
    """Queue a running job again because its worker gives it back in good order. Burns no attempt.

    After `MAX_HANDED_BACK` times it runs alone: a job can send its worker the very signal that asks it to stop.

    A job of `max_crashes=1` whose function has begun is not queued again, because to run it twice may do harm: it ends,
    as cancelled if that was asked for, else as failed.

    Returns:
        The job, and its message where it was queued again. None: the job is not this worker's.
    """
    with session(write=True) as opened:
        job = _own(opened, job_id, HAND_BACK, token=token, worker_id=worker_id)
        if job is None:
            return None
        if job.max_crashes == 1 and has_begun:
            is_cancelled = job.cancel_requested_at is not None
            state = State.CANCELLED if is_cancelled else State.FAILED
            return _end(opened, job, HAND_BACK, state, f"{reason} while it ran", error_type="WorkerStopped"), None
        if has_begun and _count(opened, job, "handed_back") + 1 >= MAX_HANDED_BACK:
            job.is_alone = True
        return _again(opened, job, HAND_BACK, outcome="handed_back", reason=reason)


@again_if_undone
def rescue(worker_id: str, *, only: Sequence[int] | None = None) -> list[tuple[JobSnapshot, Message | None]]:
    """Queue the running jobs of a dead worker again, their attempts marked lost.

    From now on each runs alone, in a process of its own: if it was what killed the worker, it takes no neighbour along
    the next time, and only that counts as its crash (`crash`).

    Args:
        worker_id: whose jobs.
        only: just these of them (ids); None = all.
    """
    with session(write=True) as opened:
        query = select(Job).where(may_take(RESCUE, worker_id=worker_id))
        if only is not None:
            query = query.where(col(Job.id).in_(only))
        found = opened.exec(query.order_by(col(Job.id)).with_for_update()).all()
        return [_rescue(opened, job) for job in found]


@again_if_undone
def crash(job_id: int, token: int, *, worker_id: str, reason: str) -> tuple[JobSnapshot, Message | None] | None:
    """Take note that a job killed the process in which it ran alone: it runs again, up to `max_crashes`.

    None: it is not this worker's.
    """
    with session(write=True) as opened:
        job = _own(opened, job_id, CRASH, token=token, worker_id=worker_id)
        if job is None:
            return None
        job.crashes += 1
        if job.cancel_requested_at is not None:
            return _end(opened, job, CRASH, State.CANCELLED, "stopped", outcome="cancelled"), None
        if job.crashes >= job.max_crashes:
            return _end(opened, job, CRASH, State.FAILED, f"{reason}{_times(job.crashes)} while it ran"), None
        return _again(opened, job, CRASH, outcome="lost", reason=reason)


def _rescue(opened: Session, job: Job) -> tuple[JobSnapshot, Message | None]:
    if job.cancel_requested_at is not None:
        return _end(opened, job, RESCUE, State.CANCELLED, "cancelled; its worker died"), None
    lost = _count(opened, job, "lost") + 1
    if job.max_crashes == 1 or lost >= MAX_LOST:
        return _end(opened, job, RESCUE, State.FAILED, f"its worker died{_times(lost)} while it ran"), None
    job.is_alone = True
    return _again(opened, job, RESCUE, outcome="lost", reason=f"its worker {job.worker} died")


def _own(opened: Session, job_id: int, verb: Verb, *, token: int, worker_id: str) -> Job | None:
    """Lock a job; None: the verb may not take it from this worker."""
    job = lock(opened, job_id)
    return job if job is not None and verb.fits(job, token=token, worker_id=worker_id) else None


def _count(opened: Session, job: Job, outcome: Outcome) -> int:
    query = select(func.count()).where(col(AttemptRow.job_id) == job.id, col(AttemptRow.outcome) == outcome)
    return opened.exec(query).one()


def _times(number: int) -> str:
    return f" {number} times" if number > 1 else ""


def _again(opened: Session, job: Job, verb: Verb, *, outcome: Outcome, reason: str) -> tuple[JobSnapshot, Message]:
    _end_attempt(opened, job, outcome)
    job.max_attempts += 1  # an attempt that its worker lost does not count against the job
    worker = job.worker
    job.progress_done = job.progress_total = job.progress_rate = job.progress_message = job.progress_at = None
    job.progress_eta = job.progress_gap = None
    return queue_again(opened, job, verb, reason=reason, by=SYSTEM, worker=worker)


def _end(
    opened: Session,
    job: Job,
    verb: Verb,
    state: State,
    reason: str,
    *,
    outcome: Outcome = "lost",
    error_type: str = "WorkerDied",
) -> JobSnapshot:
    at = _end_attempt(opened, job, outcome)
    if state is State.FAILED:
        job.error_type = job.error_signature = error_type
        job.error_message = reason[0].upper() + reason[1:] + "."
        job.search_text = searchable(job.search_text, f" {job.error_type} {job.error_message}")
    by = who_cancelled(job) if state is State.CANCELLED else SYSTEM
    move(opened, job, verb, state, at=at, reason=reason, by=by, worker=job.worker)
    settle(opened, ends_of([job], [state]), at=at, is_sent=False)  # what is queued by it the sweep sends
    return JobSnapshot.from_row(job)


def _end_attempt(opened: Session, job: Job, outcome: Outcome) -> datetime:
    at = now()
    job.run_seconds = seconds_between(job.started_at, at)
    attempt = opened.get(AttemptRow, (job.id, job.attempt))
    assert attempt is not None
    attempt.outcome = outcome
    attempt.finished_at = at
    return at
