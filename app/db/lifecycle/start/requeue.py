"""A job that is queued once more, inside a session that holds its row."""

from sqlmodel import Session, col, select

from app.actor import Actor
from app.db.clock import now
from app.db.lifecycle.start.message import Message, message_of
from app.db.lifecycle.transitions import move
from app.db.models.jobs import Job
from app.db.snapshots.job import JobSnapshot
from app.db.state_machine import Verb
from app.db.states import State


def lock(opened: Session, job_id: int) -> Job | None:
    """Read a job's row for a change; nobody else changes it until the session ends."""
    return opened.exec(select(Job).where(col(Job.id) == job_id).with_for_update()).first()


def queue_again(
    opened: Session, job: Job, verb: Verb, *, reason: str, by: Actor, worker: str | None = None
) -> tuple[JobSnapshot, Message]:
    """Queue a job inside a session that holds its row."""
    job.worker = job.worker_id = None
    move(opened, job, verb, State.QUEUED, at=now(), reason=reason, by=by, worker=worker)
    return JobSnapshot.from_row(job), message_of(job)
