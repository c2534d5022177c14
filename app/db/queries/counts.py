"""How many jobs there are, from the kept totals where these can tell."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import func
from sqlmodel import col, select

from app.db.models.jobs import Job
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.queries.filters import JobFilter
from app.db.queries.finding.routes import Route, route_to
from app.db.queries.finding.totals import kind_totals as kind_totals
from app.db.queries.finding.totals import state_totals as state_totals
from app.db.queries.finding.totals import totals_by_kind as totals_by_kind
from app.db.queries.finding.walking import tally
from app.db.snapshots.job import JobSnapshot
from app.db.sql.sessions import lookup, session
from app.db.states import State

_IDS_AT_ONCE = 500
COUNT_LIMIT = 10_000
"""A filtered count stops here and says that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many jobs match; where `is_exact` is false, at least that many."""

    count: int
    is_exact: bool


def count_jobs(which: JobFilter, *, route: Route | None = None, waited: float = 0.0) -> Count:
    """Count the jobs that match: from the kept totals where they can tell, else up to `COUNT_LIMIT`, or what a moment's
    count finds. `route`: the way to them, where it is known; `waited`: seconds that who asks has waited already.
    """
    if which == JobFilter(states=which.states, kind=which.kind):
        totals = state_totals(kind=which.kind)
        return Count(count=sum(totals[state] for state in which.states or State), is_exact=True)
    found = tally(route or route_to(which), most=COUNT_LIMIT, waited=waited)
    return Count(count=min(found.count, COUNT_LIMIT), is_exact=found.is_exact and found.count <= COUNT_LIMIT)


def count_by_state(which: JobFilter) -> dict[State, int] | None:
    """Count the jobs of each state that match, as if the filter named no states; None: too many for that."""
    which = replace(which, states=frozenset())
    if which == JobFilter(kind=which.kind):
        return state_totals(kind=which.kind)
    found = tally(route_to(which), most=COUNT_LIMIT, by_state=True)
    return found.by_state if found.is_exact and found.count <= COUNT_LIMIT else None


def count_states(job_ids: Sequence[int]) -> Counter[State]:
    """Count some jobs by their states; those that are gone are in none. For jobs that wait for others."""
    counted = Counter[State]()
    with session() as opened:
        for first in range(0, len(job_ids), _IDS_AT_ONCE):
            ids = job_ids[first : first + _IDS_AT_ONCE]
            query = select(Job.state, func.count()).where(col(Job.id).in_(ids)).group_by(col(Job.state))
            counted.update({State(state): number for state, number in opened.exec(query).all()})
    return counted


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
