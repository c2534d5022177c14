"""Figures for the dashboard, read from the kept totals."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func
from sqlmodel import col, select

from app.db.clock import minute_of, now
from app.db.models.jobs import Job, MinuteCount
from app.db.queries.counts import COUNT_LIMIT, state_totals
from app.db.queries.filter_fields import IS_FAILED
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.sessions import lookup
from app.db.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The strip on top of the dashboard. `per_minute`: jobs finished in each of the last 60 minutes, oldest first.

    A job that failed and was retried has two ends: both count in `finished_today` and `per_minute`, but `failed_today`
    are the jobs that failed since `day_start` and still are failed, as the history lists them.
    """

    day_start: datetime

    running: int
    queued: int
    oldest_wait_seconds: float | None
    succeeded_today: int
    failed_today: int
    finished_today: int
    usual_finished_today: float | None
    """Mean of the same part of the same weekday in the four weeks before; None where there was none."""
    per_minute: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """How many jobs ended within an hour that begins `at`, by how they ended."""

    at: datetime
    succeeded: int
    failed: int
    cancelled: int


def summary(*, day_start: datetime) -> Summary:
    """Return the strip's figures; `day_start`: when today began for the person who looks."""
    totals = state_totals()
    at = now()
    with lookup() as opened:
        oldest = opened.exec(select(func.min(Job.queued_at)).where(col(Job.state) == State.QUEUED)).one()
        failed = select(func.count()).select_from(Job).where(IS_FAILED, col(Job.finished_at) >= day_start)
        failed_today = opened.exec(failed).one()
    today = _finished(day_start, at)
    before = [timedelta(weeks=weeks) for weeks in range(1, 5)]
    usual = [sum(_finished(day_start - ago, at - ago).values()) for ago in before]
    seen = [count for count in usual if count]
    return Summary(
        day_start=day_start,
        running=totals[State.RUNNING],
        queued=totals[State.QUEUED],
        oldest_wait_seconds=seconds_between(oldest, at),
        succeeded_today=today[State.SUCCEEDED],
        failed_today=failed_today,
        finished_today=sum(today.values()),
        usual_finished_today=sum(seen) / len(seen) if seen else None,
        per_minute=_per_minute(at),
    )


def throughput(*, hours: int = 24) -> list[Hour]:
    """Count the jobs that ended in each of the last `hours` full clock hours, the present one last.

    A job counts in the hour in which it ended last. A job that runs again, or was deleted, does not count. So these
    are the jobs that the history lists for that hour. Where more jobs ended than a page counts (`COUNT_LIMIT`), this
    holds for the failed jobs only; for the others the kept counts of ends stand in.
    """
    first = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    starts = [first + timedelta(hours=index) for index in range(hours)]
    ends = _ends_by_hour(starts)
    if sum(ends.values()) <= COUNT_LIMIT:
        found = _jobs_by_hour(starts, col(Job.finished_at) >= first)
    else:
        kept = Counter({key: total for key, total in ends.items() if key[1] is not State.FAILED})
        found = kept + _jobs_by_hour(starts, col(Job.finished_at) >= first, IS_FAILED)
    return [
        Hour(
            at=at,
            succeeded=found[index, State.SUCCEEDED],
            failed=found[index, State.FAILED],
            cancelled=found[index, State.CANCELLED],
        )
        for index, at in enumerate(starts)
    ]


def ended_since(since: datetime) -> dict[str, Counter[State]]:
    """Count the ends of jobs since the minute of an instant, by kind and how they ended, from the kept counts."""
    found: dict[str, Counter[State]] = {}
    query = (
        select(MinuteCount.kind, MinuteCount.state, func.sum(MinuteCount.total))
        .where(MinuteCount.minute >= minute_of(since))
        .group_by(MinuteCount.kind, MinuteCount.state)
    )
    with lookup() as opened:
        for kind, state, total in opened.exec(query).all():
            found.setdefault(kind, Counter())[State(state)] = int(total)
    return found


def _jobs_by_hour(starts: list[datetime], *which: ColumnElement[bool]) -> Counter[tuple[int, State]]:
    """Count the finished jobs by the place of their hour in `starts` and by state."""
    hour = case(*[(col(Job.finished_at) < at, index) for index, at in enumerate(starts[1:])], else_=len(starts) - 1)
    ended = select(hour.label("hour"), Job.state).where(*which).subquery()
    query = select(ended.c.hour, ended.c.state, func.count()).group_by(ended.c.hour, ended.c.state)
    with lookup() as opened:
        return Counter({(int(place), State(state)): int(total) for place, state, total in opened.exec(query).all()})


def _ends_by_hour(starts: list[datetime]) -> Counter[tuple[int, State]]:
    """Read the kept counts of ends, by the place of their hour in `starts` and by state."""
    hour = col(MinuteCount.minute) // 60
    query = (
        select(hour, col(MinuteCount.state), func.sum(MinuteCount.total))
        .where(col(MinuteCount.minute) >= minute_of(starts[0]))
        .group_by(hour, col(MinuteCount.state))
    )
    begin = minute_of(starts[0]) // 60
    with lookup() as opened:
        return Counter({(int(at) - begin, State(state)): int(total) for at, state, total in opened.exec(query).all()})


def _per_minute(at: datetime) -> list[int]:
    last = minute_of(at)
    query = (
        select(MinuteCount.minute, func.sum(MinuteCount.total))
        .where(col(MinuteCount.minute) > last - 60)
        .group_by(col(MinuteCount.minute))
    )
    with lookup() as opened:
        found = {int(minute): int(total) for minute, total in opened.exec(query).all()}
    return [found.get(minute, 0) for minute in range(last - 59, last + 1)]


def _finished(since: datetime, until: datetime) -> Counter[State]:
    query = (
        select(MinuteCount.state, func.sum(MinuteCount.total))
        .where(col(MinuteCount.minute) >= minute_of(since), col(MinuteCount.minute) <= minute_of(until))
        .group_by(MinuteCount.state)
    )
    with lookup() as opened:
        return Counter({State(state): int(total) for state, total in opened.exec(query).all()})
