"""The trace of a job, made of its own rows."""

from collections.abc import Callable

import pytest

from app.db import State
from app.db.queries import jobs
from app.db.queries.traces import reading
from app.db.queries.traces.reading import trace_of
from app.errors import NotFound
from app.queue import JobContext, job, start
from app.queue.worker.worker import WorkerLife
from app.telemetry.trace_context import TraceContext, current
from tests.actors import ME
from tests.waiting import until

CAUSE = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


def finished(job_id: int) -> bool:
    return jobs.get_job(job_id).state.is_finished


@pytest.mark.thorough
@pytest.mark.usefixtures("room")
def test_a_trace_leads_from_what_asked_over_attempts_and_spans_to_the_children(
    run_worker: Callable[..., WorkerLife],
) -> None:
    @job(title="Leaf")
    def leaf(ctx: JobContext) -> None:
        """Do nothing."""

    @job(title="Root", retry_delay=0)
    def root(ctx: JobContext) -> int:
        """Start a child in a span; the first attempt fails."""
        with ctx.span("read"), ctx.span("inner"):
            pass
        if ctx.attempt == 1:
            raise ValueError("not yet")
        with ctx.span("children"):
            return ctx.start(leaf).id

    entered = current.set(CAUSE)
    started = start("root", {}, by=ME)
    current.reset(entered)
    run_worker()
    until(lambda: finished(started.id) and finished(int(jobs.get_job(started.id).result)))
    child = jobs.get_job(jobs.get_job(started.id).result)

    trace = trace_of(child.id)

    assert (trace.trace_id, child.trace_id, started.trace_id) == (CAUSE.trace_id,) * 3
    names = {one.span_id: one.name for one in trace.spans}
    tree = [(one.part, one.name, names.get(one.parent_span_id or ""), one.outcome) for one in trace.spans]
    assert tree == [
        ("job", "Root", None, "succeeded"),
        ("wait", "waits for a worker", "Root", "done"),
        ("attempt", "attempt 1", "Root", "failed"),
        ("span", "read", "attempt 1", "done"),
        ("span", "inner", "read", "done"),
        ("wait", "waits for a worker", "Root", "done"),
        ("attempt", "attempt 2", "Root", "succeeded"),
        ("span", "read", "attempt 2", "done"),
        ("span", "inner", "read", "done"),
        ("span", "children", "attempt 2", "done"),
        ("job", "Leaf", "children", "succeeded"),
        ("wait", "waits for a worker", "Leaf", "done"),
        ("attempt", "attempt 1", "Leaf", "succeeded"),
    ]
    assert trace.spans[0].parent_span_id == CAUSE.span_id
    assert len(names) == len(trace.spans)
    assert all(one.ended_at is not None and one.started_at <= one.ended_at for one in trace.spans)
    assert trace_of(started.id) == trace


@pytest.mark.usefixtures("room")
def test_what_waits_is_open_and_a_crowd_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def leaf(ctx: JobContext) -> None:
        """Do nothing."""

    first = start("leaf", {}, by=ME)

    trace = trace_of(first.id)

    assert [(one.part, one.ended_at, one.outcome) for one in trace.spans] == [
        ("job", None, State.QUEUED),
        ("wait", None, "waiting"),
    ]
    assert (trace.spans[0].parent_span_id, trace.is_cut_off) == (None, False)
    assert start("leaf", {}, by=ME).trace_id != first.trace_id
    monkeypatch.setattr(reading, "MOST_JOBS", 0)
    assert trace_of(first.id).is_cut_off
    with pytest.raises(NotFound):
        trace_of(99)
