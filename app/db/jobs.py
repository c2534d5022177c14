"""The writes: every change of a job's state, each one conditional UPDATE with its transition, attempt and counters.

Only `app.queue` imports this. Each function is one short transaction, safe to repeat, and returns the job as it then
is, or None where somebody else was first. What is asked for by people is in `requests.py`; this file is what workers
and sweeps do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from app.db.counters import count_move
from app.db.engine import now, session
from app.db.models import AttemptRow, Job, LogLineRow, State, TransitionRow
from app.db.snapshot import Failure, JobSnapshot, Outcome

SYSTEM = "system"
"""`by` of what nobody asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is known of a job when it is started. `run_at`: not before then; None = at once."""

    kind: str
    title: str
    queue: str
    params: dict[str, Any]
    tags: list[str]
    search_text: str
    max_attempts: int
    created_by: str
    max_crashes: int = 10
    run_at: datetime | None = None
    retry_of: int | None = None
    schedule_id: int | None = None
    scheduled_for: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is sent to Redis for a queued job."""

    job_id: int
    token: int
    kind: str
    queue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A job that now belongs to a worker."""

    job: JobSnapshot
    params: dict[str, Any]
    """As stored: secrets are sealed."""
    token: int
    last_log_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How an attempt ended. `retry_at`: when to try again after a failure; None = the job failed for good."""

    outcome: Outcome
    at: datetime
    result: Any = None
    result_text: str = ""
    failure: Failure | None = None
    traceback: str | None = None
    retry_at: datetime | None = None


def insert(new: NewJob) -> tuple[JobSnapshot, Message | None]:
    """Store a started job. The message is None while it is scheduled for later."""
    with session(write=True) as opened:
        return insert_into(opened, new)


def insert_into(opened: Session, new: NewJob) -> tuple[JobSnapshot, Message | None]:
    """Store a started job inside a session."""
    at = now()
    is_later = new.run_at is not None and new.run_at > at
    job = Job(
        kind=new.kind,
        title=new.title,
        state=State.SCHEDULED if is_later else State.QUEUED,
        queue=new.queue,
        params=new.params,
        tags=new.tags,
        search_text=new.search_text,
        max_attempts=new.max_attempts,
        max_crashes=new.max_crashes,
        created_at=at,
        created_by=new.created_by,
        run_at=new.run_at,
        queued_at=None if is_later else at,
        retry_of=new.retry_of,
        schedule_id=new.schedule_id,
        scheduled_for=new.scheduled_for,
    )
    opened.add(job)
    opened.flush()
    reason = "started, to run later" if is_later else "started"
    record_move(opened, job, None, at, reason=reason, by=new.created_by)
    return JobSnapshot.from_row(job), None if is_later else message_of(job)


def mark_sent(messages: Sequence[Message]) -> None:
    """Note that these messages are in Redis."""
    with session(write=True) as opened:
        at = now()
        for message in sorted(messages, key=lambda one: one.job_id):  # everybody locks jobs in the order of their ids
            opened.execute(
                update(Job).where(col(Job.id) == message.job_id, col(Job.token) == message.token).values(sent_at=at)
            )


def claim(job_id: int, token: int, *, worker: str, worker_id: str) -> Claim | None:
    """Take a queued job for a worker. None: it is somebody else's, cancelled, deleted, or the message is old.

    Safe to repeat: a claim of the same worker with the same token is recognised as its own (its reply was lost).
    """
    with session(write=True) as opened:
        job = lock(opened, job_id)
        if job is None or job.token != token:
            return None
        if job.state == State.RUNNING and job.worker_id == worker_id:
            return _claim_of(opened, job)
        if job.state != State.QUEUED:
            return None
        at = now()
        job.state = State.RUNNING
        job.attempt += 1
        job.started_at = at
        job.run_seconds = None
        job.worker, job.worker_id = worker, worker_id
        _clear_progress(job)
        opened.add(
            AttemptRow(
                job_id=job_id,
                number=job.attempt,
                outcome="running",
                worker=worker,
                worker_id=worker_id,
                started_at=at,
            )
        )
        record_move(opened, job, State.QUEUED, at, reason=f"attempt {job.attempt} began", by=SYSTEM, worker=worker)
        return _claim_of(opened, job)


