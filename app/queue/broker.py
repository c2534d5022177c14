"""Dramatiq, set up our way: one broker a process, one actor a kind, and nothing of its own delays, retries or results.

The message is the job's id and its token, nothing else; everything about the job is in its row. Dramatiq's own Redis
broker is not used: what it does to lose no message (two hashes, a set and a script for each) the rows do already, and
its consumer sleeps while jobs wait (docs/decisions/0012-mailbox.md).
"""

import logging
from collections.abc import Sequence

import dramatiq
import redis
from dramatiq import Actor, Broker, Consumer
from dramatiq import Message as ActorMessage
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import Middleware
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.db import jobs
from app.db.jobs import Message
from app.errors import Unavailable
from app.queue import events
from app.queue.events import JobEvent
from app.queue.intake import QUEUE, Intake
from app.queue.mailbox import LocalMailbox, Mailbox, RedisMailbox
from app.queue.middleware import JobState, call
from app.queue.registry import registry
from app.queue.worker_life import WorkerLife

UNKNOWN = "unknown_kind"
_log = logging.getLogger(__name__)
_broker: "JobBroker | None" = None
_client: redis.Redis | None = None


class JobBroker(Broker):
    """Dramatiq's view of our mailbox: a single queue for Dramatiq, whatever queues and priorities jobs wait in."""

    def __init__(self, *, mailbox: Mailbox, middleware: list[Middleware], life: WorkerLife | None) -> None:
        """Open no connection yet. `life`: the worker that this process is; None where it only sends."""
        super().__init__(middleware=middleware)
        self.queues: dict[str, str] = {}
        self.mailbox = mailbox
        self._life = life

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30000) -> Consumer:
        """Give what takes messages and claims their jobs."""
        assert self._life is not None, "only a worker runs jobs"
        return Intake(self.mailbox, self._life)

    def declare_queue(self, queue_name: str) -> None:
        """Declare Dramatiq's queue."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = queue_name
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: ActorMessage[None], *, delay: int | None = None) -> ActorMessage[None]:
        """Refuse: jobs are started through `app.queue.start`, which stores them first."""
        raise RuntimeError("A job is started with kind.start(…), not by sending its message.")

    def get_actor(self, actor_name: str) -> Actor[..., None]:
        """Return a kind's actor; for a kind that nobody declares, the one that ends its jobs with a sentence."""
        try:
            return super().get_actor(actor_name)
        except ActorNotFound:
            return super().get_actor(UNKNOWN)


def redis_client(url: str) -> redis.Redis:
    """Make a client that says at once when Redis is away, instead of trying again for seconds."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=2, socket_timeout=3, health_check_interval=15, retry=Retry(NoBackoff(), 1)
    )


def connect(redis_url: str | None, *, life: WorkerLife | None = None) -> JobBroker:
    """Point this process at Redis and declare an actor for every kind that is loaded. Opens no connection yet.

    Args:
        redis_url: None = a mailbox inside this process, for tests.
        life: the worker that this process is; None where it only sends.
    """
    global _broker, _client
    _client = redis_client(redis_url) if redis_url else None
    mailbox: Mailbox = RedisMailbox(_client, _listed) if _client else LocalMailbox()
    middleware: list[Middleware] = [JobState(life)] if life is not None else []
    broker = JobBroker(mailbox=mailbox, middleware=middleware, life=life)
    events.use_client(_client)
    dramatiq.set_broker(broker)
    for name in (UNKNOWN, *registry.kinds):
        _declare_actor(broker, name, life)
    _broker = broker
    return broker


def client() -> redis.Redis | None:
    """Return this process's Redis client; None in tests without one."""
    return _client


def current() -> JobBroker:
    """Return the broker that `connect` made."""
    assert _broker is not None, "connect() comes first"
    return _broker


def send(messages: Sequence[Message], *, told: Sequence[JobEvent] = (), at_head: bool = False) -> bool:
    """Put messages of queued jobs where workers take them. False: Redis is away; the sweep does it.

    A message that is sent twice is harmless: its second copy loses the claim.

    Args:
        messages: of jobs whose rows are committed.
        told: what the screens are told before a worker can say what follows.
        at_head: put them before what waits in their lists: they waited before it.
    """
    if not messages:
        events.publish(told)
        return True
    try:
        if at_head:
            events.publish(told)
            current().mailbox.put_back(messages)
        else:
            current().mailbox.put(messages, told=told)
    except redis.RedisError as error:
        _log.warning("Messages were not sent; the sweep will: %s", error)
        _note_unsent(messages)
        return False
    return True


def _note_unsent(messages: Sequence[Message]) -> None:
    try:
        jobs.mark_sent(messages, is_sent=False)
    except Unavailable as error:
        _log.warning("That messages were not sent is not noted, but it will be noticed: %s", error.message)


def _declare_actor(broker: JobBroker, name: str, life: WorkerLife | None) -> None:
    def perform(job_id: int, token: int) -> None:
        assert life is not None, "only a worker runs jobs"
        call(job_id, life)

    dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=broker)(perform)


def _listed(queue: str) -> str:
    """Say where a message is sent: a queue that no kind names any more has no workers, so `default` stands in."""
    return queue if queue in registry.queues else "default"
