"""Why a run has to stop, and the exceptions that stop it."""

from enum import Enum

from dramatiq.middleware import Interrupt


class JobCancelled(Interrupt):
    """The job was asked to stop because somebody cancelled it."""


class JobTimedOut(JobCancelled):
    """The job was asked to stop because its time limit has passed."""


class JobLost(JobCancelled):
    """The job was given to another worker; nothing that this one does counts any more."""


class JobHandedBack(JobCancelled):
    """The worker stops; the job goes back to the queue."""


class StopReason(Enum):
    """Why a run has to stop, and what it hears."""

    CANCELLED = JobCancelled
    TIMED_OUT = JobTimedOut
    LOST = JobLost
    HANDED_BACK = JobHandedBack
