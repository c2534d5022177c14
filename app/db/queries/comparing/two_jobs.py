"""Two jobs side by side, or two attempts: what differs in params, results and times, and whose each log line is."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.db.queries import details, jobs
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import Attempt
from app.errors import NotFound

MOST_DIFFERENCES = 500
"""More are counted, not named."""
MOST_LINES = 1000
"""So many lines at the end of each log are compared."""
DEEPEST = 50
"""What lies deeper is compared as a whole."""
_TIMES = ("attempt", "wait_seconds", "run_seconds", "cpu_seconds", "peak_memory_bytes", "queue", "priority", "worker")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Difference(_Part):
    """A value that is not the same."""

    path: str = Field(description="`customer.id`, `lines.0.sku`; empty: the whole value")
    one: JsonValue = Field(description="of the first job; null where it has none")
    other: JsonValue = Field(description="of the second job; null where it has none")


class ComparedLine(_Part):
    """A line of the two logs."""

    of: str = Field(description="both, one or other: who has the line", pattern="^(both|one|other)$")
    text: str


class Comparison(_Part):
    """What two jobs have in common, and what not. Secrets are dots on both sides, and so they never differ."""

    one: JobSnapshot
    other: JobSnapshot
    attempts: tuple[Attempt, Attempt] | None = Field(
        description="where two are compared: `one` and `other` have the times, the error and the result of these"
    )
    params: list[Difference]
    result: list[Difference]
    error: list[Difference]
    timing: list[Difference]
    log: list[ComparedLine] = Field(description="the lines that differ, each with up to three around it")
    is_cut_off: bool = Field(description="not all differences are named, or not all lines were compared")


def compare(one_id: int, other_id: int, *, attempts: tuple[int, int] | None = None) -> Comparison:
    """Hold two jobs beside each other.

    Args:
        one_id: the first.
        other_id: the second; the same one has no differences.
        attempts: of the first and of the second, to hold these beside each other.

    Raises:
        NotFound: there is no such job, or no such attempt of it.
    """
    one, other = jobs.get_job(one_id), jobs.get_job(other_id)
    tried = None
    if attempts is not None:
        tried = (_attempt(one_id, attempts[0]), _attempt(other_id, attempts[1]))
        one, other = (_as_in(job, attempt) for job, attempt in zip((one, other), tried, strict=True))
    parts = {name: list(differences(getattr(one, name), getattr(other, name))) for name in ("params", "result")}
    parts["error"] = list(differences(_plain(one.error), _plain(other.error)))
    parts["timing"] = list(differences(times_of(one), times_of(other)))
    of_each = zip((one_id, other_id), attempts or (None, None), strict=True)
    read = [details.list_log(each, attempt=number, limit=MOST_LINES, tail=True) for each, number in of_each]
    logs = [[line.text for line in lines] for lines in read]
    return Comparison(
        one=one,
        other=other,
        attempts=tried,
        log=_compared(*logs),
        is_cut_off=any(len(found) > MOST_DIFFERENCES for found in parts.values())
        or any(len(lines) == MOST_LINES for lines in logs),
        **{name: found[:MOST_DIFFERENCES] for name, found in parts.items()},
    )


def _attempt(job_id: int, number: int) -> Attempt:
    found = next((one for one in details.list_attempts(job_id) if one.number == number), None)
    if found is None:
        raise NotFound(f"Job #{job_id} has no attempt {number}.")
    return found


def _as_in(job: JobSnapshot, attempt: Attempt) -> JobSnapshot:
    """Return a job with what is of one of its attempts; how long that waited is not kept."""
    names = ("started_at", "finished_at", "run_seconds", "cpu_seconds", "peak_memory_bytes", "code_version", "worker")
    of_attempt = {name: getattr(attempt, name) for name in names}
    result = job.result if attempt.state == "succeeded" else None
    changes = {**of_attempt, "attempt": attempt.number, "wait_seconds": None, "error": attempt.error, "result": result}
    return job.model_copy(update=changes)


class Beside(NamedTuple):
    """A value of the one, and that of the other at the same place."""

    path: str
    one: Any
    other: Any
    is_same: bool


def differences(one: Any, other: Any) -> Iterator[Difference]:
    """Give the values that differ: of objects by their names, of lists by their places, in the order of the first."""
    for each in beside(one, other):
        if not each.is_same:
            yield Difference(path=each.path, one=each.one, other=each.other)


def beside(one: Any, other: Any, *path: str) -> Iterator[Beside]:
    """Give all values of both by their places, as `differences` does; where nothing is on one side it has None."""
    if len(path) < DEEPEST and isinstance(one, dict) and isinstance(other, dict):
        for name in [*one, *(name for name in other if name not in one)]:
            yield from beside(one.get(name), other.get(name), *path, str(name))
    elif len(path) < DEEPEST and isinstance(one, list) and isinstance(other, list):
        for place in range(max(len(one), len(other))):
            first, second = (values[place] if place < len(values) else None for values in (one, other))
            yield from beside(first, second, *path, str(place))
    else:
        is_same = one == other and isinstance(one, bool) is isinstance(other, bool)
        yield Beside(".".join(path), one, other, is_same)


def _plain(value: BaseModel | None) -> Any:
    return None if value is None else value.model_dump(mode="json")


def times_of(job: JobSnapshot) -> dict[str, Any]:
    """Return how long and where a job ran, by name."""
    said = job.model_dump(mode="json")
    return {name: said.get(name) for name in _TIMES}


def _compared(one: Sequence[str], other: Sequence[str]) -> list[ComparedLine]:
    whose = {" ": "both", "-": "one", "+": "other"}
    rows = list(difflib.unified_diff(one, other, lineterm=""))[2:]
    return [ComparedLine(of=whose[row[0]], text=row[1:]) for row in rows if row[0] in whose]
