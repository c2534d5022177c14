"""Walks an order of all jobs, some thousand at a time, and stops when it has taken too long: it then knows where."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from app.db.models.jobs import Job
from app.db.queries.cursors import MAX_ID, Sort, before, beyond, in_order
from app.db.queries.finding.routes import Route
from app.db.sql.sessions import lookup
from app.db.states import State

CUT_OFF_SECONDS = 0.8
"""Who searches sees what was found by then; the rest of a second is for counting and sending."""
COUNT_SECONDS = 0.04
"""A count that took so long is a number of jobs at the least; it takes less where who asked has waited before."""
_WAITED_SECONDS, _LEAST_SHARE = 0.08, 0.25
_FIRST_STRETCH, _MOST_AT_ONCE = 4_000, 32_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What was found. `stopped_at`: the place in the order up to which was searched; None: all of it was."""

    rows: list[Job]
    stopped_at: list[Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many jobs were counted; where `is_exact` is false there may be more. `by_state`: where that was asked for."""

    count: int
    by_state: dict[State, int]
    is_exact: bool


def walk(
    query: SelectOfScalar[Job], route: Route, sort: Sort, *, place: list[Any] | None, limit: int, is_back: bool = False
) -> Walked:
    """Find the first so many jobs in an order.

    Args:
        query: of the jobs that match, without order.
        route: by which these are found.
        sort: the order.
        place: begin behind it.
        limit: stop at so many.
        is_back: go the other way, and begin with the job of the place.
    """
    deadline = time.monotonic() + CUT_OFF_SECONDS
    found: list[Job] = []
    hinted = route.hinted(query, None if sort.lstrip("-") == "id" else _index_of(sort))
    with lookup() as opened:
        for stretch in _stretches(opened, sort, place, deadline=deadline, is_back=is_back):
            within = hinted.where(*stretch.conditions).order_by(*in_order(sort, is_backwards=is_back))
            found += opened.exec(within.limit(limit - len(found))).all()
            if len(found) >= limit or stretch.end is None:
                return Walked(rows=found, stopped_at=None)
            if time.monotonic() > deadline:
                return Walked(rows=found, stopped_at=stretch.end)
    return Walked(rows=found, stopped_at=None)


def tally(
    route: Route,
    *,
    most: int,
    by_state: bool = False,
    sort: Sort = "-id",
    place: list[Any] | None = None,
    is_back: bool = False,
    waited: float = 0.0,
) -> Tally:
    """Count the jobs that match, up to `most` and for `COUNT_SECONDS`; the other arguments are those of `walk`.

    `by_state`: count those of each state. Without it the index of the route often tells, and no row is read.
    `waited`: seconds that the way to them and their list took before.
    """
    deadline = time.monotonic() + COUNT_SECONDS * max(_LEAST_SHARE, 1 - waited / _WAITED_SECONDS)
    counted = _Counted()
    states = [col(Job.state)] if by_state else []
    query = select(func.count(), *states).select_from(Job).where(*route.conditions).group_by(*states)
    with lookup() as opened:
        if place is not None and sort.lstrip("-") != "id":
            query = query.where(col(getattr(Job, sort.lstrip("-"))).is_not(None))
        if route.is_short and route.conditions:
            if place is not None:
                query = query.where(before(sort, place) if is_back else beyond(sort, place))
            counted.add(opened, route.hinted(query))
            return counted.tally(is_exact=True)
        hinted = route.hinted(query, None if sort.lstrip("-") == "id" else _index_of(sort))
        for stretch in _stretches(opened, sort, place, deadline=deadline, is_back=is_back):
            counted.add(opened, hinted.where(*stretch.conditions))
            if stretch.end is None:
                return counted.tally(is_exact=True)
            if counted.number > most or time.monotonic() > deadline:
                break
    return counted.tally(is_exact=False)


class _Counted:
    """What was counted so far, of all states and of each."""

    def __init__(self) -> None:
        self.number = 0
        self._by_state = dict.fromkeys(State, 0)

    def add(self, opened: Session, query: Any) -> None:
        for number, *state in opened.connection().execute(query):
            self.number += number
            for one in state:
                self._by_state[State(one)] += number

    def tally(self, *, is_exact: bool) -> Tally:
        return Tally(count=self.number, by_state=self._by_state, is_exact=is_exact)


def _index_of(sort: Sort) -> str:
    return f"ix_job_{sort.lstrip('-')}_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A part of an order: its conditions, and the place of its last job; None: it reaches to the end."""

    conditions: list[ColumnElement[bool]]
    end: list[Any] | None


def _stretches(
    opened: Session, sort: Sort, place: list[Any] | None, *, deadline: float, is_back: bool
) -> Iterator[_Stretch]:
    """Cut an order into parts, each up to twice as long as the one before, and no longer than the time lasts if its
    rows take as long as those before.
    """
    ahead: Any = sort if not is_back else sort.lstrip("-") if sort.startswith("-") else f"-{sort}"
    size = _FIRST_STRETCH
    begin = [] if place is None else [before(sort, place) if is_back else beyond(sort, place)]
    while True:
        end, began = _end_of(opened, ahead, begin, size), time.monotonic()
        yield _Stretch(conditions=begin if end is None else [*begin, before(ahead, end)], end=end)
        if end is None:
            return
        at = time.monotonic()
        in_time = int(size * (deadline - at) / max(at - began, 0.001))
        begin, size = [beyond(ahead, end)], max(1, _FIRST_STRETCH // 4, min(size * 2, _MOST_AT_ONCE, in_time))


def _end_of(opened: Session, sort: Sort, begin: list[ColumnElement[bool]], size: int) -> list[Any] | None:
    """Find a place that has so many jobs before it, or a few less: by the order's index alone. None: all have."""
    if sort.lstrip("-") == "id":
        return _id_that_far(opened, sort, begin, size)
    name = sort.lstrip("-")
    query = select(col(getattr(Job, name)), col(Job.id)).where(*begin, col(getattr(Job, name)).is_not(None))
    query = query.with_hint(Job, f"INDEXED BY {_index_of(sort)}", "sqlite")
    row = opened.connection().execute(query.order_by(*in_order(sort)).offset(size).limit(1)).first()
    return None if row is None else list(row)


def _id_that_far(opened: Session, sort: Sort, begin: list[ColumnElement[bool]], size: int) -> list[Any] | None:
    """Count on from the first id: no row is read for it. Ids that are missing make a part shorter, never empty."""
    connection, job_id = opened.connection(), col(Job.id)
    query = select(func.max(job_id) if sort.startswith("-") else func.min(job_id))
    first: int | None = connection.execute(query.where(*begin)).scalar_one()
    if first is None:
        return None
    end = [max(first - size, 0) if sort.startswith("-") else min(first + size, MAX_ID)]
    return end if connection.execute(query.where(beyond(sort, end))).scalar_one() is not None else None
