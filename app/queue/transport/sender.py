"""The sending end of this process: its connection to Redis, its message lists, and the sending of messages.

Every process that starts or runs jobs has one sender. What takes messages out of the lists is not here: that is
`app.queue.worker`.
"""

import logging
from collections.abc import Sequence

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.db.lifecycle.start import Message, due
from app.errors import Unavailable
from app.queue.events import publisher
from app.queue.events.types import JobEvent
from app.queue.kinds.registry import registry
from app.queue.transport.message_lists import LocalLists, MessageLists, RedisLists

_log = logging.getLogger(__name__)
_client: redis.Redis | None = None
_lists: MessageLists | None = None


def connect(redis_url: str | None) -> MessageLists:
    """Point this process at Redis; messages and events go there from now on. Opens no connection yet.

    Args:
        redis_url: None: the lists are in this process, and events reach only its own witnesses. For tests.

    Returns:
        The message lists, for who takes from them.
    """
    global _client, _lists
    _client = redis_client(redis_url) if redis_url else None
    _lists = RedisLists(_client, _listed) if _client else LocalLists(_listed)
    publisher.use_client(_client)
    return _lists


def redis_client(url: str) -> redis.Redis:
    """Make a client that says at once when Redis is away, instead of trying again for seconds."""
    return redis.Redis.from_url(
        url, socket_connect_timeout=2, socket_timeout=3, health_check_interval=15, retry=Retry(NoBackoff(), 1)
    )


def client() -> redis.Redis | None:
    """Return this process's Redis client; None in tests without one."""
    return _client


def server_name() -> str | None:
    """Name what is at the other end and its version: "Valkey 8.1.3". None in tests without it.

    Raises:
        Unavailable: it is away.
    """
    if _client is None:
        return None
    try:
        told = _client.info("server")
    except redis.RedisError as error:
        raise Unavailable("Redis cannot be reached just now.") from error
    version = told.get("valkey_version")
    return f"Valkey {version}" if version else f"Redis {told['redis_version']}"


def message_lists() -> MessageLists:
    """Return the lists that `connect` made."""
    assert _lists is not None, "connect() comes first"
    return _lists


def send(messages: Sequence[Message], *, told: Sequence[JobEvent] = (), at_head: bool = False) -> bool:
    """Put messages of queued jobs where workers take them.

    A message that is sent twice is harmless: its second copy loses the claim.

    Args:
        messages: of jobs whose rows are committed.
        told: what the screens are told before a worker can say what follows.
        at_head: put them before what waits in their lists: they waited before it.

    Returns:
        False: Redis is away; the sweep sends them.
    """
    if not messages:
        publisher.publish(told)
        return True
    try:
        if at_head:
            publisher.publish(told)
            message_lists().put_back(messages)
        else:
            message_lists().put(messages, told=told)
    except redis.RedisError as error:
        _log.warning("Messages were not sent; the sweep will: %s", error)
        _note_unsent(messages)
        return False
    return True


def _note_unsent(messages: Sequence[Message]) -> None:
    try:
        due.mark_sent(messages, is_sent=False)
    except Unavailable as error:
        _log.warning("That messages were not sent is not noted, but it will be noticed: %s", error.message)


def _listed(queue: str) -> str:
    """Say in which list a queue's messages wait: a queue that no kind names has no workers, so `default` stands in."""
    return queue if queue in registry.queues else "default"