def finish(job_id: int, token: int, end: Finish, *, worker_id: str) -> JobSnapshot | None:
    """Write how an attempt ended. None: the job was taken from this worker meanwhile, so nothing changed.

    A failure becomes `retrying` where `end.retry_at` is set, unless cancelling was asked for. Safe to repeat: a write
    whose reply was lost is recognised by the attempt's row.
    """
    with session(write=True) as opened:
        job = lock(opened, job_id)
        if job is None:
            return None
        if job.state != State.RUNNING or job.token != token or job.worker_id != worker_id:
            return _own_finish(opened, job, end, worker_id)
        state = _state_after(job, end)
        _end_attempt(opened, job, "cancelled" if state is State.CANCELLED else end.outcome, end)
        job.token += 1
        job.state = state
        job.result = end.result
        if end.failure is not None and state is not State.CANCELLED:
            _set_failure(job, end.failure)
        else:
            _set_failure(job, None)
        if state is State.RETRYING:
            job.run_at = end.retry_at
        else:
            job.finished_at = end.at
        job.search_text = _searchable(job, end)
        record_move(
            opened, job, State.RUNNING, end.at, reason=_finish_reason(job, end), by=_finished_by(job), worker=job.worker
        )
        return JobSnapshot.from_row(job)


def hand_back(job_id: int, token: int, *, worker_id: str, reason: str) -> tuple[JobSnapshot, Message | None] | None:
    """Queue a running job again because its worker stops in good order. Burns no attempt.

    A job of `max_crashes` one ends instead, cancelled if that was asked for, else failed: running it twice may do
    harm. None: it is not this worker's.
    """
    with session(write=True) as opened:
        job = lock(opened, job_id)
        if job is None or job.state != State.RUNNING or job.token != token or job.worker_id != worker_id:
            return None
        if job.max_crashes == 1:
            is_cancelled = job.cancel_requested_at is not None
            state = State.CANCELLED if is_cancelled else State.FAILED
            return _end_lost(opened, job, state, f"{reason} while it ran", error_type="WorkerStopped"), None
        return _queue_again(opened, job, outcome="handed_back", reason=reason)


def rescue(worker_id: str, *, only: Sequence[int] | None = None) -> list[tuple[JobSnapshot, Message | None]]:
    """Queue the running jobs of a dead worker again, their attempts marked lost. Safe to run from many processes at
    once.

    Args:
        worker_id: whose jobs.
        only: just these of them (ids); None = all.
    """
    rescued: list[tuple[JobSnapshot, Message | None]] = []
    with session(write=True) as opened:
        query = select(Job).where(col(Job.state) == State.RUNNING, col(Job.worker_id) == worker_id)
        query = query.order_by(col(Job.id)).with_for_update()
        if only is not None:
            query = query.where(col(Job.id).in_(only))
        for job in opened.exec(query).all():
            job.crashes += 1
            if job.cancel_requested_at is not None:
                rescued.append((_end_lost(opened, job, State.CANCELLED, "cancelled; its worker died"), None))
            elif job.crashes >= job.max_crashes:
                times = f" {job.crashes} times" if job.crashes > 1 else ""
                reason = f"its worker died{times} while it ran"
                rescued.append((_end_lost(opened, job, State.FAILED, reason), None))
            else:
                rescued.append(_queue_again(opened, job, outcome="lost", reason=f"its worker {job.worker} died"))
    return rescued


