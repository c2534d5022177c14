"""A running job that is put aside until other jobs have ended, and children that are started once.

Only `app.queue` imports this. Who waits has no worker and holds no thread; the end of the last of those it waits for
queues it, in the same transaction (`continuations.py`).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger, Connection, bindparam, func, select, update
from sqlmodel import Session

from app.actor import SYSTEM
from app.db.clock import now
from app.db.lifecycle.flows.continuations import pass_over, settle
from app.db.lifecycle.flows.ends import ends_of, is_decided
from app.db.lifecycle.start import Inserted, Message, NewJob, insert_into, message_of
from app.db.lifecycle.start.requeue import lock
from app.db.lifecycle.transitions import move, who_cancelled
from app.db.models.history import AttemptRow
from app.db.models.jobs import ChildBatchRow, ContinuationRow, Job
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.column_types import table_of
from app.db.sql.sessions import again_if_undone, insert_for, session
from app.db.state_machine import PUT_ASIDE
from app.db.states import FINISHED, State

_job = table_of(Job)
_link = table_of(ContinuationRow)
_ROWS = 500
_HOLD = select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger)))
_ONE_AT_A_TIME = 0x0A51DE
"""The lock of who looks for a circle on PostgreSQL: two that come together would not see each other. Any number."""


@again_if_undone
def put_aside(
    job_id: int, token: int, *, worker_id: str, awaits: Sequence[int], least: int | None = None
) -> tuple[JobSnapshot, Message | None] | None:
    """Let a running job wait until others have ended, however; then it is queued again. Burns no attempt.

    With `least` it is queued as soon as so many of them have succeeded, or cannot any more.

    Args:
        job_id: which job.
        token: of the attempt that runs.
        worker_id: whose it is.
        awaits: the jobs that it waits for; those that are gone count as ended.
        least: so many of them have to succeed; None: it waits for the end of all.

    Returns:
        The job, and its message where it has nothing to wait for. None: the job is not this worker's.
    """
    with session(write=True) as opened:
        job = lock(opened, job_id)
        if job is None or not PUT_ASIDE.fits(job, token=token, worker_id=worker_id):
            return None
        at = _end_attempt(opened, job)
        if job.cancel_requested_at is not None:
            return _end(opened, job, State.CANCELLED, "stopped", at=at), None
        if (other := _circle(opened, job, awaits)) is not None:
            job.error_type = job.error_signature = "WaitsInACircle"
            job.error_message = (
                "It would wait for itself."
                if other == job_id
                else f"It would wait for job #{other}, which waits for it."
            )
            return _end(opened, job, State.FAILED, "it would wait in a circle", at=at), None
        unfinished = _wait_for(opened, job_id, awaits)
        job.max_attempts += 1  # an attempt that is put aside does not count
        job.aside_since, job.aside_least, job.aside_succeeded = at, least, _succeeded(opened, awaits)
        job.run_at = job.delay_began_at = job.not_before = None
        _show_progress(job, len(awaits) - len(unfinished), len(awaits), at)
        worker, job.worker, job.worker_id = job.worker, None, None
        is_over = is_decided(len(unfinished), job.aside_succeeded, least=least)
        if is_over:
            pass_over(opened, job_id)
        state = State.QUEUED if is_over else State.SCHEDULED
        reason = "what it waited for has ended" if is_over else f"put aside, to wait for {_jobs(len(unfinished))}"
        move(opened, job, PUT_ASIDE, state, at=at, reason=reason, by=SYSTEM, worker=worker)
        return JobSnapshot.from_row(job), message_of(job) if state is State.QUEUED else None


@again_if_undone
def insert_once(news: Sequence[NewJob], *, parent_id: int, token: int, name: str) -> list[Inserted] | list[int] | None:
    """Store the children that a job starts under a name, unless an attempt of it has done so.

    Returns:
        The children; the ids of those that were started before. None: the job is not the one that runs with this token.
    """
    with session(write=True) as opened:
        if not _runs(opened, parent_id, token):
            return None
        if (before := started_before(opened, parent_id, name)) is not None:
            return before
        inserted = insert_into(opened, news) if news else []
        opened.add(ChildBatchRow(parent_id=parent_id, name=name, child_ids=[one.job.id for one in inserted]))
        return inserted


def keep_all(parent_id: int, *, token: int, name: str, most: int) -> list[int] | None:
    """Keep all children of a running job under a name, unless an attempt of it has done so. Returns them.

    Returns:
        None: the job is not the one that runs with this token. More than `most`: so many are too many, and not kept.
    """
    with session(write=True) as opened:
        if not _runs(opened, parent_id, token):
            return None
        if (before := started_before(opened, parent_id, name)) is not None:
            return before
        query = select(_job.c.id).where(_job.c.parent_id == parent_id).order_by(_job.c.id).limit(most + 1)
        found = list(opened.connection().scalars(query))
        if len(found) <= most:
            opened.add(ChildBatchRow(parent_id=parent_id, name=name, child_ids=found))
        return found


def started(parent_id: int, name: str) -> list[int] | None:
    """Return the ids of the children that a job started under a name; None: it started none."""
    with session() as opened:
        return started_before(opened, parent_id, name)


def started_before(opened: Session, parent_id: int, name: str) -> list[int] | None:
    """Do as `started`, inside a session."""
    batch = table_of(ChildBatchRow)
    query = select(batch.c.child_ids).where(batch.c.parent_id == parent_id, batch.c.name == name)
    found: list[int] | None = opened.connection().execute(query).scalar()
    return found


def _runs(opened: Session, parent_id: int, token: int) -> bool:
    """Hold a job, and say whether it runs with this token."""
    parent = lock(opened, parent_id)
    return parent is not None and parent.state == State.RUNNING and parent.token == token


def _wait_for(opened: Session, job_id: int, awaits: Sequence[int]) -> list[int]:
    """Hold those that have not ended, and write that this one waits for them; returns them."""
    connection = opened.connection()
    mine = (_link.c.job_id == job_id, _link.c.standing == "waiting")
    connection.execute(update(_link).where(*mine).values(standing="passed"))  # of a wait that somebody cut short
    unfinished: list[int] = []
    for ids in _parts(sorted(set(awaits))):
        query = select(_job.c.id).where(_job.c.id.in_(ids), _job.c.state.not_in(FINISHED)).order_by(_job.c.id)
        unfinished.extend(connection.scalars(query.with_for_update()))
    for ids in _parts(unfinished):
        # A worker that read the row before this ends the job only after it has read it again.
        noted = update(_job).where(_job.c.id.in_(ids)).values(has_followers=True, version=_job.c.version + 1)
        connection.execute(noted)
        statement = insert_for(opened)(_link).on_conflict_do_update(
            index_elements=["parent_id", "job_id"], set_={"standing": "waiting"}
        )
        connection.execute(statement, [{"parent_id": one, "job_id": job_id, "standing": "waiting"} for one in ids])
    return unfinished


def _succeeded(opened: Session, awaits: Sequence[int]) -> int:
    query = select(func.count()).select_from(_job).where(_job.c.state == State.SUCCEEDED)
    parts = (query.where(_job.c.id.in_(ids)) for ids in _parts(sorted(set(awaits))))
    return sum(opened.connection().scalar(one) or 0 for one in parts)


def _circle(opened: Session, job: Job, awaits: Sequence[int]) -> int | None:
    """Return the job among those to wait for that waits for this one, be it by way of others; None: none does."""
    wanted = set(awaits)
    if not job.has_followers:
        return job.id if job.id in wanted else None
    connection = opened.connection()
    if connection.dialect.name != "sqlite":
        connection.execute(_HOLD, {"number": _ONE_AT_A_TIME})
    known, last = {job.id or 0}, [job.id or 0]
    while last:
        if met := wanted & set(last):
            return min(met)
        last = [one for ids in _parts(last) for one in _waiting_for(connection, ids) if one not in known]
        known.update(last)
    return None


def _waiting_for(connection: Connection, ids: Sequence[int]) -> list[int]:
    query = select(_link.c.job_id).join(_job, _job.c.id == _link.c.job_id).distinct()
    waits = (_link.c.standing == "waiting", _job.c.state == State.SCHEDULED)
    return list(connection.scalars(query.where(_link.c.parent_id.in_(ids), *waits)))


def _end_attempt(opened: Session, job: Job) -> datetime:
    at = now()
    job.run_seconds = seconds_between(job.started_at, at)
    attempt = opened.get(AttemptRow, (job.id, job.attempt))
    assert attempt is not None
    attempt.outcome, attempt.finished_at = "put_aside", at
    return at


def _end(opened: Session, job: Job, state: State, reason: str, *, at: datetime) -> JobSnapshot:
    by = who_cancelled(job) if state is State.CANCELLED else SYSTEM
    move(opened, job, PUT_ASIDE, state, at=at, reason=reason, by=by, worker=job.worker)
    settle(opened, ends_of([job], [state]), at=at, is_sent=False)  # what is queued by it the sweep sends
    return JobSnapshot.from_row(job)


def _show_progress(job: Job, done: int, total: int, at: datetime) -> None:
    job.progress_done, job.progress_total, job.progress_at = done, total, at
    job.progress_message = job.progress_rate = job.progress_eta = job.progress_gap = None


def _jobs(number: int) -> str:
    return f"{number:,} {'job' if number == 1 else 'jobs'}"


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[first : first + _ROWS] for first in range(0, len(ids), _ROWS)]
