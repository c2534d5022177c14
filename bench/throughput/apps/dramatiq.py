"""Raw Dramatiq: the message is deleted when its job is done, nothing is kept."""

import os
from collections.abc import Iterable

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import GroupCallbacks
from dramatiq.rate_limits.backends import RedisBackend

from bench.throughput.record import note

_broker = RedisBroker(url=os.environ["BENCH_REDIS_URL"])
if "BENCH_FLOWS" in os.environ:
    _broker.add_middleware(GroupCallbacks(RedisBackend(url=os.environ["BENCH_REDIS_URL"])))
dramatiq.set_broker(_broker)


@dramatiq.actor(max_retries=0)
def no_op(index: int) -> None:
    """Write the record."""
    note(index)


def connect() -> None:
    """Nothing to do: the broker connects at the first message."""


def start(indexes: Iterable[int]) -> None:
    """Send a message for each."""
    for index in indexes:
        no_op.send(index)


def start_chain(indexes: Iterable[int]) -> None:
    """Send a message for each, each after the one before."""
    dramatiq.pipeline(no_op.message_with_options(args=(index,), pipe_ignore=True) for index in indexes).run()


def start_fan(indexes: Iterable[int]) -> None:
    """Send a message for each, and one that follows when all have ended."""
    children = list(indexes)
    group = dramatiq.group(no_op.message(index) for index in children)
    group.add_completion_callback(no_op.message(len(children)))
    group.run()
