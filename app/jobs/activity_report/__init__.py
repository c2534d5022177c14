"""Report what this Jobdeck did: `app.db.queries.activity` reads it, `page.py` draws it, `report.py` makes it JSON."""

from typing import Annotated

from pydantic import Field

from app.db.queries.activity import activity
from app.jobs.activity_report.page import as_page
from app.jobs.activity_report.report import as_report
from app.queue import JobContext, job
from app.reports import as_json
from app.reports.words import counted


@job(
    title="Activity report",
    description="What ran in the last days: how often, how long, and what failed.",
    icon="insights",
    group="System",
    max_retries=1,
    tags=("report",),
)
def activity_report(
    ctx: JobContext, days: Annotated[int, Field(title="Days", ge=1, le=3650, description="How far back to look.")] = 7
) -> str:
    """Report the jobs of the last days by kind and state, how long they waited and ran, and why they failed."""
    found = activity(days=days, advance=lambda done, total: ctx.progress(done, total, "Reading the history"))
    ctx.attach("report.html", as_page(found, days=days), "text/html; charset=utf-8")
    ctx.attach("report.json", as_json(as_report(found, days=days)))
    failed = sum(group.count for group in found.failures) + found.other_failures
    return f"{counted(found.jobs, 'job')} in {counted(days, 'day')}, {failed:,} failed"
