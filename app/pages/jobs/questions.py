"""The questions before a job is deleted, or stopped by force: what will be lost."""

from collections.abc import Awaitable, Callable

from app.db import JobSnapshot
from app.pages.jobs.state_badge import say_state
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.widgets.dialog import ask_first
from app.pages.widgets.toast import toast

_LOSS = (
    "It is interrupted where it is, or its process is killed at once. What it has not saved is lost, and what it was "
    "writing may stay half done."
)


def ask_before_force(job_id: int, *, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Ask, and name what may be lost. If the job stops before the person answers, the question closes and a toast
    says so.
    """
    dialog = ask_first(f"Stop job #{job_id} by force?", _LOSS, act="Force stop", on_sure=on_sure, keep="Wait")
    if dialog.is_deleted:
        return

    def follow(job: JobSnapshot) -> None:
        if job.id == job_id and not job.is_stopping and dialog.value:
            dialog.close()
            toast(f"{job.title} #{job_id} has stopped meanwhile: {say_state(job.state)}.")

    with dialog:
        Subscriptions().add(bridge.job_changed, follow)


def ask_before_delete(job: JobSnapshot, *, has_files: bool, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Ask, and name what is lost. `on_sure` is called when the person wants it all the same."""
    lost = ["The job", "its log"]
    if has_files:
        lost.append("its files")
    if job.result is not None:
        lost.append("its result")
    listed = f"{', '.join(lost[:-1])} and {lost[-1]}"
    ask_first(f"Delete {job.title} #{job.id}?", f"{listed} are lost for good.", act="Delete", on_sure=on_sure)
