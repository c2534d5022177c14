"""The columns that a list of jobs can show, by the names that addresses and saved views have for them.

Besides those of every job there is one for each path into the params and into the result: `params.customer.id`. How a
column is drawn is the business of the pages.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.db.snapshots.job import JobSnapshot

HEADINGS: Mapping[str, str] = {
    "job": "Job",
    "state": "State",
    "outcome": "Outcome",
    "params": "Params",
    "started": "Started",
    "ended": "Ended",
    "created": "Created",
    "waited": "Waited",
    "took": "Took",
    "by": "By",
    "kind": "Kind",
    "queue": "Queue",
    "priority": "Priority",
    "tags": "Tags",
    "worker": "Worker",
    "attempt": "Attempt",
    "schedule": "Schedule",
    "result": "Result",
}
"""Name → heading, in the order in which they are offered."""
USUAL = ("job", "state", "outcome", "params", "started", "waited", "took", "by")
MAX_COLUMNS = 16
MAX_NAME_LENGTH = 200
_WITH_PATHS = ("params", "result")


def read_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Check the names of columns; none at all are the usual ones.

    Raises:
        ValueError: one is unknown or named twice, or there are too many; the message is a sentence for a person.
    """
    columns = tuple(name.strip() for name in names)
    if len(columns) > MAX_COLUMNS:
        raise ValueError(f"At most {MAX_COLUMNS} columns can be shown; these are {len(columns)}.")
    for place, name in enumerate(columns):
        if not _is_known(name):
            offered = ", ".join((*HEADINGS, "params.name", "result.name"))
            raise ValueError(f"There is no column “{name[:60]}”. Columns are {offered}.")
        if name in columns[:place]:
            raise ValueError(f"The column “{name[:60]}” is there twice.")
    return columns


def _is_known(name: str) -> bool:
    if name in HEADINGS:
        return True
    first, *path = name.split(".")
    return first in _WITH_PATHS and bool(path) and all(path) and len(name) <= MAX_NAME_LENGTH and "," not in name


def heading(name: str) -> str:
    """Return what stands above a column: of a path its last two keys, so that `id` is not all of it."""
    return HEADINGS.get(name) or ".".join(name.split(".")[1:][-2:])


def value_at(job: JobSnapshot, name: str) -> Any:
    """Return what a path leads to in a job, as `params.lines.0.sku`; None: nothing."""
    return value_in({"params": job.params, "result": job.result}, name)


def value_in(value: Any, name: str) -> Any:
    """Return what a path leads to, as `params.lines.0.sku`; None: nothing."""
    for key in name.split("."):
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, Sequence) and not isinstance(value, str) and key.isascii() and key.isdecimal():
            value = value[int(key)] if int(key) < len(value) else None
        else:
            return None
    return value
