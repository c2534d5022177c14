"""Huey: a return value is kept in Redis until somebody reads it (its default)."""

import os
from collections.abc import Iterable

from huey import RedisHuey

from bench.throughput.record import note

huey = RedisHuey("bench", url=os.environ["BENCH_REDIS_URL"])


@huey.task()
def no_op(index: int) -> int:
    """Write the record."""
    note(index)
    return index


def connect() -> None:
    """Nothing to do: it connects at the first message."""


def start(indexes: Iterable[int]) -> None:
    """Put a task for each into the queue."""
    for index in indexes:
        no_op(index)
