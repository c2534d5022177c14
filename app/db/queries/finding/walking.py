"""Walks an order of all jobs, some thousand at a time, and stops when it has taken too long: it then knows where."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from app.db.models.jobs import Job
from app.db.queries.cursors import Sort, before, beyond, in_order
from app.db.queries.finding.routes import Route
from app.db.sql.sessions import lookup
from app.db.states import State

CUT_OFF_SECONDS = 0.8
"""Who searches sees what was found by then; the rest of a second is for counting and sending."""
COUNT_SECONDS = 0.04
"""A count that took so long is a number of jobs at the least."""
_FIRST_STRETCH, _MOST_AT_ONCE = 4_000, 32_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What was found. `stopped_at`: the place in the order up to which was searched; None: all of it was."""

    rows: list[Job]
    stopped_at: list[Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many jobs were counted by state; where `is_exact` is false there may be more."""

    by_state: dict[State, int]
    is_exact: bool

    @property
    def count(self) -> int:
        """How many of all states."""
        return sum(self.by_state.values())


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
        for stretch in _stretches(opened, sort, place, is_back=is_back):
            within = hinted.where(*stretch.conditions).order_by(*in_order(sort, is_backwards=is_back))
            found += opened.exec(within.limit(limit - len(found))).all()
            if len(found) >= limit or stretch.end is None:
                return Walked(rows=found, stopped_at=None)
            if time.monotonic() > deadline:
                return Walked(rows=found, stopped_at=stretch.end)
    return Walked(rows=found, stopped_at=None)


def tally(
    route: Route, *, most: int, sort: Sort = "-id", place: list[Any] | None = None, is_back: bool = False
) -> Tally:
    """Count the jobs that match, up to `most` and for `COUNT_SECONDS`; the other arguments are those of `walk`."""
    deadline = time.monotonic() + COUNT_SECONDS
    counted = dict.fromkeys(State, 0)
    query = select(col(Job.state), func.count()).where(*route.conditions).group_by(col(Job.state))
    with lookup() as opened:
        if place is not None and sort.lstrip("-") != "id":
            query = query.where(col(getattr(Job, sort.lstrip("-"))).is_not(None))
        if route.is_short and route.conditions:
            if place is not None:
                query = query.where(before(sort, place) if is_back else beyond(sort, place))
            _add(counted, opened, route.hinted(query))
            return Tally(by_state=counted, is_exact=True)
        hinted = route.hinted(query, None if sort.lstrip("-") == "id" else _index_of(sort))
        for stretch in _stretches(opened, sort, place, is_back=is_back):
            _add(counted, opened, hinted.where(*stretch.conditions))
            if stretch.end is None:
                return Tally(by_state=counted, is_exact=True)
            if sum(counted.values()) > most or time.monotonic() > deadline:
                break
    return Tally(by_state=counted, is_exact=False)


def _add(counted: dict[State, int], opened: Session, query: Any) -> None:
    for state, number in opened.connection().execute(query):
        counted[State(state)] += number


def _index_of(sort: Sort) -> str:
    return f"ix_job_{sort.lstrip('-')}_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """A part of an order: its conditions, and the place of its last job; None: it reaches to the end."""

    conditions: list[ColumnElement[bool]]
    end: list[Any] | None


def _stretches(opened: Session, sort: Sort, place: list[Any] | None, *, is_back: bool) -> Iterator[_Stretch]:
    """Cut an order into parts, each up to twice as long as the one before."""
    ahead: Any = sort if not is_back else sort.lstrip("-") if sort.startswith("-") else f"-{sort}"
    size = _FIRST_STRETCH
    begin = [] if place is None else [before(sort, place) if is_back else beyond(sort, place)]
    while True:
        end = _end_of(opened, ahead, begin, size)
        yield _Stretch(conditions=begin if end is None else [*begin, before(ahead, end)], end=end)
        if end is None:
            return
        begin, size = [beyond(ahead, end)], min(size * 2, _MOST_AT_ONCE)


def _end_of(opened: Session, sort: Sort, begin: list[ColumnElement[bool]], size: int) -> list[Any] | None:
    """Find the job that is so many places on, by the order's index alone; None: there are fewer."""
    name = sort.lstrip("-")
    columns = [col(Job.id)] if name == "id" else [col(getattr(Job, name)), col(Job.id)]
    query = select(*columns).where(*begin).order_by(*in_order(sort)).offset(size).limit(1)
    if name == "id":
        query = query.with_hint(Job, "NOT INDEXED", "sqlite")
    else:
        query = query.where(col(getattr(Job, name)).is_not(None)).with_hint(
            Job, f"INDEXED BY {_index_of(sort)}", "sqlite"
        )
    row = opened.connection().execute(query).first()
    return None if row is None else list(row)
