"""Celery with the results in Redis, as JSON (its default)."""

import os
from collections.abc import Iterable

from celery import Celery

from bench.throughput.record import note

_SOCKET = os.environ["BENCH_REDIS_SOCKET"]
app = Celery("bench", broker=f"redis+socket://{_SOCKET}", backend=f"redis+socket://{_SOCKET}")
app.conf.broker_connection_retry_on_startup = True


@app.task(name="no_op")
def no_op(index: int) -> int:
    """Write the record."""
    note(index)
    return index


def connect() -> None:
    """Nothing to do: it connects at the first message."""


def start(indexes: Iterable[int]) -> None:
    """Send a message for each."""
    for index in indexes:
        no_op.delay(index)
