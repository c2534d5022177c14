"""The job that `bench.tabs` lets run: it reports 20 times a second, and says when it did."""

import time

from app.queue import JobContext, job

REPORTS_PER_SECOND = 20


@job(title="Tick", max_retries=0)
def tick(ctx: JobContext, seconds: int) -> None:
    """Report progress for so many seconds; each message says when it was reported."""
    total = seconds * REPORTS_PER_SECOND
    for done in range(total):
        ctx.progress(done, total, f"tick {time.time():.3f}")
        time.sleep(1 / REPORTS_PER_SECOND)
