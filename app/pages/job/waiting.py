"""What a job waits for, or how it is being stopped, in words, below its title."""

from datetime import timedelta

from app.db import JobSnapshot, State
from app.pages.time.clock import Clock
from app.pages.time.durations import duration
from app.pages.widgets.markup import Text
from app.queue.acts.waiting import Wait


def show_waiting(job: JobSnapshot, *, wait: Wait | None, grace_seconds: float | None) -> None:
    """Draw why a job does not run now, or how it stops; nothing for one that goes on or is finished.

    Args:
        job: as it stands.
        wait: what it waits for.
        grace_seconds: how long it may take to stop; None where its kind is not declared any more.
    """
    if job.state is State.SCHEDULED and (job.after or job.is_unapproved) and wait is not None:
        Text("span", wait.because)
    elif job.state is State.SCHEDULED and job.run_at is not None:
        Text("span", "Runs ")
        Clock(job.run_at)
        Text("span", ".")
    elif job.state is State.RETRYING and job.run_at is not None:
        Text("span", f"Attempt {job.attempt + 1} of {job.max_attempts} in ")
        Clock(job.run_at, mode="left")
        Text("span", ".")
    elif wait is not None:
        Text("span", wait.because)
        if wait.until is not None:
            Text("span", " It goes on ")
            Clock(wait.until)
            Text("span", ".")
    elif job.is_stopping:
        _show_stopping(job, grace_seconds)


def _show_stopping(job: JobSnapshot, grace_seconds: float | None) -> None:
    assert job.cancel_requested_at is not None
    if job.force_requested_at is not None:
        Text("span", "Stopping by force, as asked for ")
        Clock(job.force_requested_at)
    elif grace_seconds is None:
        Text("span", "It was asked to stop ")
        Clock(job.cancel_requested_at)
        Text("span", " and ends at its next step, or by force after its grace time")
    else:
        Text("span", f"Stopping, up to {duration(grace_seconds)}: at its next step, or by force in ")
        Clock(job.cancel_requested_at + timedelta(seconds=grace_seconds), mode="left")
    Text("span", ".")
