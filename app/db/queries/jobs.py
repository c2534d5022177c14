"""The reads: one job with all that belongs to it, and pages of jobs that match a filter. Changes nothing."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.db.models.jobs import Job, StateCount
from app.db.queries.counts import COUNT_LIMIT, Count, count_jobs
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.queries.cursors import before, beyond, cursor_at, cursor_of, read_cursor
from app.db.queries.cursors import read_instant as read_instant
from app.db.queries.cursors import read_place as read_place
from app.db.queries.cursors import written_place as written_place
from app.db.queries.filters import JobFilter
from app.db.queries.finding.routes import Route, route_to
from app.db.queries.finding.walking import tally, walk
from app.db.queries.usual import LEARNED_FROM as LEARNED_FROM
from app.db.queries.usual import LONGER as LONGER
from app.db.queries.usual import longer_than as longer_than
from app.db.queries.usual import usual_seconds as usual_seconds
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.sql.column_types import table_of
from app.db.sql.sessions import lookup, session
from app.db.states import FINISHED, WAITING, State
from app.errors import NotFound

_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs in order. `next`: pass it as `after` to get the following ones; None at the end."""

    items: list[JobSnapshot]
    next: str | None
    is_cut_off: bool = False
    """Whether the search took too long: these are the first matches so far, and `next` goes on where it stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePosition:
    """Where a page lies in its list."""

    jobs_before: int | None
    """How many jobs stand before its first; None: more than `COUNT_LIMIT`."""
    previous: str | None
    """Where the page before it begins: pass it as `after`; None: at the beginning of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentRun:
    """One finished job of a kind, for the small bars."""

    id: int
    state: State
    run_seconds: float | None


def list_jobs(which: JobFilter, *, sort: Sort = "-id", limit: int = 25, after: str | None = None) -> JobPage:
    """Return one page of the jobs that match, by keyset: no page is slower than the first.

    Args:
        which: what narrows the list.
        sort: the order; `-` before it means backwards.
        limit: how many jobs a page has at most.
        after: the `next` of the page before; None: the first page.

    Raises:
        InvalidInput: `after` did not come from this list.
    """
    return _list(route_to(which), sort, limit, after)


def find_jobs(
    which: JobFilter, *, sort: Sort = "-id", limit: int = 25, after: str | None = None
) -> tuple[JobPage, Count]:
    """Return one page of the jobs that match, and how many match, which the page itself may tell.

    Args:
        which, sort, limit, after: as `list_jobs`.

    Raises:
        InvalidInput: `after` did not come from this list.
    """
    began = time.monotonic()
    route = route_to(which)
    page = _list(route, sort, limit, after)
    if after is None and page.next is None and sort in ("id", "-id"):
        return page, Count(count=len(page.items), is_exact=True)
    count = count_jobs(which, route=route, waited=time.monotonic() - began)
    return page, count if count.is_exact else replace(count, count=max(count.count, len(page.items)))


def _list(route: Route, sort: Sort, limit: int, after: str | None) -> JobPage:
    place = None if after is None else read_cursor(after, sort)
    query = _listed(route, sort)
    if not route.is_short:
        walked = walk(query, route, sort, place=place, limit=limit + 1)
        return _page(walked.rows, sort, limit, stopped_at=walked.stopped_at)
    if place is not None:
        query = query.where(beyond(sort, place))
    with lookup() as opened:
        rows = opened.exec(route.first_of(query, sort, limit=limit + 1)).all()
    return _page(rows, sort, limit)


def _page(rows: Sequence[Job], sort: Sort, limit: int, *, stopped_at: list[Any] | None = None) -> JobPage:
    page = rows[:limit]
    found = [JobSnapshot.from_row(row) for row in page]
    if stopped_at is not None:
        return JobPage(items=found, next=cursor_at(sort, stopped_at), is_cut_off=True)
    is_last = len(rows) <= limit or not page
    return JobPage(items=found, next=None if is_last else cursor_of(sort, page[-1]))


def position_of(which: JobFilter, *, after: str, sort: Sort = "-id", limit: int = 25) -> PagePosition:
    """Say where the page that begins `after` lies in its list; `limit`: how many jobs a page holds.

    Raises:
        InvalidInput: `after` did not come from this list.
    """
    route, place = route_to(which), read_cursor(after, sort)
    query = _listed(route, sort)
    if route.is_short:
        earlier = query.where(before(sort, place))
        with lookup() as opened:
            rows = opened.exec(route.first_of(earlier, sort, limit=limit + 1, is_back=True)).all()
    else:
        rows = walk(query, route, sort, place=place, limit=limit + 1, is_back=True).rows
    found = tally(route, most=COUNT_LIMIT, sort=sort, place=place, is_back=True)
    return PagePosition(
        jobs_before=found.count if found.is_exact and found.count <= COUNT_LIMIT else None,
        previous=None if len(rows) <= limit else cursor_of(sort, rows[-1]),
    )


def matching_ids(which: JobFilter, ids: Collection[int]) -> set[int]:
    """Return those of some jobs that match."""
    query = select(Job.id).where(*which.conditions())
    listed, found = sorted(ids), set[int]()
    with lookup() as opened:
        for begin in range(0, len(listed), _IDS_AT_ONCE):
            some = listed[begin : begin + _IDS_AT_ONCE]
            found.update(job_id or 0 for job_id in opened.exec(query.where(col(Job.id).in_(some))))
    return found


