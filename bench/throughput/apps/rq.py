"""RQ: a job and its result are kept in Redis for 500 s (its default)."""

import os
from collections.abc import Iterable

from redis import Redis
from rq import Queue

from bench.throughput.record import note

_queue: Queue | None = None


def no_op(index: int) -> int:
    """Write the record."""
    note(index)
    return index


def connect() -> None:
    """Open the queue."""
    global _queue
    _queue = Queue("bench", connection=Redis.from_url(os.environ["BENCH_REDIS_URL"]))


def start(indexes: Iterable[int]) -> None:
    """Put a job for each into the queue."""
    assert _queue is not None
    for index in indexes:
        _queue.enqueue(no_op, index)
