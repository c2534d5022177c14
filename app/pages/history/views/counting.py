"""How many jobs each starred view has, counted once for all tabs that show it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from time import monotonic

from app.db import JobFilter
from app.db.clock import now
from app.db.queries.counts import Count, count_jobs
from app.db.snapshots.secrets import hidden_kinds
from app.errors import AppError

KEPT_SECONDS = 3.0
MOST_SHARE = 20
"""A count is kept for so many times as long as it took: together they take a twentieth of a core at most."""
_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    count: Count | None
    until: float


_kept: dict[tuple[str, tzinfo, frozenset[str]], _Counted] = {}
"""By query, zone, and the kinds that a text does not find for who asks."""
_lock = asyncio.Lock()


async def count_each(queries: Iterable[str], zone: tzinfo) -> Mapping[str, Count | None]:
    """Count the jobs of each query; None: that cannot be told just now. Event loop only.

    Args:
        queries: in the query language.
        zone: where the days of `yesterday` begin.
    """
    wanted = [(query, zone, hidden_kinds.get()) for query in dict.fromkeys(queries)]
    async with _lock:  # several tabs that ask at once have one answer
        for key in wanted:
            known = _kept.get(key)
            if known is None or known.until < monotonic():
                _kept[key] = await asyncio.to_thread(_count, key[0], zone)
        if len(_kept) > _MOST_KEPT:
            _drop_old()
        return {key[0]: _kept[key].count for key in wanted if key in _kept}


def forget() -> None:
    """Count anew the next time."""
    _kept.clear()


def _count(query: str, zone: tzinfo) -> _Counted:
    began, count = monotonic(), None
    try:
        count = count_jobs(JobFilter(text=query, asked_at=now(), zone=zone))
    except AppError:
        pass  # the page says what is away; of a query that a newer Jobdeck wrote nothing can be said
    took = monotonic() - began
    return _Counted(count=count, until=monotonic() + max(KEPT_SECONDS, MOST_SHARE * took))


def _drop_old() -> None:
    at = monotonic()
    for key in [key for key, one in _kept.items() if one.until < at]:
        del _kept[key]
