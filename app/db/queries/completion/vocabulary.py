"""The values that queries can ask for, as the jobs have them: of kinds and states all, of the rest a sample's.

The cost does not grow with the history: kinds and states are in the kept totals, everything else is counted in the
newest `SAMPLED_JOBS` jobs.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import String, cast, func, type_coerce
from sqlmodel import col, select

from app.db.models.jobs import Job
from app.db.queries.finding.totals import kind_totals, state_totals
from app.db.snapshots.secrets import mask
from app.db.sql.sessions import lookup

SAMPLED_JOBS = 1000
"""Their params take 20 ms to read (SQLite, 500 characters each)."""
MOST_CHARACTERS = 4000
"""Longer params are left out."""
MOST_PATHS, MOST_VALUES = 200, 200
"""Of all params, and of one path."""
LONGEST_VALUE = 80
_MOST_DEPTH = 4
_COLUMNS = {"queue": Job.queue, "by": Job.created_by, "worker": Job.worker, "error": Job.error_type}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What jobs have, with how many have it.

    Attributes:
        values: field → value → count.
        paths: keys in params, as "customer.id" → value → count.
        sampled: how many of the newest jobs were looked at.
    """

    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    paths: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    sampled: int = 0


def read_vocabulary(*, private: Collection[str] = ()) -> Vocabulary:
    """Read what the newest jobs have. Runs in a worker thread.

    Args:
        private: the kinds whose params are left out, since not every reader may see them.

    Raises:
        Unavailable: the database is away.
    """
    states = {str(state): number for state, number in state_totals().items() if number}
    counted: dict[str, Counter[str]] = {name: Counter() for name in (*_COLUMNS, "tag", "priority")}
    paths: dict[str, Counter[str]] = {}
    short = func.substr(cast(col(Job.params), String), 1, MOST_CHARACTERS + 1)
    of_all = (col(one) for one in _COLUMNS.values())
    columns = (*of_all, col(Job.kind), col(Job.priority), col(Job.tags), type_coerce(short, String))
    with lookup() as opened:
        query = select(*columns).order_by(col(Job.id).desc()).limit(SAMPLED_JOBS)
        rows: Sequence[Any] = opened.connection().execute(query).all()
    for *named, kind, priority, tags, params in rows:
        for name, value in zip(_COLUMNS, named, strict=True):
            if value:
                counted[name][value] += 1
        counted["priority"][priority] += 1
        counted["tag"].update(tags)
        if kind not in private:
            _count_params(params, paths)
    return Vocabulary(values={"kind": kind_totals(), "state": states, **counted}, paths=paths, sampled=len(rows))


def _count_params(text: str, paths: dict[str, Counter[str]]) -> None:
    if len(text) > MOST_CHARACTERS:
        return
    for path, value in _leaves(mask(json.loads(text)), ()):
        known = paths.get(path)
        if known is None and len(paths) < MOST_PATHS:
            known = paths[path] = Counter()
        if known is not None and len(value) <= LONGEST_VALUE and (value in known or len(known) < MOST_VALUES):
            known[value] += 1


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Give each value in params with its path; the elements of a list have that of the list."""
    if isinstance(value, Mapping):
        if len(path) < _MOST_DEPTH:
            for key, inner in value.items():
                yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value[:20]:
            if not isinstance(inner, Mapping | list):
                yield from _leaves(inner, path)
    elif path and value is not None and all(map(_can_be_written, path)):
        yield ".".join(path), value if isinstance(value, str) else json.dumps(value)


def _can_be_written(key: str) -> bool:
    """Say whether a query can name a key; NOTE: as `app.db.queries.language.tokens` reads it."""
    return key != "" and not any(sign.isspace() or sign in ':"().' for sign in key)
