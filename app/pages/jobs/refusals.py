"""Why an act does not fit a job just now, in words for the button that is off. `app.queue` decides, not this."""

from app.db import FINISHED, JobSnapshot, State
from app.pages.jobs.state_badge import say_state
from app.queue import registry


def refuse_cancel(job: JobSnapshot) -> str | None:
    """Say why it cannot be cancelled now; None: it can."""
    if job.state in FINISHED:
        return f"It is finished ({say_state(job.state)}); there is nothing to cancel."
    return "It was asked to stop already." if job.is_stopping else None


def refuse_force(job: JobSnapshot) -> str | None:
    """Say why it cannot be stopped by force now; None: it can."""
    return "It is being stopped by force." if job.force_requested_at is not None else None


def refuse_retry(job: JobSnapshot) -> str | None:
    """Say why it cannot be run again now; None: it can."""
    if job.state not in FINISHED:
        return "It is not finished yet."
    return None if job.kind in registry.kinds else "Its kind is not declared any more."


def refuse_handled(job: JobSnapshot) -> str | None:
    """Say why it cannot be marked as handled now; None: it can."""
    if job.state is not State.FAILED:
        return "Only a failed job can be handled."
    return f"{job.handled_by} has marked it already." if job.handled_at is not None else None


def refuse_unhandled(job: JobSnapshot) -> str | None:
    """Say why it cannot be taken back that it is handled; None: it can."""
    return "It is not marked as handled." if job.handled_at is None else None


def refuse_delete(job: JobSnapshot) -> str | None:
    """Say why it cannot be deleted now; None: it can."""
    return None if job.state in FINISHED else "Only a finished job can be deleted; cancel it first."
