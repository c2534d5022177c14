"""Figures for the dashboard, read from the kept totals."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import func
from sqlmodel import col, select

from app.db.counters import minute_of
from app.db.engine import now, session
from app.db.history import IS_FAILED, state_totals
from app.db.models import Job, MinuteCount, ProcessRow, State

BEAT_SECONDS = 2.0
"""How often a process writes its heartbeat."""
SILENT_SECONDS = 10.0
"""A process that was not heard for so long counts as gone."""


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
    busy_threads: int
    total_threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """Jobs that ended within an hour that begins `at`."""

    at: datetime
    succeeded: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStatus:
    """A worker process as last heard of."""

    id: str
    name: str
    machine: str
    pid: int
    threads: int
    queues: list[str]
    running_job_ids: list[int]
    """As the jobs' rows say: a heartbeat would be two seconds old."""
    abandoned_threads: int
    started_at: datetime
    seen_seconds_ago: float
    is_alive: bool


def summary(*, day_start: datetime) -> Summary:
    """Return the strip's figures; `day_start`: when today began for the person who looks."""
    totals = state_totals()
    at = now()
    with session() as opened:
        oldest = opened.exec(select(func.min(Job.queued_at)).where(col(Job.state) == State.QUEUED)).one()
        failed = select(func.count()).select_from(Job).where(IS_FAILED, col(Job.finished_at) >= day_start)
        failed_today = opened.exec(failed).one()
    today = _finished(day_start, at)
    before = [timedelta(weeks=weeks) for weeks in range(1, 5)]
    usual = [sum(_finished(day_start - ago, at - ago).values()) for ago in before]
    alive = [worker for worker in workers() if worker.is_alive]
    seen = [count for count in usual if count]
    return Summary(
        day_start=day_start,
        running=totals[State.RUNNING],
        queued=totals[State.QUEUED],
        oldest_wait_seconds=max(0.0, (at - oldest).total_seconds()) if oldest else None,
        succeeded_today=today[State.SUCCEEDED],
        failed_today=failed_today,
        finished_today=sum(today.values()),
        usual_finished_today=sum(seen) / len(seen) if seen else None,
        per_minute=_per_minute(at),
        busy_threads=sum(len(worker.running_job_ids) for worker in alive),
        total_threads=sum(worker.threads for worker in alive),
    )


def throughput(*, hours: int = 24) -> list[Hour]:
    """Return the jobs that succeeded and failed in each of the last `hours` full clock hours, the present one last."""
    first = now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours - 1)
    hour = col(MinuteCount.minute) // 60
    query = (
        select(hour, col(MinuteCount.state), func.sum(MinuteCount.total))
        .where(col(MinuteCount.minute) >= minute_of(first))
        .group_by(hour, col(MinuteCount.state))
    )
    with session() as opened:
        found = {(int(at), State(state)): int(total) for at, state, total in opened.exec(query).all()}
    begin = minute_of(first) // 60
    return [
        Hour(
            at=datetime.fromtimestamp((begin + index) * 3600, UTC),
            succeeded=found.get((begin + index, State.SUCCEEDED), 0),
            failed=found.get((begin + index, State.FAILED), 0),
        )
        for index in range(hours)
    ]


def workers() -> list[WorkerStatus]:
    """Return the worker processes, by name."""
    return _processes("worker")


def schedulers() -> list[WorkerStatus]:
    """Return the scheduler processes, by name."""
    return _processes("scheduler")


def _processes(role: str) -> list[WorkerStatus]:
    at = now()
    query = select(ProcessRow).where(col(ProcessRow.role) == role).order_by(col(ProcessRow.name), col(ProcessRow.id))
    running: dict[str | None, list[int]] = {}
    with session() as opened:
        rows = opened.exec(query).all()
        for worker_id, job_id in opened.exec(select(Job.worker_id, Job.id).where(col(Job.state) == State.RUNNING)):
            running.setdefault(worker_id, []).append(cast("int", job_id))
    found = []
    for row in rows:
        silent = max(0.0, (at - row.beat_at).total_seconds())
        found.append(
            WorkerStatus(
                id=row.id,
                name=row.name,
                machine=row.machine,
                pid=row.pid,
                threads=row.threads,
                queues=row.queues,
                running_job_ids=running.get(row.id, []),
                abandoned_threads=row.abandoned,
                started_at=row.started_at,
                seen_seconds_ago=silent,
                is_alive=silent < SILENT_SECONDS,
            )
        )
    return found


def _per_minute(at: datetime) -> list[int]:
    last = minute_of(at)
    query = (
        select(MinuteCount.minute, func.sum(MinuteCount.total))
        .where(col(MinuteCount.minute) > last - 60)
        .group_by(col(MinuteCount.minute))
    )
    with session() as opened:
        found = {int(minute): int(total) for minute, total in opened.exec(query).all()}
    return [found.get(minute, 0) for minute in range(last - 59, last + 1)]


def _finished(since: datetime, until: datetime) -> Counter[State]:
    query = (
        select(MinuteCount.state, func.sum(MinuteCount.total))
        .where(col(MinuteCount.minute) >= minute_of(since), col(MinuteCount.minute) <= minute_of(until))
        .group_by(MinuteCount.state)
    )
    with session() as opened:
        return Counter({State(state): int(total) for state, total in opened.exec(query).all()})
