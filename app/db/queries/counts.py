"""How many jobs there are, from the kept totals where these can tell."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from app.db.models import Job, StateCount
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.queries.filters import JobFilter
from app.db.snapshots.job import JobSnapshot
from app.db.sql.sessions import lookup, session
from app.db.states import State

COUNT_LIMIT = 10_000
"""A filtered count stops here and says that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many jobs match; where `is_exact` is false, at least that many."""

    count: int
    is_exact: bool


def count_jobs(which: JobFilter) -> Count:
    """Count the jobs that match: from the kept totals where they can tell, else up to `COUNT_LIMIT`."""
    if which == JobFilter(states=which.states, kind=which.kind):
        totals = state_totals(kind=which.kind)
        return Count(count=sum(totals[state] for state in which.states or State), is_exact=True)
    matching = select(Job.id).where(*which.conditions()).limit(COUNT_LIMIT + 1).subquery()
    with lookup() as opened:
        found = opened.exec(select(func.count()).select_from(matching)).one()
    return Count(count=min(found, COUNT_LIMIT), is_exact=found <= COUNT_LIMIT)


def count_by_state(which: JobFilter) -> dict[State, int] | None:
    """Count the jobs of each state that match, as if the filter named no states; None: more than `COUNT_LIMIT`."""
    which = replace(which, states=frozenset())
    if which == JobFilter(kind=which.kind):
        return state_totals(kind=which.kind)
    matching = select(Job.state).where(*which.conditions()).limit(COUNT_LIMIT + 1).subquery()
    with lookup() as opened:
        rows = opened.exec(select(matching.c.state, func.count()).group_by(matching.c.state)).all()
    found = {State(state): int(total) for state, total in rows}
    return {state: found.get(state, 0) for state in State} if sum(found.values()) <= COUNT_LIMIT else None


def count_finished(before: datetime) -> int:
    """Count the jobs that finished before an instant, from the index. For jobs: pages count nothing."""
    query = select(func.count()).select_from(Job).where(col(Job.finished_at) < before)
    with session() as opened:
        return opened.exec(query).one()


def state_totals(*, kind: str | None = None) -> dict[State, int]:
    """Return how many jobs are in each state, from the kept totals."""
    query = select(StateCount.state, func.sum(StateCount.total)).group_by(StateCount.state)
    if kind is not None:
        query = query.where(StateCount.kind == kind)
    with lookup() as opened:
        found = {State(state): int(total) for state, total in opened.exec(query).all()}
    return {state: max(0, found.get(state, 0)) for state in State}


def totals_by_kind() -> dict[str, dict[State, int]]:
    """Return how many jobs of each kind that ever ran here are in each state, from the kept totals."""
    found: dict[str, dict[State, int]] = {}
    with lookup() as opened:
        for kind, state, total in opened.exec(select(StateCount.kind, StateCount.state, StateCount.total)).all():
            found.setdefault(kind, dict.fromkeys(State, 0))[State(state)] = max(0, int(total))
    return found


def kind_totals() -> dict[str, int]:
    """Return how many jobs there are of each kind that ever ran here, by name, from the kept totals."""
    query = select(StateCount.kind, func.sum(StateCount.total)).group_by(StateCount.kind)
    with lookup() as opened:
        return {kind: max(0, int(total)) for kind, total in sorted(opened.exec(query).all())}


def count_ahead(job: JobSnapshot) -> int:
    """Count the queued jobs of the same queue that were started before a queued one, up to `COUNT_LIMIT`."""
    ahead = (
        select(Job.id)
        .where(col(Job.state) == State.QUEUED, col(Job.queue) == job.queue, col(Job.id) < job.id)
        .limit(COUNT_LIMIT)
        .subquery()
    )
    with lookup() as opened:
        return opened.exec(select(func.count()).select_from(ahead)).one()
