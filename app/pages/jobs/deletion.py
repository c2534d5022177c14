"""The question before a job is deleted: what will be lost."""

from collections.abc import Awaitable, Callable

from app.db import JobSnapshot
from app.pages.widgets.dialog import ask_first


def ask_before_delete(job: JobSnapshot, *, has_files: bool, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Ask, and name what is lost. `on_sure` is called when the person wants it all the same."""
    lost = ["The job", "its log"]
    if has_files:
        lost.append("its files")
    if job.result is not None:
        lost.append("its result")
    listed = f"{', '.join(lost[:-1])} and {lost[-1]}"
    ask_first(f"Delete {job.title} #{job.id}?", f"{listed} are lost for good.", act="Delete", on_sure=on_sure)
