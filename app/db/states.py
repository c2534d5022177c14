"""The states of a job, and what a worker may be asked. Which state follows which is in `state_machine.py`."""

from enum import StrEnum


class State(StrEnum):
    """Where a job is."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_finished(self) -> bool:
        """Say whether nothing more happens by itself."""
        return self in FINISHED


FINISHED = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})
WAITING = frozenset({State.SCHEDULED, State.QUEUED, State.RETRYING})


class Asked(StrEnum):
    """What a person or a program may ask of a worker process."""

    NONE = ""
    """Run jobs, as it does by itself."""
    QUIET = "quiet"
    """Take no more jobs; those that run go on."""
    STOP = "stop"
    """End in good order."""
