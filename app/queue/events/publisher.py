"""What the screens are told: `JobEvent`s over Redis pub/sub. They may be lost without harm; the rows are the truth.

`publish` is the workers' and the doors' end (synchronous, never raises), `listen` the web process's (asynchronous).
"""

import logging
from collections.abc import Callable, Sequence

import redis
import redis.asyncio
from redis.client import Pipeline

from app.db.lifecycle.start import Inserted
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.snapshot import INSIDE
from app.queue.events.types import JobChanged, JobEvent, JobsChanged

CHANNEL = "jobdeck:events"
NOTIFY = "notify"
"""A job with this tag is told to everybody in words, when it is started and when it ends."""
MAX_SINGLY = 4
"""So many changes at once are told one by one. Of more changes only the jobs' ids are told: nobody can see hundreds a
second, and writing and reading each of them would take as long as the jobs.
"""
_log = logging.getLogger(__name__)

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


def changes(jobs: Sequence[JobSnapshot | Change | Inserted]) -> list[JobEvent]:
    """Make the events of jobs that changed at the same time."""
    singly = jobs if len(jobs) <= MAX_SINGLY else [one for one in jobs if NOTIFY in one.tags]
    events: list[JobEvent] = [JobChanged(job=one if isinstance(one, JobSnapshot) else one.job) for one in singly]
    if len(singly) < len(jobs):
        told = {_id_of(one) for one in singly}
        events.append(JobsChanged(job_ids=[job_id for one in jobs if (job_id := _id_of(one)) not in told]))
    return events


def _id_of(one: JobSnapshot | Change | Inserted) -> int:
    return one.id if isinstance(one, JobSnapshot) else one.job_id


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
            pipeline.publish(CHANNEL, event.model_dump_json(context=INSIDE))


def publish_text(channel: str, text: str) -> None:
    """Say a word on a channel of its own. Never raises: who waits for it looks at the rows too."""
    if _client is None:
        return
    try:
        _client.publish(channel, text)
    except redis.RedisError as error:
        _log.warning("A signal was not published: %s", error)
