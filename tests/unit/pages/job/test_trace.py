"""The rows of a trace's waterfall."""

from datetime import UTC, datetime, timedelta

from app.db.snapshots.parts import Level, LogLine, Part, Trace, TraceSpan
from app.pages.job.trace.rows import rows_of

BEGAN = datetime(2026, 11, 30, 3, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def span(
    name: str,
    parent: str | None,
    *times: float,
    part: Part = "span",
    job_id: int = 1,
    attempt: int = 0,
    outcome: str = "done",
) -> TraceSpan:
    return TraceSpan(
        span_id=name,
        parent_span_id=parent,
        job_id=job_id,
        attempt=attempt,
        part=part,
        name=name,
        started_at=after(times[0]),
        ended_at=after(times[1]) if len(times) > 1 else None,
        outcome=outcome,
        note="",
    )


def line(seq: int, seconds: float, *, level: Level = "info") -> LogLine:
    return LogLine(seq=seq, attempt=1, at=after(seconds), level=level, text=f"line {seq}")


def test_each_stretch_stands_where_it_was_and_the_log_lines_in_their_places() -> None:
    spans = [
        span("Import", "of a request", 0, 10, part="job", outcome="succeeded"),
        span("wait", "Import", 0, 2, part="wait"),
        span("attempt 1", "Import", 2, 10, part="attempt", attempt=1, outcome="succeeded"),
        span("read", "attempt 1", 3, 5, attempt=1),
        span("Child", "read", 4, 6, part="job", job_id=2, outcome="failed"),
    ]
    lines = [line(1, 2.5), line(2, 3.5, level="error"), line(3, 9)]

    rows = rows_of(Trace(trace_id="t", spans=spans, is_cut_off=False), lines, job_id=1)

    assert [(row.depth, row.title, row.what, row.tone) for row in rows] == [
        (0, "Import #1", "job", "ok"),
        (1, "wait", "wait", ""),
        (1, "attempt 1", "attempt", "ok"),
        (2, "line 1", "line", ""),
        (2, "read", "span", ""),
        (2, "line 2", "line", "error"),
        (2, "line 3", "line", ""),
        (3, "Child #2", "job", "error"),
    ]
    assert [(row.begin_seconds, row.length_seconds) for row in rows[:3]] == [(0.0, 10.0), (0.0, 2.0), (2.0, 8.0)]
    assert [row.told for row in rows[:3]] == ["10 s, succeeded", "2 s", "8 s, succeeded"]
    assert [row.job_id for row in rows if row.what == "job"] == [None, 2]


def test_what_goes_on_has_no_length_and_its_time_is_left_to_the_browser() -> None:
    spans = [span("Import", None, 0, part="job", outcome="running"), span("read", "Import", 1, 2, attempt=1)]

    [job, read] = rows_of(Trace(trace_id=None, spans=spans, is_cut_off=False), [], job_id=1)

    assert (job.begin_seconds, job.length_seconds, job.told, job.tone) == (0.0, None, "so far, running", "running")
    assert (read.begin_seconds, read.length_seconds) == (1.0, 1.0)


def test_a_trace_without_any_stretch_has_no_rows() -> None:
    assert rows_of(Trace(trace_id=None, spans=[], is_cut_off=False), [], job_id=1) == []
