"""Which workers and schedulers live."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import func
from sqlmodel import col, select

from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.models.jobs import Job
from app.db.sql.engine import engine
from app.db.sql.sessions import lookup, session
from app.db.states import Asked, State

BEAT_SECONDS = 2.0
"""How often a process writes its heartbeat."""
SILENT_SECONDS = 10.0
"""A process that was not heard for so long counts as gone."""
CLOCK_SECONDS = 2.0
"""Clocks that are further apart than this write times that contradict each other."""
NO_SCHEDULER = "No scheduler is running: schedules start no jobs."


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
    """Taken from the rows of the jobs, for a heartbeat may be two seconds old."""
    abandoned_threads: int
    started_at: datetime
    seen_seconds_ago: float
    is_alive: bool
    asked: Asked = Asked.NONE
    """What it was asked to do."""
    asked_by: str = ""
    busy_ratio: float = 0.0
    """How much of the time of its threads was used in the last minute or so, 0 to 1."""
    memory_bytes: int | None = None
    """The resident set of the process and all that it started; None: not measured yet."""
    clock_ahead_seconds: float = 0.0
    """By how much its clock is ahead of the database's."""

    @property
    def takes_jobs(self) -> bool:
        """Whether it lives and was not asked to take no more."""
        return self.is_alive and self.asked is Asked.NONE


def workers() -> list[WorkerStatus]:
    """Return the worker processes, by name."""
    return _processes("worker")


def schedulers() -> list[WorkerStatus]:
    """Return the scheduler processes, by name."""
    return _processes("scheduler")


def scheduler_problem() -> str | None:
    """Say in a sentence why schedules do not fire, or not at their times; None: they do."""
    alive = [one for one in schedulers() if one.is_alive]
    if not alive:
        return NO_SCHEDULER
    return next(
        (said for one in alive if (said := clock_problem(one.clock_ahead_seconds, f"scheduler {one.pid}"))), None
    )


def clock_problem(ahead_seconds: float, whose: str) -> str | None:
    """Say in a sentence that a clock and the database's disagree; None: they agree well enough."""
    if abs(ahead_seconds) <= CLOCK_SECONDS:
        return None
    how = f"{abs(ahead_seconds):,.1f} s {'ahead of' if ahead_seconds > 0 else 'behind'}"
    return (
        f"The clock of {whose} is {how} the database's: schedules fire at wrong times. Switch on NTP on both machines."
    )


def clock_ahead_seconds() -> float:
    """Return by how much the clock of this process is ahead of the database's.

    How long the answer was on its way is taken in favour of both.

    Raises:
        Unavailable: the database is away.
    """
    if engine().dialect.name == "sqlite":  # a file has the clock of who reads it
        return 0.0
    with session() as opened:
        before = now()
        theirs: datetime = opened.exec(select(func.clock_timestamp())).one()
        after = now()
    return (after - theirs).total_seconds() if theirs > after else max(0.0, (before - theirs).total_seconds())


def _processes(role: str) -> list[WorkerStatus]:
    query = select(ProcessRow).where(col(ProcessRow.role) == role).order_by(col(ProcessRow.name), col(ProcessRow.id))
    running: dict[str | None, list[int]] = {}
    with lookup() as opened:
        rows = opened.exec(query).all()
        is_file = opened.connection().dialect.name == "sqlite"
        at: datetime = now() if is_file else opened.exec(select(func.clock_timestamp())).one()
        for worker_id, job_id in opened.exec(select(Job.worker_id, Job.id).where(col(Job.state) == State.RUNNING)):
            running.setdefault(worker_id, []).append(cast("int", job_id))
    found = []
    for row in rows:
        ahead = timedelta(seconds=row.clock_ahead_seconds or 0.0)
        silent = max(0.0, (at - (row.beat_at - ahead)).total_seconds())
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
                clock_ahead_seconds=ahead.total_seconds(),
                started_at=row.started_at,
                seen_seconds_ago=silent,
                is_alive=silent < SILENT_SECONDS,
                asked=Asked(row.asked),
                asked_by=row.asked_by,
                busy_ratio=row.busy_ratio,
                memory_bytes=row.memory_bytes,
            )
        )
    return found
