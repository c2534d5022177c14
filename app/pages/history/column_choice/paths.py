"""The paths into params and results that jobs have, as columns may be made of them."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.db import JobSnapshot
from app.db.snapshots.columns import MAX_NAME_LENGTH
from app.pages.jobs.reader import seen_params

_DEEPEST = 4
_MOST = 200


def paths_in(jobs: Iterable[JobSnapshot], known: Iterable[str] = ()) -> list[str]:
    """Return the paths that these jobs have, as the person behind this tab may see them, then the other known ones.

    Args:
        jobs: those that are shown.
        known: paths into params, as "customer.id".
    """
    found: dict[str, None] = {}
    for job in jobs:
        found.update(dict.fromkeys(_leaves(seen_params(job), "params")))
        found.update(dict.fromkeys(_leaves(job.result, "result")))
    found.update(dict.fromkeys(f"params.{path}" for path in known))
    return list(found)[:_MOST]


def _leaves(value: Any, path: str, depth: int = 0) -> Iterator[str]:
    if isinstance(value, dict) and value and depth < _DEEPEST:
        for name, inner in value.items():
            if isinstance(name, str) and name and not set(name) & set(".,"):
                yield from _leaves(inner, f"{path}.{name}", depth + 1)
    elif depth and len(path) <= MAX_NAME_LENGTH:
        yield path
