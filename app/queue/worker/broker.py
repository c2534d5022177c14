"""Dramatiq, set up our way: one broker a process, one actor a kind, and nothing of its own delays, retries or results.

The message is the job's id and its token, nothing else; everything about the job is in its row. Dramatiq's own Redis
broker is not used: what it does to lose no message (two hashes, a set and a script for each) the rows do already, and
its consumer sleeps while jobs wait (docs/decisions/0012-mailbox-and-ledger.md).
"""

import dramatiq
from dramatiq import Actor, Broker, Consumer, Worker
from dramatiq import Message as ActorMessage
from dramatiq.errors import ActorNotFound
from dramatiq.middleware import Middleware

from app.queue.kinds.registry import registry
from app.queue.transport import sender
from app.queue.transport.message_lists import MessageLists
from app.queue.worker.consumer import QUEUE, JobConsumer, message_to
from app.queue.worker.middleware import JobState, call
from app.queue.worker.worker import WorkerLife

UNKNOWN = "unknown_kind"


class JobBroker(Broker):
    """Dramatiq's view of the message lists: to it all is one queue, whatever queues and priorities jobs wait in."""

    def __init__(self, *, lists: MessageLists, middleware: list[Middleware], life: WorkerLife) -> None:
        """Open no connection yet. `life`: the worker that this process is."""
        super().__init__(middleware=middleware)
        self.queues: dict[str, str] = {}
        self._lists = lists
        self._life = life

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 30000) -> Consumer:
        """Give what takes messages and claims their jobs."""
        return JobConsumer(self._lists, self._life)

    def declare_queue(self, queue_name: str) -> None:
        """Declare Dramatiq's queue."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = queue_name
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: ActorMessage[None], *, delay: int | None = None) -> ActorMessage[None]:
        """Refuse: jobs are started through `app.queue.start`, which stores them first."""
        raise RuntimeError("A job is started with kind.start(…), not by sending its message.")

    def get_actor(self, actor_name: str) -> Actor[..., None]:
        """Return a kind's actor; for a kind that nobody declares, the one that ends its jobs with a sentence."""
        try:
            return super().get_actor(actor_name)
        except ActorNotFound:
            return super().get_actor(UNKNOWN)


def connect(redis_url: str | None, *, life: WorkerLife) -> JobBroker:
    """Point this worker at Redis and declare an actor for every kind that is loaded. Opens no connection yet.

    Args:
        redis_url: None: the message lists are in this process. For tests.
        life: the worker that this process is.
    """
    broker = JobBroker(lists=sender.connect(redis_url), middleware=[JobState(life)], life=life)
    dramatiq.set_broker(broker)
    for name in (UNKNOWN, *registry.kinds):
        _declare_actor(broker, name, life)
    return broker


def end_threads(worker: Worker) -> None:
    """Let each thread end after the job that it runs; those without one at once. Waits for none.

    An idle thread waits for a message, so each is sent one that no job has: it is skipped.
    """
    for thread in worker.workers:
        thread.stop()
    for _ in worker.workers:
        worker.consumers[QUEUE].handle_message(message_to(UNKNOWN, job_id=0, token=0))


def _declare_actor(broker: JobBroker, name: str, life: WorkerLife) -> None:
    def perform(job_id: int, token: int) -> None:
        call(job_id, life)

    dramatiq.actor(actor_name=name, queue_name=QUEUE, broker=broker)(perform)
