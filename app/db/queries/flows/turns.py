"""The order in which many jobs are begun again: each behind those that it waits for."""

from collections import Counter, defaultdict
from collections.abc import Collection
from heapq import heapify, heappop, heappush

from sqlalchemy import select

from app.db.models.jobs import ContinuationRow
from app.db.sql.column_types import table_of
from app.db.sql.sessions import session

_AT_ONCE = 500
_link = table_of(ContinuationRow)


def in_turn(job_ids: Collection[int]) -> list[int]:
    """Return some jobs, each once: behind those of them that it waits, or waited, for, else by their ids.

    A job that is put aside waits for later ones. Where some waited for each other in a circle, at different times,
    their ids decide. A job asks and no person waits: it may take long.

    Raises:
        Unavailable: the database is away.
    """
    chosen = set(job_ids)
    behind, before = defaultdict[int, list[int]](list), Counter[int]()
    for waiting, awaited in _waits_among(chosen):
        behind[awaited].append(waiting)
        before[waiting] += 1
    free, found = [one for one in chosen if not before[one]], dict[int, None]()
    heapify(free)
    while free:
        first = heappop(free)
        found[first] = None
        for one in behind[first]:
            before[one] -= 1
            if not before[one]:
                heappush(free, one)
    return [*found, *sorted(chosen - found.keys())]


def _waits_among(chosen: set[int]) -> list[tuple[int, int]]:
    ids = sorted(chosen)
    query = select(_link.c.job_id, _link.c.parent_id)
    with session() as opened:
        connection = opened.connection()
        return [
            (row.job_id, row.parent_id)
            for first in range(0, len(ids), _AT_ONCE)
            for row in connection.execute(query.where(_link.c.job_id.in_(ids[first : first + _AT_ONCE])))
            if row.parent_id in chosen
        ]
