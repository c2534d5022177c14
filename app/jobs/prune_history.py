"""Remove what is past its retention."""

from datetime import timedelta

from app.db.clock import now
from app.db.queries import counts
from app.queue import JobContext, job
from app.queue.acts import control
from app.queue.acts.follow_up import failures
from app.settings import load_settings


@job(
    title="Prune the history",
    description="Remove finished jobs past their retention, with their logs and files.",
    icon="auto_delete",
    group="System",
    schedule="0 3 * * *",
    requires="admin",
)
def prune_history(ctx: JobContext) -> str:
    """Remove the jobs that finished more than `JOBDECK_RETENTION_DAYS` ago, with their logs and files.

    What is removed stays removed when this is cancelled half way; the next run goes on.
    """
    days = load_settings().retention_days
    if days == 0:
        return "Nothing removed: JOBDECK_RETENTION_DAYS=0 keeps everything."
    before = now() - timedelta(days=days)
    total = counts.count_finished(before)
    removed = 0
    ctx.progress(0, total, "Removing old jobs")
    while count := control.prune(before):
        removed += count
        ctx.progress(removed, max(total, removed))
    failures.forget(before)
    return f"{removed:,} job{'s' * (removed != 1)} of more than {days} day{'s' * (days != 1)} ago removed"
