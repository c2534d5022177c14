"""Which workers and schedulers live."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlmodel import col, select

from app.db.clock import now
from app.db.models import Job, ProcessRow
from app.db.sql.sessions import lookup
from app.db.states import Asked, State

BEAT_SECONDS = 2.0
"""How often a process writes its heartbeat."""
SILENT_SECONDS = 10.0
"""A process that was not heard for so long counts as gone."""


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
    asked: Asked = Asked.NONE
    """What it was asked to do."""
    asked_by: str = ""
    busy_ratio: float = 0.0
    """How much of the time of its threads was used in the last minute or so, 0 to 1."""
    memory_bytes: int | None = None
    """The resident set of the process and all that it started; None: not measured yet."""

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


def _processes(role: str) -> list[WorkerStatus]:
    at = now()
    query = select(ProcessRow).where(col(ProcessRow.role) == role).order_by(col(ProcessRow.name), col(ProcessRow.id))
    running: dict[str | None, list[int]] = {}
    with lookup() as opened:
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
                asked=Asked(row.asked),
                asked_by=row.asked_by,
                busy_ratio=row.busy_ratio,
                memory_bytes=row.memory_bytes,
            )
        )
    return found
