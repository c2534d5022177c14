"""How many jobs each starred view has, counted once for all tabs that show it."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from time import monotonic

from app.db import JobFilter
from app.db.clock import now
from app.db.queries.counts import Count, count_jobs
from app.errors import AppError

KEPT_SECONDS = 3.0
MOST_SHARE = 20
"""A count is kept for so many times as long as it took: together they take a twentieth of a core at most."""
_MOST_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    count: Count | None
    until: float


_kept: dict[tuple[str, tzinfo], _Counted] = {}
_lock = asyncio.Lock()


async def count_each(queries: Iterable[str], zone: tzinfo) -> Mapping[str, Count | None]:
    """Count the jobs of each query; None: that cannot be told just now. Event loop only.

    Args:
        queries: in the query language.
        zone: where the days of `yesterday` begin.
    """
    wanted = list(dict.fromkeys(queries))
    async with _lock:  # several tabs that ask at once have one answer
        for query in wanted:
            known = _kept.get((query, zone))
            if known is None or known.until < monotonic():
                _kept[query, zone] = await asyncio.to_thread(_count, query, zone)
        if len(_kept) > _MOST_KEPT:
            _drop_old()
        return {query: _kept[query, zone].count for query in wanted if (query, zone) in _kept}


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