def queue_due(*, limit: int = 500) -> list[tuple[JobSnapshot, Message]]:
    """Queue what is due: scheduled and retrying jobs whose time has come."""
    with session(write=True) as opened:
        at = now()
        due = opened.exec(
            select(Job)
            .where(col(Job.state).in_((State.SCHEDULED, State.RETRYING)), col(Job.run_at) <= at)
            .order_by(col(Job.run_at))
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        return [(_queue(opened, job, at, reason="due", by=SYSTEM), message_of(job)) for job in due]


def record_move(
    opened: Session,
    job: Job,
    from_state: State | None,
    at: datetime,
    *,
    reason: str,
    by: str,
    worker: str | None = None,
) -> None:
    """Add what belongs to every change of state: the transition, the counters and the job's next version."""
    assert job.id is not None
    if from_state is not None:
        job.version += 1
    opened.add(
        TransitionRow(
            job_id=job.id,
            from_state=from_state,
            to_state=job.state,
            at=at,
            reason=reason,
            by=by,
            attempt=job.attempt,
            worker=worker,
        )
    )
    count_move(opened, job.kind, from_state, State(job.state), at)


def queue_now(opened: Session, job: Job, *, reason: str, by: str) -> tuple[JobSnapshot, Message]:
    """Queue a job inside a session that holds its row."""
    return _queue(opened, job, now(), reason=reason, by=by), message_of(job)


def message_of(job: Job) -> Message:
    """Make the message that wakes a worker for this job."""
    assert job.id is not None
    return Message(job_id=job.id, token=job.token, kind=job.kind, queue=job.queue)


def lock(opened: Session, job_id: int) -> Job | None:
    """Read a job's row for a change; nobody else changes it until the session ends."""
    return opened.exec(select(Job).where(col(Job.id) == job_id).with_for_update()).first()


def _claim_of(opened: Session, job: Job) -> Claim:
    assert job.id is not None
    last_seq = 0
    if job.attempt > 1:
        newest = select(LogLineRow.seq).where(col(LogLineRow.job_id) == job.id).order_by(col(LogLineRow.seq).desc())
        last_seq = opened.exec(newest.limit(1)).first() or 0
    return Claim(job=JobSnapshot.from_row(job), params=job.params, token=job.token, last_log_seq=last_seq)


def _state_after(job: Job, end: Finish) -> State:
    if end.outcome == "succeeded":
        return State.SUCCEEDED
    if end.outcome == "cancelled" or job.cancel_requested_at is not None:
        return State.CANCELLED
    return State.RETRYING if end.retry_at is not None else State.FAILED


def _finish_reason(job: Job, end: Finish) -> str:
    match State(job.state):
        case State.SUCCEEDED:
            return "done"
        case State.CANCELLED:
            return "stopped" if end.outcome == "cancelled" else "failed while it was asked to stop"
        case State.RETRYING:
            return f"attempt {job.attempt} failed; another follows"
        case _:
            return f"attempt {job.attempt} failed"


def _finished_by(job: Job) -> str:
    return job.cancel_requested_by or SYSTEM if job.state == State.CANCELLED else SYSTEM


def _own_finish(opened: Session, job: Job, end: Finish, worker_id: str) -> JobSnapshot | None:
    """Recognise a finish whose COMMIT succeeded although its reply was lost: same worker, same instant."""
    query = select(AttemptRow).where(
        col(AttemptRow.job_id) == job.id,
        col(AttemptRow.worker_id) == worker_id,
        col(AttemptRow.finished_at) == end.at,
    )
    return JobSnapshot.from_row(job) if opened.exec(query).first() is not None else None


def _end_attempt(opened: Session, job: Job, outcome: Outcome, end: Finish) -> None:
    job.run_seconds = (end.at - job.started_at).total_seconds() if job.started_at else None
    attempt = opened.get(AttemptRow, (job.id, job.attempt))
    assert attempt is not None
    attempt.outcome = outcome
    attempt.finished_at = end.at
    attempt.traceback = end.traceback
    if end.failure is not None:
        attempt.error_type = end.failure.type
        attempt.error_message = end.failure.message
        attempt.error_signature = end.failure.signature


def _queue_again(opened: Session, job: Job, *, outcome: Outcome, reason: str) -> tuple[JobSnapshot, Message]:
    at = now()
    _end_attempt(opened, job, outcome, Finish(outcome=outcome, at=at))
    job.max_attempts += 1  # an attempt that its worker lost does not count against the job
    worker = job.worker
    _clear_progress(job)
    return _queue(opened, job, at, reason=reason, by=SYSTEM, worker=worker), message_of(job)


def _queue(opened: Session, job: Job, at: datetime, *, reason: str, by: str, worker: str | None = None) -> JobSnapshot:
    from_state = State(job.state)
    job.state = State.QUEUED
    job.token += 1
    job.queued_at = at
    job.sent_at = None
    job.worker = job.worker_id = None
    job.finished_at = None
    record_move(opened, job, from_state, at, reason=reason, by=by, worker=worker)
    opened.flush()
    return JobSnapshot.from_row(job)


def _end_lost(opened: Session, job: Job, state: State, reason: str, *, error_type: str = "WorkerDied") -> JobSnapshot:
    at = now()
    _end_attempt(opened, job, "lost", Finish(outcome="lost", at=at))
    job.state = state
    job.token += 1
    job.finished_at = at
    if state is State.FAILED:
        sentence = reason[0].upper() + reason[1:] + "."
        _set_failure(job, Failure(type=error_type, message=sentence, signature=error_type))
    record_move(opened, job, State.RUNNING, at, reason=reason, by=_finished_by(job), worker=job.worker)
    return JobSnapshot.from_row(job)


def _set_failure(job: Job, failure: Failure | None) -> None:
    job.error_type = failure.type if failure else None
    job.error_message = failure.message if failure else None
    job.error_signature = failure.signature if failure else None


def _clear_progress(job: Job) -> None:
    job.progress_done = job.progress_total = job.progress_rate = None
    job.progress_message = None
    job.progress_at = None


def _searchable(job: Job, end: Finish) -> str:
    """Keep what was searchable at the start (its first line) and add the outcome's text."""
    start = job.search_text.split("\n", 1)[0]
    failure = f"{end.failure.type} {end.failure.message}" if end.failure else ""
    return f"{start}\n{end.result_text} {failure}".casefold()[:20_000]
