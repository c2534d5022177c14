"""Queues: what waits and runs in each, who listens, and the pause that a person or a program may put on one.

What runs when a queue is paused goes on. What is started afterwards waits until it is resumed, however soon a worker
hears of it: the claim reads the pauses in its own transaction.
"""

import logging
from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.actor import Actor
from app.db import queues
from app.db.audit.refusals import kept_if_refused
from app.db.clock import LAST_INSTANT, now
from app.db.lifecycle import pending
from app.db.lifecycle.start import due
from app.db.queries import workers as worker_queries
from app.db.queries.workers import WorkerStatus
from app.db.queues import Pause, Waiting
from app.db.snapshots.snapshot import Instant
from app.errors import FieldError, InvalidInput, NotFound
from app.queue.events.publisher import publish
from app.queue.events.types import QueueChanged
from app.queue.events.worker_signals import signal_pauses
from app.queue.kinds.registry import registry
from app.queue.transport import sender
from app.rights import Act, require

MAX_REASON_LENGTH = 500
_BATCH = 500
_log = logging.getLogger(__name__)


class Queue(BaseModel):
    """A queue as people and programs see it."""

    model_config = ConfigDict(frozen=True)

    name: str
    waiting: int = Field(description="queued jobs; those that wait for their time are not among them")
    waiting_is_exact: bool = Field(description="false: at least so many")
    oldest_wait_seconds: float | None = Field(description="how long the first of them waits; null: nothing waits")
    running: int
    ends_per_minute: float = Field(description="how many of its jobs ended in a minute, over the last five")
    empty_in_seconds: float | None = Field(
        description="when nothing would wait any more if jobs went on to end as of late and none were started; null: "
        "nothing waits, or none ended"
    )
    workers: int = Field(description="living workers that listen to it")
    threads: int = Field(description="how many jobs those may run at once, over all their queues")
    is_paused: bool
    paused_at: Instant | None = None
    paused_by: str | None = None
    paused_reason: str | None = None
    paused_until: Instant | None = Field(default=None, description="null while it is paused: until it is resumed")
    remark: str | None = Field(description="what keeps its jobs from running, in words; null: nothing does")


def list_queues() -> list[Queue]:
    """Return the queues that a kind names, a living worker listens to, a job waits or runs in, or that are paused."""
    pauses, waiting, running = queues.pauses(), queues.waiting(), queues.running()
    rates = queues.ends_per_minute()
    alive = [worker for worker in worker_queries.workers() if worker.is_alive]
    names = {*registry.queues, *pauses, *waiting, *running, *(name for one in alive for name in one.queues)}
    return [
        _queue(
            name,
            pauses.get(name),
            waiting.get(name),
            running=running.get(name, 0),
            rate=rates.get(name, 0.0),
            workers=_listening(alive, name),
        )
        for name in sorted(names)
    ]


def find_queue(name: str) -> Queue | None:
    """Return a queue; None: there is none of this name."""
    return next((queue for queue in list_queues() if queue.name == name), None)


def get_queue(name: str) -> Queue:
    """Return a queue.

    Raises:
        NotFound: there is none of this name.
    """
    found = find_queue(name)
    if found is not None:
        return found
    raise NotFound(f"There is no queue named {name!r}.", hint="A queue is there when a kind names it.")


@kept_if_refused("pause", "queue")
def pause(name: str, *, until: datetime | None = None, reason: str = "", by: Actor) -> Queue:
    """Let the jobs of a queue wait; those that run go on. Of a paused queue only time and reason change.

    Args:
        name: which queue.
        until: when it is resumed by itself; None: by nobody but a person or a program.
        reason: said wherever a job waits because of it.
        by: who asks.

    Raises:
        Forbidden: who asks may not.
        NotFound: there is no such queue.
        InvalidInput: the time is past or has no zone, or the reason is too long.
        Unavailable: the database is away.
    """
    require(by, Act.QUEUES)
    get_queue(name)
    queues.pause(name, until=_checked_time(until), reason=_checked_reason(reason), by=by)
    _tell(name)
    return get_queue(name)


