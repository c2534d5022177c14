"""Raw Dramatiq: the message is deleted when its job is done, nothing is kept."""

import os
from collections.abc import Iterable

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from bench.throughput.record import note

dramatiq.set_broker(RedisBroker(url=os.environ["BENCH_REDIS_URL"]))


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
