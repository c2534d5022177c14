"""The job's state around Dramatiq's run of it.

The job was claimed when its message was taken (`consumer.py`). Here its function's outcome is decided and left to the
attempt writer, which writes it. Nothing here waits for the database.
"""

import logging
from typing import Any

from dramatiq import Broker, MessageProxy, Worker
from dramatiq.middleware import Middleware, SkipMessage

from app.queue.context.stop import JobLost, JobPutAside, StopReason
from app.queue.execution.call import call_function
from app.queue.execution.outcome import finish_of
from app.queue.isolation.warm_child import ProcessDied
from app.queue.kinds.registry import registry
from app.queue.transport import sender
from app.queue.worker.consumer import QUEUE, message_of
from app.queue.worker.worker import WorkerLife

_log = logging.getLogger(__name__)


class JobState(Middleware):
    """Marks the begin of a job's function and decides how it ended."""

    def __init__(self, life: WorkerLife) -> None:
        """`life`: the worker this process is, once it boots."""
        self._life = life

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Register the worker before it takes its first message."""
        self._life.start(
            threads=worker.worker_threads,
            hand_over=lambda run: worker.consumers[QUEUE].handle_message(message_of(run)),
            end_wait=lambda: sender.message_lists().wake(),
        )

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Let the job begin, unless the worker returned it meanwhile."""
        job_id, token = message.args
        run = self._life.running.find(job_id)
        if run is None or run.token != token or not run.begin():
            raise SkipMessage(f"Job #{job_id} is not to be run with token {token}.")

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """Decide the outcome and leave it to the attempt writer."""
        job_id, token = message.args
        run = self._life.take_ended(job_id, token)
        if run is None:
            return
        run.leave_thread()
        if isinstance(exception, JobPutAside):
            run.awaits, run.awaits_least = exception.awaits, exception.least
        if isinstance(exception, ProcessDied):
            self._life.end_dead(run, exception)
        elif isinstance(exception, JobLost) or run.stop_reason is StopReason.LOST:
            _log.warning("Job #%d was taken from this worker; what it did here does not count.", run.job_id)
            self._life.lose(run)
        elif run.awaits is not None:
            self._life.hand_back(run)
        elif run.stop_reason is StopReason.HANDED_BACK and (exception or run.is_stopped_elsewhere):
            self._life.hand_back(run)
        else:
            self._life.end(run, run.end_elsewhere or finish_of(run, exception))


def call(job_id: int, life: WorkerLife) -> None:
    """Run a claimed job's function: what every actor does. In this thread, what it returns is kept in the run; in a
    process of its own where its kind or its past asks for that.

    Raises:
        NotFound: its kind is not declared here (any more).
        Forbidden: its kind is off here.
        ProcessDied: the process of its own ended without a word.
    """
    run = life.running.find(job_id)
    assert run is not None, "claimed before"
    kind = registry.get(run.kind_name)
    registry.require_on(kind)
    if run.is_isolated and life.pool is not None:
        life.pool.perform(run)
        return
    with life.usage.measuring(run):
        call_function(kind, run)
