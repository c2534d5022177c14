"""What the screens are told: `JobEvent`s over Redis pub/sub. They may be lost without harm; the rows are the truth.

`publish` is the workers' and the doors' end (synchronous, never raises), `listen` the web process's (asynchronous).
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal

import redis
import redis.asyncio
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from redis.client import Pipeline

from app.db.change import Change
from app.db.snapshot import JobSnapshot, LogLine, Progress

CHANNEL = "jobdeck:events"
ORDERS = "jobdeck:orders"
"""Carries ids of running jobs that were asked to stop, to the workers. The row says the same."""
PAUSES = b"pauses"
"""The order to read again which queues are paused."""
NOTIFY = "notify"
"""A job with this tag is told to everybody in words, when it is started and when it ends."""
MAX_SINGLY = 4
"""So many changes at once are told one by one; of more only which jobs they are: hundreds a second nobody can see, and
writing and reading each would take as long as the jobs.
"""
RECONNECT_SECONDS = 0.5
_log = logging.getLogger(__name__)


class JobChanged(BaseModel):
    """A job is new, changed its state, or was asked to stop."""

    type: Literal["job"] = "job"
    job: JobSnapshot


class JobsChanged(BaseModel):
    """Many jobs changed at once: whoever wants to know how reads them. The `Feed` does, and tells of each."""

    type: Literal["jobs"] = "jobs"
    job_ids: list[int]


class JobProgressed(BaseModel):
    """A running job reported progress."""

    type: Literal["progress"] = "progress"
    job_id: int
    attempt: int
    progress: Progress


class JobLogged(BaseModel):
    """A running job wrote log lines. Of a burst only the last ones are sent; `seq` shows the gap."""

    type: Literal["log"] = "log"
    job_id: int
    lines: list[LogLine]


class JobDeleted(BaseModel):
    """A job was deleted."""

    type: Literal["deleted"] = "deleted"
    job_id: int


class QueueChanged(BaseModel):
    """A queue was paused or resumed."""

    type: Literal["queue"] = "queue"
    queue: str


class Connected(BaseModel):
    """The listener hears from now on; what was said before may have been missed. Never sent over Redis."""

    type: Literal["connected"] = "connected"


class Disconnected(BaseModel):
    """The listener hears nothing until the next `Connected`. Never sent over Redis."""

    type: Literal["disconnected"] = "disconnected"


class Missed(BaseModel):
    """More changed than could be told; whoever shows it reads it again. Never sent over Redis."""

    type: Literal["missed"] = "missed"
    since: datetime


class Closing(BaseModel):
    """The web process stops. Never sent over Redis."""

    type: Literal["closing"] = "closing"


JobEvent = JobChanged | JobsChanged | JobProgressed | JobLogged | JobDeleted | QueueChanged
Heard = JobEvent | Connected | Disconnected | Missed | Closing
_wire: TypeAdapter[JobEvent] = TypeAdapter(Annotated[JobEvent, Field(discriminator="type")])

_client: redis.Redis | None = None
_witnesses: list[Callable[[JobEvent], None]] = []


def use_client(client: redis.Redis | None) -> None:
    """Publish through this client; None: nowhere but to the witnesses of this process."""
    global _client
    _client = client


def witness(seen: Callable[[JobEvent], None]) -> Callable[[], None]:
    """Call `seen` with each event that this process publishes. Returns what undoes it. For tests and the terminal."""
    _witnesses.append(seen)
    return lambda: _witnesses.remove(seen)


def changes(jobs: Sequence[JobSnapshot | Change]) -> list[JobEvent]:
    """Make the events of jobs that changed at the same time."""
    singly = jobs if len(jobs) <= MAX_SINGLY else [one for one in jobs if NOTIFY in one.tags]
    events: list[JobEvent] = [JobChanged(job=one.job if isinstance(one, Change) else one) for one in singly]
    if len(singly) < len(jobs):
        told = {_id_of(one) for one in singly}
        events.append(JobsChanged(job_ids=[job_id for one in jobs if (job_id := _id_of(one)) not in told]))
    return events


def _id_of(one: JobSnapshot | Change) -> int:
    return one.job_id if isinstance(one, Change) else one.id


def publish(events: Sequence[JobEvent]) -> None:
    """Tell the screens. Never raises: an event that cannot be sent is repaired by the web process's refresh."""
    if not events:
        return
    if _client is None:
        add(None, events)
        return
    try:
        pipeline = _client.pipeline(transaction=False)
        add(pipeline, events)
        pipeline.execute()
    except redis.RedisError as error:
        _log.warning("An event was not published: %s", error)


def add(pipeline: Pipeline | None, events: Sequence[JobEvent]) -> None:
    """Add events to what is about to be sent to Redis together. None: there is no Redis; only witnesses are told."""
    for event in events:
        for seen in _witnesses:
            seen(event)
        if pipeline is not None:
            pipeline.publish(CHANNEL, event.model_dump_json())


def order_stop(job_id: int) -> None:
    """Tell the workers that a running job was asked to stop. Never raises: they read the rows too."""
    _order(str(job_id))


def order_reading_of_pauses() -> None:
    """Tell the workers that a queue was paused or resumed. Never raises: they read the rows too."""
    _order(PAUSES.decode())


def _order(text: str) -> None:
    if _client is None:
        return
    try:
        _client.publish(ORDERS, text)
    except redis.RedisError as error:
        _log.warning("An order was not published: %s", error)


async def listen(redis_url: str) -> AsyncGenerator[Heard]:
    """Give the events as they come, with a `Connected` after each (re)connection and a `Disconnected` after each loss.

    Never ends by itself; close it or cancel the task.
    """
    while True:
        client = redis.asyncio.Redis.from_url(redis_url, socket_connect_timeout=2, health_check_interval=5, retry=None)
        try:
            async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
                await pubsub.subscribe(CHANNEL)
                await pubsub.get_message(ignore_subscribe_messages=True, timeout=2)
                yield Connected()
                while True:
                    # The short timeout lets redis-py's health check notice a connection that died without a word.
                    message = await pubsub.get_message(timeout=2)
                    if message is not None and message["type"] == "message":
                        event = _decode(message["data"])
                        if event is not None:
                            yield event
        except (redis.RedisError, OSError) as error:
            _log.warning("The live connection to Redis was lost: %s", error)
            yield Disconnected()
        finally:
            await client.aclose()
        await asyncio.sleep(RECONNECT_SECONDS)


def _decode(data: bytes) -> JobEvent | None:
    try:
        return _wire.validate_json(data)
    except ValidationError:
        _log.warning("An event of another version was ignored.")
        return None