@kept_if_refused("resume", "queue")
def resume(name: str, *, by: Actor) -> Queue:
    """Let the jobs of a queue run again, from now on. Nothing happens to a queue that is not paused.

    Args:
        name: which queue.
        by: who asks.

    Raises:
        NotFound: there is no such queue.
        Unavailable: the database is away.
    """
    require(by, Act.QUEUES)
    before = get_queue(name)
    queues.resume(name, by=by)
    _log.info("Queue %s was resumed by %s.", name, by.name)
    _tell(name)
    # Workers that took messages before they heard of the pause left the jobs as not sent: they waited longest.
    while messages := pending.unsent(older_than=now(), limits=registry.limits, limit=_BATCH, queue=name):
        if not sender.send(messages, at_head=True):
            break  # Redis is away; the sweep sends them
        due.mark_sent(messages)
        if len(messages) < _BATCH:
            break
    return find_queue(name) or before.model_copy(update=_NOT_PAUSED)  # it was there only because it was paused


_NOT_PAUSED = {
    "is_paused": False,
    "paused_at": None,
    "paused_by": None,
    "paused_reason": None,
    "paused_until": None,
}


def _tell(name: str) -> None:
    signal_pauses()
    publish([QueueChanged(queue=name)])


def _queue(
    name: str,
    pause: Pause | None,
    waits: Waiting | None,
    *,
    running: int,
    rate: float,
    workers: list[WorkerStatus],
) -> Queue:
    return Queue(
        name=name,
        waiting=waits.count if waits else 0,
        waiting_is_exact=waits.is_exact if waits else True,
        oldest_wait_seconds=max(0.0, (now() - waits.oldest_at).total_seconds()) if waits else None,
        running=running,
        ends_per_minute=round(rate, 2),
        empty_in_seconds=waits.count / rate * 60 if waits and rate and pause is None else None,
        workers=len(workers),
        threads=sum(worker.threads for worker in workers),
        is_paused=pause is not None,
        paused_at=pause.paused_at if pause else None,
        paused_by=pause.paused_by if pause else None,
        paused_reason=pause.reason if pause else None,
        paused_until=pause.until if pause else None,
        remark=_remark(name, workers),
    )


def _remark(name: str, workers: list[WorkerStatus]) -> str | None:
    if not workers:
        return f"No worker listens to {name}; its jobs wait until one does."
    if any(worker.takes_jobs for worker in workers):
        return None
    who = f"{workers[0].name} alone listens to {name} and" if len(workers) == 1 else f"All that listen to {name}"
    return f"{who} {'is' if len(workers) == 1 else 'are'} quiet; its jobs wait until one takes jobs again."


def _listening(workers: Iterable[WorkerStatus], name: str) -> list[WorkerStatus]:
    """Return who takes the jobs of a queue: those of one that no kind names are taken with `default`."""
    listened = name if name in registry.queues else "default"
    return [worker for worker in workers if name in worker.queues or listened in worker.queues]


def _checked_time(until: datetime | None) -> datetime | None:
    if until is not None and until.tzinfo is None:
        raise _refusal("until", "Say the time zone, as in 2026-01-31T08:30:00Z.")
    if until is not None and until <= now():
        raise _refusal("until", "That time has passed.")
    if until is not None and until >= LAST_INSTANT:
        raise _refusal("until", f"Choose a time before the year {LAST_INSTANT.year}.")
    return until


def _checked_reason(reason: str) -> str:
    text = " ".join(reason.split())
    if len(text) > MAX_REASON_LENGTH or not text.isprintable():
        raise _refusal("reason", f"A reason is a text of at most {MAX_REASON_LENGTH} printable characters.")
    return text


def _refusal(field: str, message: str) -> InvalidInput:
    return InvalidInput("Some values do not fit.", fields=[FieldError(field=field, message=message)])
