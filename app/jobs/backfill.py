"""Start the jobs of a schedule's instants that were missed, one at a time."""

from dataclasses import replace
from datetime import datetime

from app.auth.accounts import as_now
from app.db.queries import details
from app.errors import AppError, NotFound, Unavailable
from app.queue import JobContext, job
from app.queue.acts.schedules import backfilling
from app.queue.kinds.registry import BULK_QUEUE


@job(
    title="Run missed instants",
    description="Start the jobs of a schedule's past instants that have none.",
    icon="history",
    group="System",
    queue=BULK_QUEUE,  # of its own: no crowd of jobs is before it
    priority="high",
    listed=False,
)
def backfill(ctx: JobContext, schedule_id: int, since: datetime, until: datetime) -> str:
    """Start a job for each instant of a schedule from `since` up to `until` that has none, the earliest first.

    Safe to repeat: an instant has one job.
    """
    asked_by = replace(as_now(details.list_transitions(ctx.job_id)[0].actor), via=f"job #{ctx.job_id}")
    started = refused = 0
    for instant in ctx.track(backfilling.missed(schedule_id, since=since, until=until), message="Starting"):
        try:
            started += backfilling.start_one(schedule_id, instant, by=asked_by) is not None
        except (Unavailable, NotFound):
            raise
        except AppError as error:
            ctx.log(f"{instant:%Y-%m-%d %H:%M:%S} UTC: {error}", level="warning")
            refused += 1
    return f"{started:,} started" + (f", {refused:,} refused (see the log)" if refused else "")
