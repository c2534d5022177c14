"""How often the sweeps mended something: counted in Redis, for all processes together, since Redis was started."""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Literal, get_args

import redis

from app.queue.transport import sender

Action = Literal["sent", "sent_again", "queued_when_due", "delay_begun_again", "rescued"]
ACTIONS: tuple[Action, ...] = get_args(Action)
_KEY = "jobdeck:sweep-actions"
_here: Counter[str] = Counter()
"""Where there is no Redis: the counts of this process. For tests."""
_log = logging.getLogger(__name__)


def add(action: Action, number: int) -> None:
    """Count jobs of which a sweep did something. Never raises: a count may be lost."""
    client = sender.client()
    if not number:
        return
    if client is None:
        _here[action] += number
        return
    try:
        client.hincrby(_KEY, action, number)
    except redis.RedisError as error:
        _log.warning("What the sweep did was not counted: %s", error)


def read() -> Mapping[Action, int] | None:
    """Return how often each was done. None: Redis is away."""
    client = sender.client()
    if client is None:
        return {action: _here[action] for action in ACTIONS}
    try:
        values = client.hmget(_KEY, ACTIONS)
    except redis.RedisError:
        return None
    return {action: int(value or 0) for action, value in zip(ACTIONS, values, strict=True)}
