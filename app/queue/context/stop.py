"""Why a run has to stop, and the exceptions that stop it; and the one by which it puts itself aside."""

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


class JobPutAside(Interrupt):
    """The job waits for others, and goes on in another attempt. No reason to stop: its own `ctx.wait` raises it."""

    def __init__(self, awaits: list[int], least: int | None = None) -> None:
        """`awaits`: the ids of those jobs; `least`: so many have to succeed, None: all have to end."""
        super().__init__(f"It waits for {len(awaits)} jobs.")
        self.awaits, self.least = awaits, least


class StopReason(Enum):
    """Why a run has to stop, and what it hears."""

    CANCELLED = JobCancelled
    TIMED_OUT = JobTimedOut
    LOST = JobLost
    HANDED_BACK = JobHandedBack
