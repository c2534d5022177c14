"""How a worker takes its work, and what becomes of what it took and does not run."""

import threading
from collections.abc import Sequence

import pytest

from app.db import Asked
from app.db.lifecycle.start import Message
from app.queue.context.stop import StopReason
from app.queue.transport.message_lists import LocalLists
from app.queue.worker.consumer import JobConsumer
from app.queue.worker.worker import WorkerLife
from tests.store import stored
from tests.unit.queue.runs import run_of

pytestmark = pytest.mark.usefixtures("room")


class Interrupted(LocalLists):
    """Its worker is stopped while it waits for messages."""

    life: WorkerLife

    def take(self, number: int, *, queues: Sequence[str]) -> list[Message]:
        """Stop the worker, then give what is there."""
        self.life.wind_down()
        return super().take(number, queues=queues)


def test_what_a_worker_took_as_it_was_stopped_waits_for_others_at_once() -> None:
    lists = Interrupted(lambda queue: queue)
    lists.life = WorkerLife(name="worker-1", client=None)
    lists.life.start(threads=2)
    waiting = [stored(), stored()]
    lists.put(waiting)

    assert next(JobConsumer(lists, lists.life)) is None

    assert lists.take(2, queues=["default"]) == waiting
    lists.life.stop()


@pytest.mark.parametrize("act", ["a pause", "a thread that is lost", "quiet", "the end"])
def test_a_worker_that_waits_for_messages_looks_at_once_at_what_has_changed(act: str) -> None:
    ended = threading.Event()
    life = WorkerLife(name="worker-1", client=None)
    life.start(threads=2, end_wait=ended.set)

    if act == "a pause":
        life._note_pauses()
    elif act == "a thread that is lost":
        run = run_of(1)
        run.ask_to_stop(StopReason.CANCELLED)
        life._abandon(run)
    elif act == "quiet":
        life._follow(Asked.QUIET)
    else:
        life.wind_down()
    life.stop()

    assert ended.is_set()
