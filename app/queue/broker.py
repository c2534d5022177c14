"""Dramatiq, set up our way: one broker a process, one actor a kind, and nothing of its own delays, retries or results.

The message is the job's id and its token, nothing else; everything about the job is in its row.
"""

import logging
import threading
from collections.abc import Sequence
from typing import Any

import dramatiq
import redis
from dramatiq import Actor, Broker, Consumer, Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.brokers.stub import StubBroker
from dramatiq.errors import ActorNotFound, BrokerError
from dramatiq.middleware import Middleware
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.db import jobs
from app.db.jobs import Message as JobMessage
from app.errors import Unavailable
from app.queue import events
from app.queue.middleware import JobState, call
from app.queue.registry import registry
from app.queue.worker_life import WorkerLife

NAMESPACE = "jobdeck"
UNKNOWN = "unknown_kind"
_log = logging.getLogger(__name__)
_broker: Broker | None = None
_client: redis.Redis | None = None


class JobBroker(RedisBroker):
    """Dramatiq's Redis broker without delay queues, with our message ids, and an actor for kinds nobody declares.

    A message that was fetched is bound to this process. So no more are fetched than threads are free, counted over all
    queues: Dramatiq counts for each queue alone, and a full worker would hold the messages of other queues back from
    idle ones.
    """

    def __init__(self, *, client: redis.Redis, middleware: list[Middleware]) -> None:
        """Open no connection yet."""
        super().__init__(client=client, middleware=middleware, namespace=NAMESPACE)  # type: ignore[no-untyped-call]
        self._fetching = threading.Lock()
        self._fetched: set[str] = set()
        self._max_fetched = 0

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Begin to take messages from a queue, at most `prefetch` at a time from all queues together."""
        self._max_fetched = prefetch
        return super().consume(queue_name, prefetch, timeout)

    def do_fetch(self, queue_name: str, number: int) -> list[bytes]:
        """Fetch up to `number` messages, for free threads only; what was acknowledged already comes as None."""
        with self._fetching:
            number = min(number, self._max_fetched - len(self._fetched))
            fetched = [data for data in self._do("fetch", queue_name, number) if data] if number > 0 else []
            self._fetched.update(Message.decode(data).message_id for data in fetched)
            return fetched

    def do_ack(self, queue_name: str, message_id: str) -> None:
        """Acknowledge a message."""
        self._fetched.discard(message_id)
        self._do("ack", queue_name, message_id)

    def do_nack(self, queue_name: str, message_id: str) -> None:
        """Reject a message."""
        self._fetched.discard(message_id)
        self._do("nack", queue_name, message_id)

    def _do(self, command: str, *arguments: object) -> Any:
        return self._dispatch(command)(*arguments)  # type: ignore[no-untyped-call]  # Dramatiq leaves it untyped

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue, without the delay queue nobody uses (and every worker would poll)."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[None], *, delay: int | None = None) -> Message[None]:
        """Send a message under its own id, so that `has_message` can find it; Dramatiq would make a new one."""
        assert delay is None, "delays live in the job's row"
        message = message.copy(options={"redis_message_id": message.message_id})
        self.emit_before("enqueue", message, delay)
        self.do_enqueue(message.queue_name, message.message_id, message.encode())
        self.emit_after("enqueue", message, delay)
        return message

    def get_actor(self, actor_name: str) -> Actor[..., None]:
        """Return a kind's actor; for a kind that nobody declares, the one that ends its jobs with a sentence."""
        try:
            return super().get_actor(actor_name)
        except ActorNotFound:
            return super().get_actor(UNKNOWN)

    def has_messages(self, messages: Sequence[JobMessage]) -> list[bool]:
        """Say for each message whether Redis still has it, waiting or fetched."""
        pipeline = self.client.pipeline(transaction=False)
        for message in messages:
            pipeline.hexists(f"{self.namespace}:{_queue_of(message)}.msgs", _message_id(message))
        return [bool(has) for has in pipeline.execute()]

    def requeue_fetched(self, broker_id: str) -> None:
        """Give back the messages that a dead worker had fetched and not acknowledged."""
        for queue in self.queues:
            fetched = f"{self.namespace}:__acks__.{broker_id}.{queue}"
            ids = self.client.smembers(fetched)
            for message_id in ids:
                if self.client.srem(fetched, message_id) and self.client.hexists(
                    f"{self.namespace}:{queue}.msgs", message_id
                ):
                    self.client.rpush(f"{self.namespace}:{queue}", message_id)
        self.client.zrem(f"{self.namespace}:__heartbeats__", broker_id)


def redis_client(url: str) -> redis.Redis:
    """Make a client that says at once when Redis is away, instead of trying again for seconds."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=2, socket_timeout=10, health_check_interval=15, retry=Retry(NoBackoff(), 1)
    )


def connect(redis_url: str | None, *, life: WorkerLife | None = None) -> Broker:
    """Point this process at Redis and declare an actor for every kind that is loaded. Opens no connection yet.

    Args:
        redis_url: None = a broker inside this process, for tests.
        life: the worker that this process is; None where it only sends.
    """
    global _broker, _client
    _client = redis_client(redis_url) if redis_url else None
    middleware: list[Middleware] = [JobState(life)] if life is not None else []
    broker = JobBroker(client=_client, middleware=middleware) if _client else StubBroker(middleware)
    events.use_client(_client)
    dramatiq.set_broker(broker)
    for queue in registry.queues:
        broker.declare_queue(queue)
    _declare_actor(broker, UNKNOWN, "default", life)
    for kind in registry.kinds.values():
        _declare_actor(broker, kind.name, kind.queue, life)
    _broker = broker
    return broker


def client() -> redis.Redis | None:
    """Return this process's Redis client; None in tests without one."""
    return _client


def current() -> Broker:
    """Return the broker that `connect` made."""
    assert _broker is not None, "connect() comes first"
    return _broker


def send(messages: Sequence[JobMessage]) -> bool:
    """Put messages of queued jobs into Redis and note it in their rows. False: Redis or the database is away; the
    sweep does it.

    A message that is sent twice is harmless: its second copy loses the claim.
    """
    assert _broker is not None, "connect() comes first"
    done = []
    try:
        for message in messages:
            _broker.enqueue(_dramatiq_message(message))
            done.append(message)
    except (redis.RedisError, BrokerError) as error:
        _log.warning("A message was not sent; the sweep will: %s", error)
    try:
        if done:
            jobs.mark_sent(done)
    except Unavailable as error:
        _log.warning("A sent message was not noted; it will be sent again: %s", error.message)
        return False
    return len(done) == len(messages)


def _declare_actor(broker: Broker, name: str, queue: str, life: WorkerLife | None) -> None:
    def perform(job_id: int, token: int) -> None:
        assert life is not None, "only a worker runs jobs"
        call(job_id, life)

    dramatiq.actor(actor_name=name, queue_name=queue, broker=broker)(perform)


def _dramatiq_message(message: JobMessage) -> Message[None]:
    return Message(
        queue_name=_queue_of(message),
        actor_name=message.kind,
        args=(message.job_id, message.token),
        kwargs={},
        options={},
        message_id=_message_id(message),
    )


def _queue_of(message: JobMessage) -> str:
    """Say where a message is sent: a queue that no kind names any more has no workers, so `default` stands in."""
    return message.queue if message.queue in registry.queues else "default"


def _message_id(message: JobMessage) -> str:
    return f"{message.job_id}.{message.token}"
