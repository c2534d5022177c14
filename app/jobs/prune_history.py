"""Remove what is past its retention."""

from datetime import datetime, timedelta

from app.db.clock import now
from app.db.queries.storage import counts_past
from app.db.retention import rules
from app.db.retention.rules import Retention
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

    Rules of the settings page by kind and state go before that. What is removed stays removed when this is cancelled
    half way; the next run goes on.
    """
    days, at = load_settings().retention_days, now()
    kept = Retention.of(days, rules.list_rules())
    if kept.shortest is None:
        return "Nothing removed: JOBDECK_RETENTION_DAYS=0 keeps everything."
    removed = _remove(ctx, kept, at)
    if kept.longest is not None:
        failures.forget(at - timedelta(days=kept.longest))
    said = f"{removed:,} job{'s' * (removed != 1)}"
    if kept.rules:
        number = len(kept.rules)
        of_setting = f"a setting of {days} day{'s' * (days != 1)}" if days else "a setting that keeps all others"
        return f"{said} removed, by {number} rule{'s' * (number != 1)} and {of_setting}"
    return f"{said} of more than {days} day{'s' * (days != 1)} ago removed"


def _remove(ctx: JobContext, kept: Retention, at: datetime) -> int:
    assert kept.shortest is not None
    before = at - timedelta(days=kept.shortest)
    total = sum(counts_past(kept, at=at).values())
    removed, last = 0, None
    ctx.progress(0, total, "Removing old jobs")

    def goes(kind: str, state: str, finished_at: datetime) -> bool:
        return kept.is_past(kind, state, finished_at, at=at)

    while (batch := control.prune(before, goes=goes, after=last)).last is not None:
        removed, last = removed + len(batch.job_ids), batch.last
        ctx.progress(removed, max(total, removed))
    return removed
