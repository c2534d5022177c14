"""What a job waits for, in words, below its title."""

from datetime import datetime

from app.db import JobSnapshot, State
from app.pages.components.clock import Clock
from app.pages.components.markup import Text


def show_waiting(job: JobSnapshot, *, because: str, until: datetime | None) -> None:
    """Draw why a job does not run now; nothing for one that runs or is finished.

    Args:
        job: as it stands.
        because: why it is still queued.
        until: when the pause of its queue ends by itself.
    """
    if job.state is State.SCHEDULED and job.run_at is not None:
        Text("span", "Runs ")
        Clock(job.run_at)
        Text("span", ".")
    elif job.state is State.RETRYING and job.run_at is not None:
        Text("span", f"Attempt {job.attempt + 1} of {job.max_attempts} in ")
        Clock(job.run_at, mode="left")
        Text("span", ".")
    elif job.state is State.QUEUED:
        Text("span", because)
        if until is not None:
            Text("span", " It goes on ")
            Clock(until)
            Text("span", ".")
    elif job.is_stopping:
        Text("span", "It was asked to stop ")
        Clock(job.cancel_requested_at)
        Text("span", " and ends at its next step, or by force after its grace time.")
