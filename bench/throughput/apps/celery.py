"""Celery with the results in Redis, as JSON (its default)."""

import os
from collections.abc import Iterable

from celery import Celery, chain, chord

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


def start_chain(indexes: Iterable[int]) -> None:
    """Send a task for each, each after the one before."""
    chain(no_op.si(index) for index in indexes).apply_async()


def start_fan(indexes: Iterable[int]) -> None:
    """Send a task for each, and one that follows when all have succeeded."""
    children = list(indexes)
    chord(no_op.si(index) for index in children)(no_op.si(len(children)))
