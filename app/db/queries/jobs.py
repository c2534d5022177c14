"""The reads: one job with all that belongs to it, and pages of jobs that match a filter. Changes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.db.models import Job, StateCount
from app.db.queries.counts import COUNT_LIMIT
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.queries.cursors import before, beyond, cursor_of, in_order, read_cursor
from app.db.queries.filters import JobFilter
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.sql.column_types import table_of
from app.db.sql.sessions import lookup, session
from app.db.states import WAITING, State
from app.errors import NotFound

_IDS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs in order. `next`: pass it as `after` to get the following ones; None at the end."""

    items: list[JobSnapshot]
    next: str | None


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

    Raises:
        InvalidInput: `after` did not come from this list.
    """
    query = _listed(which, sort)
    if after is not None:
        query = query.where(beyond(sort, read_cursor(after, sort)))
    with lookup() as opened:
        rows = opened.exec(query.order_by(*in_order(sort)).limit(limit + 1)).all()
    page = rows[:limit]
    is_last = len(rows) <= limit or not page
    found = [JobSnapshot.from_row(row) for row in page]
    return JobPage(items=found, next=None if is_last else cursor_of(sort, page[-1]))


def position_of(which: JobFilter, *, after: str, sort: Sort = "-id", limit: int = 25) -> PagePosition:
    """Say where the page that begins `after` lies in its list; `limit`: how many jobs a page holds.

    Raises:
        InvalidInput: `after` did not come from this list.
    """
    query = _listed(which, sort).where(before(sort, read_cursor(after, sort)))
    earlier = query.with_only_columns(col(Job.id)).limit(COUNT_LIMIT + 1).subquery()
    with lookup() as opened:
        row = opened.exec(query.order_by(*in_order(sort, is_backwards=True)).offset(limit).limit(1)).first()
        found = opened.exec(select(func.count()).select_from(earlier)).one()
    return PagePosition(
        jobs_before=found if found <= COUNT_LIMIT else None,
        previous=None if row is None else cursor_of(sort, row),
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
    """Return the jobs with these ids that exist."""
    with lookup() as opened:
        rows = opened.connection().execute(table_of(Job).select().where(col(Job.id).in_(job_ids))).all()
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


def kinds_seen() -> list[str]:
    """Return the names of all kinds that ever ran here, also those whose file is gone."""
    with lookup() as opened:
        return sorted(opened.exec(select(StateCount.kind).distinct()).all())  # here, not by the database's language


def _listed(which: JobFilter, sort: Sort) -> SelectOfScalar[Job]:
    """Select the jobs that have a place in an order: those without its value (not started yet) have none."""
    query = select(Job).where(*which.conditions())
    return query if sort.lstrip("-") == "id" else query.where(col(getattr(Job, sort.lstrip("-"))).is_not(None))
