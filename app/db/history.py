"""The reads: one job with all that belongs to it, and pages of jobs that match a filter. Changes nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, or_, tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.db.change import Change
from app.db.engine import session
from app.db.models import (
    WAITING,
    ArtifactRow,
    AttemptRow,
    Job,
    LogLineRow,
    State,
    StateCount,
    TransitionRow,
    table_of,
)
from app.db.order import MAX_ID as MAX_ID
from app.db.order import SORTS as SORTS
from app.db.order import Sort as Sort
from app.db.order import before, beyond, cursor_of, in_order, read_cursor
from app.db.snapshot import LEVEL_NUMBERS, Artifact, Attempt, JobSnapshot, LogLine, Transition
from app.errors import NotFound

COUNT_LIMIT = 10_000
"""A filtered count stops here and says that there are more."""
_IDS_AT_ONCE = 500
# NOTE: the condition of the partial index ix_job_failed in app/db/schema.py; SQLite wants it as a literal.
IS_FAILED: ColumnElement[bool] = col(Job.state) == literal_column(f"'{State.FAILED}'")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs. Empty fields filter nothing; `text`: words that must all occur; `since` and `until` compare with
    `created_at`, `finished_since` with when a job ended as it stands now.
    """

    states: frozenset[State] = frozenset()
    kind: str | None = None
    queue: str | None = None
    parent_id: int | None = None
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    finished_since: datetime | None = None
    max_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Some jobs in order. `next`: pass it as `after` to get the following ones; None at the end."""

    items: list[JobSnapshot]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a page lies in its list."""

    jobs_before: int | None
    """How many jobs stand before its first; None: more than `COUNT_LIMIT`."""
    previous: str | None
    """Where the page before it begins: pass it as `after`; None: at the beginning of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedPage:
    """Jobs that changed. `at` and `after_id` say where the next page begins."""

    items: list[JobSnapshot]
    at: datetime
    after_id: int
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many jobs match; where `is_exact` is false, at least that many."""

    count: int
    is_exact: bool


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
    with session() as opened:
        rows = opened.exec(query.order_by(*in_order(sort)).limit(limit + 1)).all()
    page = rows[:limit]
    is_last = len(rows) <= limit or not page
    found = [JobSnapshot.from_row(row) for row in page]
    return JobPage(items=found, next=None if is_last else cursor_of(sort, page[-1]))


def place_of(which: JobFilter, *, after: str, sort: Sort = "-id", limit: int = 25) -> Place:
    """Say where the page that begins `after` lies in its list; `limit`: how many jobs a page holds.

    Raises:
        InvalidInput: `after` did not come from this list.
    """
    query = _listed(which, sort).where(before(sort, read_cursor(after, sort)))
    earlier = query.with_only_columns(col(Job.id)).limit(COUNT_LIMIT + 1).subquery()
    with session() as opened:
        row = opened.exec(query.order_by(*in_order(sort, is_backwards=True)).offset(limit).limit(1)).first()
        found = opened.exec(select(func.count()).select_from(earlier)).one()
    return Place(
        jobs_before=found if found <= COUNT_LIMIT else None,
        previous=None if row is None else cursor_of(sort, row),
    )


def count_jobs(which: JobFilter) -> Count:
    """Count the jobs that match: from the kept totals where they can tell, else up to `COUNT_LIMIT`."""
    if which == JobFilter(states=which.states, kind=which.kind):
        totals = state_totals(kind=which.kind)
        return Count(count=sum(totals[state] for state in which.states or State), is_exact=True)
    matching = select(Job.id).where(*_conditions(which)).limit(COUNT_LIMIT + 1).subquery()
    with session() as opened:
        found = opened.exec(select(func.count()).select_from(matching)).one()
    return Count(count=min(found, COUNT_LIMIT), is_exact=found <= COUNT_LIMIT)


def count_by_state(which: JobFilter) -> dict[State, int] | None:
    """Count the jobs that match in each state, whichever states the filter wants; None: more than `COUNT_LIMIT`."""
    which = replace(which, states=frozenset())
    if which == JobFilter(kind=which.kind):
        return state_totals(kind=which.kind)
    matching = select(Job.state).where(*_conditions(which)).limit(COUNT_LIMIT + 1).subquery()
    with session() as opened:
        rows = opened.exec(select(matching.c.state, func.count()).group_by(matching.c.state)).all()
    found = {State(state): int(total) for state, total in rows}
    return {state: found.get(state, 0) for state in State} if sum(found.values()) <= COUNT_LIMIT else None


