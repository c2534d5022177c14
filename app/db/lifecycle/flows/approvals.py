"""Jobs that wait until a second person agrees: what becomes of them when somebody does, or does not.

Who agrees is not who asked: neither by a token, nor for a job that a job of theirs, or a schedule that they made or
changed, has started. Without accounts nobody can be told apart, and whoever is at the machine agrees.
"""

from collections.abc import Iterator

from sqlmodel import Session, col, select

from app.actor import LOCAL, Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.lifecycle.flows.continuations import settle
from app.db.lifecycle.flows.ends import ends_of
from app.db.lifecycle.start import Message, message_of
from app.db.lifecycle.start.requeue import lock
from app.db.lifecycle.transitions import move
from app.db.models.jobs import ContinuationRow, Job
from app.db.models.schedules import ScheduleChangeRow, ScheduleRow
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.sql.sessions import again_if_undone, session
from app.db.state_machine import APPROVE, CANCEL
from app.db.states import State
from app.errors import Forbidden, NotFound, WrongState

MOST_PARENTS = 1000
"""So far up it is looked for who asked."""
_NO_CHANGE = ("pause", "resume")
"""Acts on a schedule that say nothing of what it starts."""


def approve(job_id: int, *, words: str, by: Actor) -> tuple[JobSnapshot, Message | None]:
    """Agree to a job: it is queued, or waits for what else it waits for.

    Args:
        job_id: which.
        words: what is said about it; empty: nothing.
        by: who agrees.

    Returns:
        The job, and its message where it is queued now.

    Raises:
        NotFound: there is no such job.
        WrongState: it does not wait for that.
        Forbidden: who agrees has asked for it.
    """
    with session(write=True) as opened:
        job, at = _waiting(opened, job_id), now()
        if by.account in _askers(opened, job) and by.name != LOCAL:
            raise Forbidden("Who asked for a job does not agree to it.", hint="Somebody else has to.")
        job.approved_at, job.approved_by = at, by.name
        entries.record(opened, [Entry(act="approve", target=f"job:{job_id}", by=by, reason=words)])
        if _waits_for_others(opened, job_id) or (job.not_before is not None and job.not_before > at):
            if not _waits_for_others(opened, job_id):
                job.run_at = job.not_before
            job.version += 1
            return JobSnapshot.from_row(job), None
        move(opened, job, APPROVE, State.QUEUED, at=at, reason=_said("approved", words), by=by)
        return JobSnapshot.from_row(job), message_of(job)


@again_if_undone
def refuse(job_id: int, *, words: str, by: Actor) -> list[JobSnapshot]:
    """Do not agree: the job is cancelled.

    Args:
        job_id: which.
        words: why; empty: nothing is said.
        by: who refuses.

    Returns:
        The job, and those that waited for it: what is queued by its end the sweep sends.

    Raises:
        NotFound: there is no such job.
        WrongState: it does not wait for that.
    """
    with session(write=True) as opened:
        job, at = _waiting(opened, job_id), now()
        move(opened, job, CANCEL, State.CANCELLED, at=at, reason=_said("refused", words), by=by)
        followers: list[Change] = settle(opened, ends_of([job], [State.CANCELLED]), at=at, is_sent=False)
        entries.record(opened, [Entry(act="refuse", target=f"job:{job_id}", by=by, reason=words)])
        return [JobSnapshot.from_row(job), *(one.job for one in followers)]


def _waiting(opened: Session, job_id: int) -> Job:
    job = lock(opened, job_id)
    if job is None:
        raise NotFound(f"There is no job #{job_id}.", hint="It may have been deleted.")
    if job.approve_role is None:
        raise WrongState(f"Job #{job_id} needs nobody to agree.")
    if job.approved_at is not None:
        raise WrongState(f"{job.approved_by} has agreed to job #{job_id} already.")
    if job.state != State.SCHEDULED:
        raise WrongState(f"Job #{job_id} is {job.state}; nobody has to agree to it any more.")
    return job


def _askers(opened: Session, job: Job) -> set[str]:
    """Return the accounts that asked for a job."""
    return {name.partition("/")[0] for one in _line_of(opened, job) for name in _asked_by(opened, one)}


def _line_of(opened: Session, job: Job) -> Iterator[Job]:
    """Give a job, the one that started it, and so on."""
    one: Job | None = job
    for _ in range(MOST_PARENTS):
        if one is None:
            return
        yield one
        one = None if one.parent_id is None else opened.get(Job, one.parent_id)


def _asked_by(opened: Session, job: Job) -> Iterator[str]:
    yield job.created_by
    if job.schedule_id is not None:
        schedule = opened.get(ScheduleRow, job.schedule_id)
        if schedule is not None:
            yield schedule.created_by
        changed = (col(ScheduleChangeRow.schedule_id) == job.schedule_id, col(ScheduleChangeRow.act).not_in(_NO_CHANGE))
        yield from opened.exec(select(ScheduleChangeRow.by).where(*changed).distinct()).all()


def _waits_for_others(opened: Session, job_id: int) -> bool:
    waits = (col(ContinuationRow.job_id) == job_id, col(ContinuationRow.standing) == "waiting")
    return opened.exec(select(ContinuationRow.job_id).where(*waits).limit(1)).first() is not None


def _said(what: str, words: str) -> str:
    return f"{what}: {words}" if words else what
