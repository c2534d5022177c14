"""How a worker takes its work, and what becomes of what it took and does not run."""

from collections.abc import Sequence

import pytest

from app.db.lifecycle.start import Message
from app.queue.transport.message_lists import LocalLists
from app.queue.worker.consumer import JobConsumer
from app.queue.worker.worker import WorkerLife
from tests.store import stored

pytestmark = pytest.mark.usefixtures("room")


class Interrupted(LocalLists):
    """Its worker is stopped while it waits for messages."""

    life: WorkerLife

    def take(self, number: int, *, queues: Sequence[str], wait_seconds: float) -> list[Message]:
        """Stop the worker, then give what is there."""
        self.life.wind_down()
        return super().take(number, queues=queues, wait_seconds=wait_seconds)


def test_what_a_worker_took_as_it_was_stopped_waits_for_others_at_once() -> None:
    lists = Interrupted(lambda queue: queue)
    lists.life = WorkerLife(name="worker-1", client=None)
    lists.life.start(threads=2)
    waiting = [stored(), stored()]
    lists.put(waiting)

    assert next(JobConsumer(lists, lists.life)) is None

    assert lists.take(2, queues=["default"], wait_seconds=0) == waiting
    lists.life.stop()
