"""The way to the jobs that match: by few rows that an index names, or along an order of all jobs.

SQLite's planner has no statistics and takes any index that fits. Here the kept totals, a look at an index that ends
at `FEW`, and the index of texts say which one leads to few rows; where none does, a page fills soon along its order.
PostgreSQL has statistics: of what is said here it is told only the ids that the index of texts found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.db.models.jobs import Job
from app.db.queries.cursors import Sort, in_order
from app.db.queries.filters import JobFilter
from app.db.queries.finding.totals import state_totals
from app.db.queries.language import Bounds, bounds_of, ids_of, parse, pieces_of
from app.db.sql.engine import engine
from app.db.sql.sessions import lookup
from app.db.text_index.candidates import candidates

FEW = 10_000
"""So many rows are read, looked at and sorted in 30 ms, one after the other or here and there (SQLite)."""
_FEW_IN_A_ROW = 20_000
"""Jobs that were started one after the other lie beside each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How to come to the jobs that match.

    Attributes:
        conditions: all of them, with what narrows the way.
        index: the one that SQLite is to use; `NO_INDEX`: none but the ids; None: as its planner likes.
        is_short: few rows are read, so that they may be sorted and counted.
    """

    conditions: list[ColumnElement[bool]]
    index: str | None
    is_short: bool

    def hinted(self, query: Any, index: str | None = None) -> Any:
        """Tell SQLite which index a query is to use: the route's, unless another is named."""
        name = index or self.index
        if name is None:
            return query
        return query.with_hint(Job, name if name == NO_INDEX else f"INDEXED BY {name}", "sqlite")

    def first_of(
        self, query: SelectOfScalar[Job], sort: Sort, *, limit: int, is_back: bool = False
    ) -> SelectOfScalar[Job]:
        """Take the first so many in an order, where the way is short: first which these are, then their rows.

        So ids are sorted and not whole rows, and where an index has all that is asked, few rows are read.
        """
        order = self._in_order(sort, is_back=is_back)
        if self.index is None:
            return query.order_by(*order).limit(limit)
        first = self.hinted(query.with_only_columns(col(Job.id))).order_by(*order).limit(limit).correlate(None)
        return select(Job).where(col(Job.id).in_(first)).order_by(*in_order(sort, is_backwards=is_back))

    def _in_order(self, sort: Sort, *, is_back: bool = False) -> list[ColumnElement[Any]]:
        """Return what the few rows of a short way are ordered by.

        PostgreSQL would rather walk an order that an index has, in the hope of an early match: it is not told of one,
        unless every job matches.
        """
        columns = in_order(sort, is_backwards=is_back)
        if engine().dialect.name == "sqlite" or not self.conditions:
            return columns
        is_descending = sort.startswith("-") is not is_back
        names = dict.fromkeys([sort.lstrip("-"), "id"])
        opaque = [col(getattr(Job, name)).op("+")(literal_column("0")) for name in names]
        return [one.desc() if is_descending else one.asc() for one in opaque]


NO_INDEX = "NOT INDEXED"
_ORDERED_BY_ID = (
    "ix_job_kind_id",
    "ix_job_state_id",
    "ix_job_queue_id",
    "ix_job_parent_id",
    "ix_job_error_signature_id",
)


def route_to(which: JobFilter) -> Route:
    """Find the way to the jobs that match. Reads the kept totals, and little more."""
    conditions = which.conditions()
    if not conditions or sum(state_totals().values()) <= FEW:
        return Route(conditions=conditions, index=None, is_short=True)
    asked = which.asked()
    tree = parse(which.text)
    sizes = sorted(_sizes(which, bounds_of(tree, asked)))
    if sizes and sizes[0][0] <= FEW:
        return Route(conditions=conditions, index=sizes[0][1], is_short=True)
    ids = candidates(pieces_of(tree), beside=ids_of(tree)) if which.text else None
    if ids is not None:
        return Route(conditions=[*conditions, _is_one_of(ids)], index=NO_INDEX, is_short=True)
    in_order_of_ids = [name for _, name in sizes if name in _ORDERED_BY_ID]
    return Route(conditions=conditions, index=next(iter(in_order_of_ids), NO_INDEX), is_short=False)


def _sizes(which: JobFilter, bounds: Bounds) -> Iterator[tuple[int, str]]:
    """Give how many rows an index leads to, and its name; a time range counts half as much, up to `FEW`."""
    kind, queue = which.kind or bounds.kind, which.queue or bounds.queue
    states = which.states or bounds.states
    totals = state_totals(kind=kind) if kind is not None else None
    if totals is not None:
        yield sum(totals.values()), "ix_job_kind_id"
    if states:
        every = state_totals()
        yield sum(every[state] for state in states), "ix_job_state_id"
    if queue is not None:
        yield _up_to(FEW, col(Job.queue) == queue), "ix_job_queue_id"
    parent_id = which.parent_id or bounds.parent_id
    if parent_id is not None:
        yield _up_to(FEW, col(Job.parent_id) == parent_id), "ix_job_parent_id"
    if which.signature is not None:
        yield _up_to(FEW, col(Job.error_signature) == which.signature), "ix_job_error_signature_id"
    if bounds.id is not None:
        yield 1, NO_INDEX
    since, until = which.since or bounds.since, which.until or bounds.until
    if since is not None or until is not None:
        yield -(-_up_to(_FEW_IN_A_ROW, *_between(col(Job.created_at), since, until)) // 2), "ix_job_created_at_id"
    if which.finished_since is not None or which.finished_until is not None:
        between = _between(col(Job.finished_at), which.finished_since, which.finished_until)
        yield -(-_up_to(_FEW_IN_A_ROW, *between) // 2), "ix_job_finished_at_id"


def _between(column: Any, since: Any, until: Any) -> list[ColumnElement[bool]]:
    return [
        *([column >= since] if since is not None else []),
        *([column < until] if until is not None else []),
    ]


def _up_to(most: int, *conditions: ColumnElement[bool]) -> int:
    """Count what an index has, up to one more than `most`."""
    found = select(literal_column("1")).select_from(Job).where(*conditions).limit(most + 1).subquery()
    with lookup() as opened:
        return int(opened.connection().execute(select(func.count()).select_from(found)).scalar_one())


def _is_one_of(ids: list[int]) -> ColumnElement[bool]:
    if engine().dialect.name == "sqlite":
        listed = func.json_each(str(ids)).table_valued("value")
        return col(Job.id).in_(select(listed.c.value))
    return col(Job.id) == func.any(ids)
