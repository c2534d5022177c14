"""taskiq: a Redis stream that acknowledges, and a result in Redis for each task."""

import asyncio
import os
from collections.abc import Iterable

from taskiq_redis import RedisAsyncResultBackend, RedisStreamBroker

from bench.throughput.record import note

_URL = os.environ["BENCH_REDIS_URL"]
broker = RedisStreamBroker(url=_URL).with_result_backend(RedisAsyncResultBackend(redis_url=_URL))
_loop = asyncio.new_event_loop()


@broker.task
def no_op(index: int) -> int:
    """Write the record."""
    note(index)
    return index


def connect() -> None:
    """Make the group of consumers, so that what is sent before the workers start is theirs."""
    _loop.run_until_complete(broker.startup())


def start(indexes: Iterable[int]) -> None:
    """Send a message for each, one after the other."""

    async def send() -> None:
        for index in indexes:
            await no_op.kiq(index)

    _loop.run_until_complete(send())
