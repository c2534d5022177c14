"""How messages get from who starts a job to who runs it: one list for each queue and priority, in Redis or in memory.

A message may be lost or come twice without harm: the row is the truth, a claim wins once, and the sweep sends again
what is gone. So a message is simply taken from its list; nothing is acknowledged.
"""

import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol, cast

import redis

from app.db.lifecycle.start import Message
from app.queue.events import publisher
from app.queue.events.types import JobEvent

PRIORITIES = ("high", "normal", "low")
NAMESPACE = "jobdeck:jobs"
CHECKING = "jobdeck:checking"
CHECKING_MS = 2000
WAKING = "jobdeck:waking"
WAKING_MS = 10_000
"""A wait that has not begun so long after it was to end is not ended any more."""
HEAD_LENGTH = 4000
"""How much of a list is looked at for messages that may be lost; several times what is asked about at once."""
_TAKE = """
local taken, wanted = {}, tonumber(ARGV[1])
for _, key in ipairs(KEYS) do
  if wanted <= 0 then break end
  for _, one in ipairs(redis.call('LPOP', key, wanted) or {}) do
    taken[#taken + 1] = key
    taken[#taken + 1] = one
    wanted = wanted - 1
  end
end
return taken
"""


class MessageLists(Protocol):
    """Where messages wait for workers."""

    def put(self, messages: Sequence[Message], *, told: Sequence[JobEvent] = ()) -> None:
        """Add messages to the ends of their lists; the screens are told first."""

    def put_back(self, messages: Sequence[Message]) -> None:
        """Put messages that were just taken where they were, at the heads of their lists."""

    def take(self, number: int, *, queues: Sequence[str]) -> list[Message]:
        """Take messages that are there, the highest priority first.

        Args:
            number: at most so many.
            queues: those whose lists are looked at.
        """

    def wait(self, *, queues: Sequence[str], seconds: float) -> list[Message]:
        """Take one message, as soon as there is one. None: there was none for so long, or `wake` ended the wait."""

    def wake(self) -> None:
        """End the wait of this process, or the next one where it does not wait just now. Safe from any thread."""

    def lost(self, messages: Sequence[Message]) -> list[Message]:
        """Return those of these messages, the longest waiting ones of all, that are not there any more."""


