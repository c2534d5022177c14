"""The line below a job's head: what it waits for, or how it is being stopped, in words."""

from datetime import timedelta

from app.db import JobSnapshot, State
from app.pages.components.clock import Clock
from app.pages.components.durations import duration
from app.pages.components.markup import Text


def show_standstill(job: JobSnapshot, *, waits_because: str, grace_seconds: float | None) -> None:
    """Draw the sentence; nothing for a job that goes on or has ended.

    Args:
        job: which.
        waits_because: why a queued job waits.
        grace_seconds: how long a running one may take to stop; None where its kind is not declared any more.
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
        Text("span", waits_because)
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
        Text("span", f"Stopping, up to {duration(grace_seconds)}: at its next step, or by force ")
        Clock(job.cancel_requested_at + timedelta(seconds=grace_seconds))
    Text("span", ".")
