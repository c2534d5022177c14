"""The jobs that Jobdeck's workers run in the comparison."""

import time

from app.queue import JobContext, job
from bench.throughput.record import note


@job(max_retries=0)
def no_op(ctx: JobContext, index: int) -> int:
    """Write the record."""
    note(index)
    return index


@job(max_retries=0)
def gather(ctx: JobContext, children: int) -> int:
    """Start no-op jobs, wait for all of them, and write the record."""
    number = sum(1 for _ in ctx.wait(ctx.start_many(no_op, [{"index": one} for one in range(children)], once="all")))
    note(children)
    return number


@job(max_retries=0)
def many_reports(ctx: JobContext, calls: int) -> dict[str, float]:
    """Report so many times; return the microseconds of one call of `progress` and of one item of `track`."""
    began = time.perf_counter()
    for done in range(calls):
        ctx.progress(done, calls)
    between = time.perf_counter()
    for _ in ctx.track(range(calls)):
        pass
    ended = time.perf_counter()
    return {"progress": (between - began) / calls * 1e6, "track": (ended - between) / calls * 1e6}