def list_matching(
    which: JobFilter, *, after: int = 0, limit: int = 5000, is_for_job: bool = False
) -> list[tuple[int, State]]:
    """Return id and state of the jobs that match, the lowest id first.

    Args:
        which: which jobs.
        after: the last id of the page before.
        limit: at most so many.
        is_for_job: a job asks and no person waits, so the read may take long.
    """
    query = select(Job.id, Job.state).where(*which.conditions(), col(Job.id) > after)
    with session() if is_for_job else lookup() as opened:
        rows = opened.exec(query.order_by(col(Job.id)).limit(limit)).all()
    return [(job_id or 0, State(state)) for job_id, state in rows]


def newest_id() -> int:
    """Return the highest id of all jobs; 0: there is none."""
    with lookup() as opened:
        return opened.exec(select(func.max(Job.id))).one() or 0


def get_job(job_id: int) -> JobSnapshot:
    """Return a job.

    Raises:
        NotFound: there is no such job.
    """
    row = None
    if 0 < job_id <= MAX_ID:
        with lookup() as opened:
            row = opened.get(Job, job_id)
    if row is None:
        raise NotFound(f"There is no job #{job_id}.", hint="It may have been deleted.")
    return JobSnapshot.from_row(row)


def get_jobs(job_ids: Sequence[int]) -> list[JobSnapshot]:
    """Return the jobs with these ids that exist, by their ids."""
    query = table_of(Job).select().where(col(Job.id).in_(job_ids)).order_by(col(Job.id))
    with lookup() as opened:
        rows = opened.connection().execute(query).all()
    return [Change(row=row).job for row in rows]


def list_active(limit: int = 50) -> list[JobSnapshot]:
    """Return unfinished jobs: the running ones first (oldest first), then what waits, soonest first."""
    with lookup() as opened:
        running = opened.exec(
            select(Job).where(col(Job.state) == State.RUNNING).order_by(col(Job.id)).limit(limit)
        ).all()
        waiting = opened.exec(
            select(Job)
            .where(col(Job.state).in_((State.QUEUED, State.RETRYING)))
            .order_by(col(Job.state), col(Job.id))
            .limit(limit - len(running))
        ).all()
    return [JobSnapshot.from_row(row) for row in (*running, *waiting)]


def recent_runs(kinds: Sequence[str], *, per_kind: int = 12) -> dict[str, list[RecentRun]]:
    """Return the latest finished jobs of each kind, oldest first."""
    found: dict[str, list[RecentRun]] = {}
    with lookup() as opened:
        for kind in kinds:
            query = (
                select(Job.id, Job.state, Job.run_seconds)
                .where(col(Job.kind) == kind, col(Job.state).not_in((*WAITING, State.RUNNING)))
                .order_by(col(Job.id).desc())
                .limit(per_kind)
            )
            rows = opened.exec(query).all()
            found[kind] = [
                RecentRun(id=job_id or 0, state=State(state), run_seconds=seconds)
                for job_id, state, seconds in reversed(rows)
            ]
    return found


def earlier_run(job: JobSnapshot, *, is_success: bool) -> int | None:
    """Return the job that ran before: of which this one is the repetition, else the last one of its kind.

    Args:
        job: which.
        is_success: only one that succeeded.

    Returns:
        Its id; None: there is none.
    """
    states = [State.SUCCEEDED] if is_success else [*FINISHED]
    with lookup() as opened:
        if job.retry_of is not None and not is_success and opened.get(Job, job.retry_of) is not None:
            return job.retry_of
        wanted = (col(Job.kind) == job.kind, col(Job.state).in_(states), col(Job.id) < job.id)
        return opened.exec(select(Job.id).where(*wanted).order_by(col(Job.id).desc()).limit(1)).first()


def neighbour(which: JobFilter, job: JobSnapshot, *, sort: Sort, step: int) -> int | None:
    """Return the job that stands beside another in a list.

    Args:
        which: the list; the job need not be in it.
        job: from which on is looked.
        sort: the order; where the job has no place in it (it has not started yet), the newest first.
        step: 1: behind it; -1: before it.

    Returns:
        Its id; None: there is none.
    """
    name = sort.lstrip("-")
    if name != "id" and getattr(job, name) is None:
        sort = "-id"
    if step < 0:
        sort = cast("Sort", sort[1:] if sort.startswith("-") else f"-{sort}")
    value = [] if sort.lstrip("-") == "id" else [getattr(job, sort.lstrip("-"))]
    found = list_jobs(which, sort=sort, limit=1, after=cursor_at(sort, [*value, job.id])).items
    return found[0].id if found else None


def kinds_seen() -> list[str]:
    """Return the names of all kinds that ever ran here, also those whose file is gone."""
    with lookup() as opened:
        return sorted(opened.exec(select(StateCount.kind).distinct()).all())  # here, not by the database's language


def _listed(route: Route, sort: Sort) -> SelectOfScalar[Job]:
    """Select the jobs that have a place in an order: those without its value (not started yet) have none."""
    query = select(Job).where(*route.conditions)
    return query if sort.lstrip("-") == "id" else query.where(col(getattr(Job, sort.lstrip("-"))).is_not(None))