def matching_ids(which: JobFilter, ids: Collection[int]) -> set[int]:
    """Return those of some jobs that match."""
    query = select(Job.id).where(*_conditions(which))
    listed, found = sorted(ids), set[int]()
    with session() as opened:
        for begin in range(0, len(listed), _IDS_AT_ONCE):
            some = listed[begin : begin + _IDS_AT_ONCE]
            found.update(job_id or 0 for job_id in opened.exec(query.where(col(Job.id).in_(some))))
    return found


def list_matching(which: JobFilter, *, after: int = 0, limit: int = 5000) -> list[tuple[int, State]]:
    """Return id and state of the jobs that match, the lowest id first; `after`: the last id of the page before."""
    query = select(Job.id, Job.state).where(*_conditions(which), col(Job.id) > after)
    with session() as opened:
        rows = opened.exec(query.order_by(col(Job.id)).limit(limit)).all()
    return [(job_id or 0, State(state)) for job_id, state in rows]


def newest_id() -> int:
    """Return the highest id of all jobs; 0: there is none."""
    with session() as opened:
        return opened.exec(select(func.max(Job.id))).one() or 0


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
    with session() as opened:
        found = {State(state): int(total) for state, total in opened.exec(query).all()}
    return {state: max(0, found.get(state, 0)) for state in State}


def get_job(job_id: int) -> JobSnapshot:
    """Return a job.

    Raises:
        NotFound: there is no such job.
    """
    row = None
    if 0 < job_id <= MAX_ID:
        with session() as opened:
            row = opened.get(Job, job_id)
    if row is None:
        raise NotFound(f"There is no job #{job_id}.", hint="It may have been deleted.")
    return JobSnapshot.from_row(row)


def get_jobs(job_ids: Sequence[int]) -> list[JobSnapshot]:
    """Return those of these jobs that exist."""
    with session() as opened:
        rows = opened.connection().execute(table_of(Job).select().where(col(Job.id).in_(job_ids))).all()
    return [Change(row=row).job for row in rows]


def list_changed(since: datetime, *, after_id: int = 0, limit: int = 500) -> ChangedPage:
    """Return the present state of jobs that changed, in the order in which they did, each once on a page.

    Args:
        since: an instant, or `ChangedPage.at` of the page before.
        after_id: 0, or `ChangedPage.after_id` of the page before.
        limit: at most so many changes on a page.
    """
    place = tuple_(col(TransitionRow.at), col(TransitionRow.id))
    query = (
        select(TransitionRow.at, TransitionRow.id, TransitionRow.job_id)
        .where(place > (since, after_id))
        .order_by(col(TransitionRow.at), col(TransitionRow.id))
        .limit(limit)
    )
    with session() as opened:
        moves = opened.exec(query).all()
    at, last_id = (moves[-1][0], moves[-1][1] or 0) if moves else (since, after_id)
    by_id = {job.id: job for job in get_jobs(list({move[2] for move in moves}))}
    order = dict.fromkeys(move[2] for move in moves if move[2] in by_id)
    return ChangedPage(items=[by_id[job_id] for job_id in order], at=at, after_id=last_id, is_last=len(moves) < limit)


def list_attempts(job_id: int) -> list[Attempt]:
    """Return a job's attempts, oldest first."""
    query = select(AttemptRow).where(col(AttemptRow.job_id) == job_id).order_by(col(AttemptRow.number))
    with session() as opened:
        return [Attempt.from_row(row) for row in opened.exec(query).all()]


def list_transitions(job_id: int) -> list[Transition]:
    """Return a job's transitions, oldest first."""
    query = select(TransitionRow).where(col(TransitionRow.job_id) == job_id).order_by(col(TransitionRow.id))
    with session() as opened:
        return [Transition.from_row(row) for row in opened.exec(query).all()]


