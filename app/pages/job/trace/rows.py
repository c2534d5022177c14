"""From a trace and the lines of a log to the rows of a waterfall. Draws nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from app.db.snapshots.parts import LogLine, Trace, TraceSpan
from app.pages.time.durations import duration

MOST_LINES = 12
"""So many lines of the log stand in the waterfall; the log itself has all of them."""
TONES: Mapping[str, str] = {
    "succeeded": "ok",
    "failed": "error",
    "error": "error",
    "lost": "error",
    "running": "running",
    "waiting": "warning",
    "retrying": "warning",
    "handed_back": "warning",
}
"""How something ended → the colour of its bar; anything else has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the waterfall. Times are seconds after the begin of the whole; a log line has no length."""

    depth: int
    title: str
    told: str
    """How long it took, and what came of it; of what goes on only that, for its time ticks in the browser."""
    tone: str
    what: str
    """A `Part` of a trace, or `line`."""
    begin_seconds: float
    length_seconds: float | None
    """None: it goes on."""
    job_id: int | None = None
    """The job whose page it leads to; None: it leads nowhere."""


def began_at(trace: Trace) -> datetime | None:
    """Return when the first stretch of a trace began; None where it has none."""
    return min((one.started_at for one in trace.spans), default=None)


def rows_of(trace: Trace, lines: Sequence[LogLine], *, job_id: int) -> list[Row]:
    """Return the rows, from the top.

    Args:
        trace: each of its spans stands below what it belongs to.
        lines: the first lines of the log of the job that is looked at.
        job_id: that job.
    """
    first = began_at(trace)
    if first is None:
        return []
    depths = _depths(trace.spans)
    rows: list[Row] = []
    waiting, inside = list(lines[:MOST_LINES]), 0
    for span, following in pairwise([*trace.spans, None]):
        assert span is not None
        rows.append(_row(span, depths[span.span_id], job_id, first))
        if span.part == "attempt":
            inside = depths[span.span_id] + 1
        if span.job_id == job_id and span.attempt:
            until = following.started_at if following is not None and following.attempt == span.attempt else None
            while waiting and waiting[0].attempt == span.attempt and (until is None or waiting[0].at < until):
                rows.append(_line(waiting.pop(0), inside, first))
    return rows


def _row(span: TraceSpan, depth: int, job_id: int, first: datetime) -> Row:
    length = None if span.ended_at is None else max(0.0, (span.ended_at - span.started_at).total_seconds())
    took = "so far" if length is None else duration(length)
    is_job = span.part == "job"
    outcome = "" if span.outcome in ("done", "waiting") else span.outcome.replace("_", " ")
    return Row(
        depth=depth,
        title=f"{span.name} #{span.job_id}" if is_job else span.name,
        told=", ".join(filter(None, (took, span.note if span.part == "span" else outcome))),
        tone=TONES.get(span.outcome, ""),
        what=span.part,
        begin_seconds=(span.started_at - first).total_seconds(),
        length_seconds=length,
        job_id=span.job_id if is_job and span.job_id != job_id else None,
    )


def _line(line: LogLine, depth: int, first: datetime) -> Row:
    tone = {"warning": "warning", "error": "error"}.get(line.level, "")
    begin = max(0.0, (line.at - first).total_seconds())
    return Row(
        depth=depth,
        title=line.text,
        told=line.level,
        tone=tone,
        what="line",
        begin_seconds=begin,
        length_seconds=0.0,
    )


def _depths(spans: Sequence[TraceSpan]) -> dict[str, int]:
    depths: dict[str, int] = {}
    for one in spans:
        depths[one.span_id] = depths.get(one.parent_span_id or "", -1) + 1
    return depths