class RedisLists:
    """Messages in Redis lists. Raises `redis.RedisError` while Redis is away."""

    def __init__(self, client: redis.Redis, listed: Callable[[str], str]) -> None:
        """`listed` says in which queue's list a queue's messages wait (one that no kind names has no workers)."""
        self._client = client
        self._listed = listed
        self._take = client.register_script(_TAKE)
        self._wake_key = f"{WAKING}:{uuid.uuid4().hex}"

    def put(self, messages: Sequence[Message], *, told: Sequence[JobEvent] = ()) -> None:
        """Add messages to the ends of their lists, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        publisher.add(pipeline, told)
        for key, texts in self._by_key(messages).items():
            pipeline.rpush(key, *texts)
        pipeline.execute()

    def put_back(self, messages: Sequence[Message]) -> None:
        """Put messages that were just taken where they were."""
        pipeline = self._client.pipeline(transaction=False)
        for key, texts in self._by_key(messages).items():
            pipeline.lpush(key, *reversed(texts))
        pipeline.execute()

    def take(self, number: int, *, queues: Sequence[str]) -> list[Message]:
        """Take up to `number` messages."""
        if not queues:
            return []
        found = cast("list[bytes]", self._take(keys=_keys(queues), args=[number]))
        return [_decode(key, text) for key, text in zip(found[::2], found[1::2], strict=True)]

    def wait(self, *, queues: Sequence[str], seconds: float) -> list[Message]:
        """Take one message, as soon as there is one."""
        keys = [self._wake_key, *_keys(queues)]
        found = cast("tuple[bytes, bytes] | None", self._client.blpop(keys, timeout=seconds))
        return [] if found is None or found[0] == self._wake_key.encode() else [_decode(*found)]

    def wake(self) -> None:
        """End the wait of this process."""
        pipeline = self._client.pipeline()
        pipeline.rpush(self._wake_key, 1)
        pipeline.pexpire(self._wake_key, WAKING_MS)
        pipeline.execute()

    def lost(self, messages: Sequence[Message]) -> list[Message]:
        """Return those of these messages, the longest waiting ones of all, that are at the head of no list.

        Nothing is said of them while another process asks.
        """
        if not self._client.set(CHECKING, "1", nx=True, px=CHECKING_MS):
            if self._client.pttl(CHECKING) > CHECKING_MS:  # the server's clock was set back
                self._client.pexpire(CHECKING, CHECKING_MS)
            return []
        by_key = self._by_key(messages)
        pipeline = self._client.pipeline(transaction=False)
        for key in by_key:
            pipeline.lrange(key, 0, HEAD_LENGTH)
        there = {text.decode() for head in pipeline.execute() for text in head}
        return [message for message in messages if _text(message) not in there]

    def _by_key(self, messages: Sequence[Message]) -> dict[str, list[str]]:
        by_key: dict[str, list[str]] = {}
        listed = cache(self._listed)
        for message in messages:
            by_key.setdefault(_key(message.priority, listed(message.queue)), []).append(_text(message))
        return by_key


class LocalLists:
    """Messages in this process, for tests. Queues and priorities are kept apart as Redis keeps them."""

    def __init__(self, listed: Callable[[str], str]) -> None:
        """Start empty. `listed`: as for `RedisLists`."""
        self._listed = listed
        self._lists: dict[str, deque[Message]] = defaultdict(deque)
        self._changed = threading.Condition()
        self._is_woken = False

    def put(self, messages: Sequence[Message], *, told: Sequence[JobEvent] = ()) -> None:
        """Add messages."""
        publisher.add(None, told)
        with self._changed:
            for message in messages:
                self._list_of(message).append(message)
            self._changed.notify_all()

    def put_back(self, messages: Sequence[Message]) -> None:
        """Put messages that were just taken where they were."""
        with self._changed:
            for message in reversed(messages):
                self._list_of(message).appendleft(message)
            self._changed.notify_all()

    def take(self, number: int, *, queues: Sequence[str]) -> list[Message]:
        """Take up to `number` messages."""
        with self._changed:
            return self._first(number, _keys(queues))

    def wait(self, *, queues: Sequence[str], seconds: float) -> list[Message]:
        """Take one message, as soon as there is one."""
        keys = _keys(queues)
        with self._changed:
            self._changed.wait_for(lambda: self._is_woken or any(self._lists[key] for key in keys), seconds)
            taken = [] if self._is_woken else self._first(1, keys)
            self._is_woken = False
            return taken

    def wake(self) -> None:
        """End the wait of this process."""
        with self._changed:
            self._is_woken = True
            self._changed.notify_all()

    def lost(self, messages: Sequence[Message]) -> list[Message]:
        """Return those of these messages that are not there any more."""
        with self._changed:
            there = {message for waiting in self._lists.values() for message in waiting}
        return [message for message in messages if message not in there]

    def _first(self, number: int, keys: Sequence[str]) -> list[Message]:
        taken: list[Message] = []
        for key in keys:
            while self._lists[key] and len(taken) < number:
                taken.append(self._lists[key].popleft())
        return taken

    def _list_of(self, message: Message) -> deque[Message]:
        return self._lists[_key(message.priority, self._listed(message.queue))]


def _keys(queues: Sequence[str]) -> list[str]:
    return [_key(priority, queue) for priority in PRIORITIES for queue in queues]


def _key(priority: str, queue: str) -> str:
    return f"{NAMESPACE}:{priority}:{queue}"


def _text(message: Message) -> str:
    return f"{message.job_id}.{message.token}.{message.kind}"


def _decode(key: bytes, text: bytes) -> Message:
    priority, queue = key.decode().removeprefix(f"{NAMESPACE}:").split(":", 1)
    job_id, token, kind = text.decode().split(".", 2)
    return Message(int(job_id), int(token), kind, queue, priority)
