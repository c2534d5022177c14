"""Two jobs as rows of two sides: their values in words, and their logs line by line. Draws nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from app.db import State
from app.db.queries.comparing.two_jobs import Beside, ComparedLine, beside, times_of
from app.db.snapshots.job import JobSnapshot
from app.pages.jobs.cells.cells import waits_since
from app.pages.time.durations import duration, size
from app.queue.params.params import value_text

NOTHING = "—"
MOST_ROWS = 500
_LONGEST = 2000
_NAMES = {
    "attempt": "Attempt",
    "wait_seconds": "Waited",
    "run_seconds": "Ran",
    "cpu_seconds": "Processor time",
    "peak_memory_bytes": "Most memory",
    "queue": "Queue",
    "priority": "Priority",
    "worker": "Worker",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What both say about one thing."""

    name: str
    one: str
    other: str
    is_same: bool
    one_since: datetime | None = None
    """It goes on and takes the time since then; None: what is written stands."""
    other_since: datetime | None = None


def value_rows(one: Any, other: Any) -> list[Row]:
    """Write the values of both, in the order of the first; at most `MOST_ROWS`, those that differ before others."""
    if isinstance(one, dict) and other is None:
        other = {}
    elif isinstance(other, dict) and one is None:
        one = {}
    found = [_row(each) for each in beside(one, other)]
    if len(found) > MOST_ROWS:
        found = sorted(found, key=lambda row: row.is_same)[:MOST_ROWS]
    return [row for row in found if row.name or row.one != NOTHING or row.other != NOTHING]


def time_rows(one: JobSnapshot, other: JobSnapshot) -> list[Row]:
    """Write how long, how often and where both ran; what reads the same does not differ here."""
    rows = []
    for each in beside(times_of(one), times_of(other)):
        texts = [_time_text(each.path, value) for value in (each.one, each.other)]
        if texts != [NOTHING, NOTHING]:
            is_same = each.is_same or texts[0] == texts[1]
            one_since, other_since = (_since(job, each.path) for job in (one, other))
            rows.append(
                Row(
                    name=_NAMES[each.path],
                    one=texts[0],
                    other=texts[1],
                    is_same=is_same,
                    one_since=one_since,
                    other_since=other_since,
                )
            )
    return rows


def line_rows(lines: Sequence[ComparedLine]) -> Iterator[tuple[str | None, str | None]]:
    """Put what only one has beside what the other has in its place; what both have stands on both sides."""
    ones: list[str] = []
    others: list[str] = []
    for line in [*lines, ComparedLine(of="both", text="")]:
        if line.of == "one" and not others:
            ones.append(line.text)
        elif line.of == "other":
            others.append(line.text)
        else:
            yield from zip_longest(ones, others)
            ones, others = ([line.text], []) if line.of == "one" else ([], [])
            if line.of == "both":
                yield line.text, line.text


def _row(each: Beside) -> Row:
    return Row(name=each.path, one=_text(each.one), other=_text(each.other), is_same=each.is_same)


def _text(value: Any) -> str:
    text = NOTHING if value is None else value_text(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _since(job: JobSnapshot, name: str) -> datetime | None:
    """Return since when a time goes on."""
    if name == "run_seconds" and job.state is State.RUNNING and job.finished_at is None:
        return job.started_at
    return waits_since(job) if name == "wait_seconds" else None


def _time_text(name: str, value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if name.endswith("_seconds"):
        return duration(value)
    return size(value) if name.endswith("_bytes") else str(value)