def list_artifacts(job_id: int) -> list[Artifact]:
    """Return the files that a job attached, oldest first."""
    query = select(ArtifactRow).where(col(ArtifactRow.job_id) == job_id).order_by(col(ArtifactRow.id))
    with session() as opened:
        return [Artifact.from_row(row) for row in opened.exec(query).all()]


def list_log(
    job_id: int,
    *,
    after: int = 0,
    limit: int = 500,
    level: str | None = None,
    text: str = "",
    attempt: int | None = None,
    tail: bool = False,
) -> list[LogLine]:
    """Return lines of a job's log in order.

    Args:
        job_id: whose log; an unknown job has an empty one.
        after: only lines with a higher `seq`.
        limit: at most so many.
        level: this level and worse ("debug", "info", "warning", "error").
        text: only lines that contain it (ASCII letters match in either case).
        attempt: only lines of this attempt.
        tail: the last `limit` lines rather than the first.
    """
    query = select(LogLineRow).where(col(LogLineRow.job_id) == job_id, col(LogLineRow.seq) > after)
    if level is not None:
        query = query.where(col(LogLineRow.level) >= LEVEL_NUMBERS[level])
    if text:
        query = query.where(col(LogLineRow.text).icontains(text, autoescape=True))
    if attempt is not None:
        query = query.where(col(LogLineRow.attempt) == attempt)
    order = col(LogLineRow.seq).desc() if tail else col(LogLineRow.seq).asc()
    with session() as opened:
        rows = list(opened.exec(query.order_by(order).limit(limit)).all())
    if tail:
        rows.reverse()
    return [LogLine.from_row(row) for row in rows]


def list_active(limit: int = 50) -> list[JobSnapshot]:
    """Return unfinished jobs: the running ones first (oldest first), then what waits, soonest first."""
    with session() as opened:
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


def count_ahead(job: JobSnapshot) -> int:
    """Count the queued jobs of the same queue that were started before a queued one, up to `COUNT_LIMIT`."""
    ahead = (
        select(Job.id)
        .where(col(Job.state) == State.QUEUED, col(Job.queue) == job.queue, col(Job.id) < job.id)
        .limit(COUNT_LIMIT)
        .subquery()
    )
    with session() as opened:
        return opened.exec(select(func.count()).select_from(ahead)).one()


def recent_runs(kinds: Sequence[str], *, per_kind: int = 12) -> dict[str, list[RecentRun]]:
    """Return the latest finished jobs of each kind, oldest first."""
    found: dict[str, list[RecentRun]] = {}
    with session() as opened:
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
    with session() as opened:
        return sorted(opened.exec(select(StateCount.kind).distinct()).all())  # here, not by the database's language


def _listed(which: JobFilter, sort: Sort) -> SelectOfScalar[Job]:
    """Select the jobs that have a place in an order: those without its value (not started yet) have none."""
    query = select(Job).where(*_conditions(which))
    return query if sort.lstrip("-") == "id" else query.where(col(getattr(Job, sort.lstrip("-"))).is_not(None))


def _conditions(which: JobFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if which.states == {State.FAILED}:
        conditions.append(IS_FAILED)
    elif which.states:
        conditions.append(col(Job.state).in_(sorted(which.states)))
    if which.kind is not None:
        conditions.append(col(Job.kind) == which.kind)
    if which.queue is not None:
        conditions.append(col(Job.queue) == which.queue)
    if which.parent_id is not None:
        conditions.append(col(Job.parent_id) == which.parent_id)
    if which.since is not None:
        conditions.append(col(Job.created_at) >= which.since)
    if which.until is not None:
        conditions.append(col(Job.created_at) < which.until)
    if which.finished_since is not None:
        conditions.append(col(Job.finished_at) >= which.finished_since)
    if which.max_id is not None:
        conditions.append(col(Job.id) <= which.max_id)
    conditions.extend(_has_word(word) for word in which.text.replace("\0", " ").casefold().split())
    return conditions


def _has_word(word: str) -> ColumnElement[bool]:
    """Look for a word in what is searchable; a number, as `#12` or `12`, is also looked for as a job's id."""
    found = col(Job.search_text).contains(word, autoescape=True)
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits) <= MAX_ID:
        return or_(found, col(Job.id) == int(digits))
    return found
