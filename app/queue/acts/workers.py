"""Workers: what each runs and needs, and what a person or a program may ask of one: be quiet, go on, stop."""

import logging
from typing import NoReturn

from pydantic import BaseModel, ConfigDict, Field

from app.actor import Actor
from app.db import Asked, processes
from app.db.audit.refusals import kept_if_refused
from app.db.queries import workers as worker_queries
from app.db.queries.workers import WorkerStatus
from app.db.snapshots.snapshot import Instant
from app.errors import NotFound, WrongState
from app.queue.events.worker_signals import signal_asked
from app.rights import Act, require

_log = logging.getLogger(__name__)


class Worker(BaseModel):
    """A worker process as people and programs see it."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="of this process; the one that takes its place has another")
    name: str
    machine: str
    pid: int
    started_at: Instant
    is_alive: bool = Field(description="false: nothing was heard of it for ten seconds")
    seen_seconds_ago: float
    queues: list[str] = Field(description="which it listens to")
    threads: int = Field(description="how many jobs it runs at once")
    running_job_ids: list[int]
    abandoned_threads: int = Field(description="held by jobs that did not let themselves be interrupted")
    busy_ratio: float = Field(description="how much of the time of its threads was used in the last minute, 0 to 1")
    memory_bytes: int | None = Field(description="resident set of the process and all that it started; null at first")
    is_quiet: bool = Field(description="it was asked to take no more jobs; those that run go on")
    is_stopping: bool = Field(description="it was asked to end")
    asked_by: str | None = Field(description="who asked")


def list_workers() -> list[Worker]:
    """Return the worker processes by name, also those that have fallen silent and were not given up yet."""
    return [_worker(one) for one in worker_queries.workers()]


@kept_if_refused("quiet", "worker")
def quiet(worker_id: str, *, by: Actor) -> Worker:
    """Let a worker take no more jobs; those that run go on. It lasts until `resume`, or as long as the process lives.

    Args:
        worker_id: which process.
        by: who asks.

    Raises:
        Forbidden: who asks may not.
        NotFound: there is no such worker.
        WrongState: it is stopping.
        Unavailable: the database is away.
    """
    return _ask(worker_id, Asked.QUIET, by=by)


@kept_if_refused("resume", "worker")
def resume(worker_id: str, *, by: Actor) -> Worker:
    """Let a quiet worker take jobs again. Raises as `quiet` does."""
    return _ask(worker_id, Asked.NONE, by=by)


@kept_if_refused("stop", "worker")
def stop(worker_id: str, *, by: Actor) -> Worker:
    """Let a worker end in good order: its jobs get their grace time, then go back to their queues.

    Where `main.py` or `main.py worker` runs it, another process takes its place at once. Raises as `quiet` does, but
    nothing for one that is stopping already.
    """
    return _ask(worker_id, Asked.STOP, by=by)


def _ask(worker_id: str, asked: Asked, *, by: Actor) -> Worker:
    require(by, Act.WORKERS)
    is_asked = processes.ask(worker_id, asked, by=by)
    found = next((one for one in worker_queries.workers() if one.id == worker_id), None)
    if found is None or not (is_asked or asked is Asked.STOP):
        _refuse(found)
    if is_asked:
        _log.info("Worker %s was asked by %s: %s.", found.name, by.name, asked or "resume")
        signal_asked(worker_id)
    return _worker(found)


def _refuse(found: WorkerStatus | None) -> NoReturn:
    if found is None:
        raise NotFound("There is no such worker.", hint="It has ended, or another process has taken its place.")
    raise WrongState(f"{found.name} is stopping; nothing takes that back.")


def _worker(one: WorkerStatus) -> Worker:
    return Worker(
        id=one.id,
        name=one.name,
        machine=one.machine,
        pid=one.pid,
        started_at=one.started_at,
        is_alive=one.is_alive,
        seen_seconds_ago=one.seen_seconds_ago,
        queues=one.queues,
        threads=one.threads,
        running_job_ids=one.running_job_ids,
        abandoned_threads=one.abandoned_threads,
        busy_ratio=round(one.busy_ratio, 4),
        memory_bytes=one.memory_bytes,
        is_quiet=one.asked is Asked.QUIET,
        is_stopping=one.asked is Asked.STOP,
        asked_by=one.asked_by or None,
    )
