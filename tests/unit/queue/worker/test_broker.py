"""Dramatiq as a worker knows it: an actor for each kind, one for all unknown ones, and no other way to start jobs."""

import pytest
from dramatiq import Message, Worker

from app.queue import JobContext, job
from app.queue.worker import broker
from app.queue.worker.worker import WorkerLife
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def made() -> broker.JobBroker:
    """A broker with one kind."""

    @job
    def count(ctx: JobContext) -> None:
        """Count."""

    return made_for(WorkerLife(name="worker-1", client=None))


def made_for(life: WorkerLife) -> broker.JobBroker:
    """Return a broker of a worker without Redis."""
    return broker.connect(None, life=life)


def test_each_kind_has_an_actor_and_unknown_ones_share_one(made: broker.JobBroker) -> None:
    assert made.get_actor("count").actor_name == "count"
    assert made.get_actor("gone").actor_name == broker.UNKNOWN
    assert set(made.queues) == {"jobs"}


def test_a_message_that_is_sent_past_the_door_is_refused(made: broker.JobBroker) -> None:
    message: Message[None] = Message(queue_name="jobs", actor_name="count", args=(), kwargs={}, options={})

    with pytest.raises(RuntimeError, match=r"A job is started with kind\.start"):
        made.enqueue(message)


def test_threads_that_wait_for_a_job_end_at_once_with_their_worker() -> None:
    life = WorkerLife(name="worker-1", client=None)
    worker = Worker(made_for(life), worker_threads=2, worker_timeout=3_600_000)
    worker.start()
    until(lambda: all(thread.running for thread in worker.workers))

    broker.end_threads(worker)

    until(lambda: not any(thread.is_alive() for thread in worker.workers))
    life.wind_down()
    worker.stop(timeout=0)
    life.stop()
