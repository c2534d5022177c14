"""The message that wakes a worker for a queued job. It says which job, never what is in it."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

from app.db.models.jobs import Job
from app.db.snapshots.change import Change
from app.db.states import State


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to the workers for a queued job."""

    job_id: int
    token: int
    kind: str
    queue: str
    priority: str


def message_of(job: Job) -> Message:
    """Make the message that wakes a worker for this job."""
    assert job.id is not None
    return Message(job_id=job.id, token=job.token, kind=job.kind, queue=job.queue, priority=job.priority)


def message_of_change(change: Change) -> Message | None:
    """Make the message that wakes a worker for a job that was changed with others; None: it is not queued."""
    if change.state is not State.QUEUED:
        return None
    return message_of(cast("Job", SimpleNamespace(**{**change.row._mapping, **change.values})))
