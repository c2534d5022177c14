"""What lives as long as a worker process: its runs, its threads, its heartbeat, and its end in good order."""

import logging
import threading
import time

import redis

from app.db import jobs, outstanding
from app.errors import Unavailable
from app.queue.events import ORDERS, JobChanged, publish
from app.queue.heartbeat import Heartbeat
from app.queue.registry import registry
from app.queue.reporter import Reporter
from app.queue.run import Run, StopReason
from app.queue.watch import Watch

ORDERS_SECONDS = 2.0
"""How often the rows of running jobs are read for orders; Redis brings them at once, but may lose them."""
INTERRUPTED_SECONDS = 2.0
"""How long interrupted jobs get to end after the worker's grace time."""
MAX_STOP_SECONDS = 30.0
"""No job's grace time holds up the worker's end for longer."""
_log = logging.getLogger(__name__)


class WorkerLife:
    """A worker process. Made before it boots, started by the middleware `JobState`."""

    def __init__(self, *, name: str, client: redis.Redis | None) -> None:
        """`name` is for people; `client` brings stop orders (None: only the rows do)."""
        self.name = name
        self.is_stopping = False
        self._client = client
        self._runs: dict[int, Run] = {}
        self.reporter = Reporter(lambda: list(self._runs.values()))
        self._watch = Watch(lambda: list(self._runs.values()))
        self._heartbeat = Heartbeat(role="worker", name=name, running=lambda: list(self._runs))
        self._ended = threading.Event()

    @property
    def id(self) -> str:
        """Which of all processes that ever lived this is."""
        return self._heartbeat.id

    @property
    def is_idle(self) -> bool:
        """Whether no job runs here."""
        return not self._runs

    def start(self, *, threads: int, broker_id: str | None) -> None:
        """Register, and start the threads."""
        self._heartbeat.start(threads=threads, queues=registry.queues, broker_id=broker_id)
        self.reporter.start()
        self._watch.start()
        threading.Thread(target=self._read_orders, name="orders", daemon=True).start()
        if self._client is not None:
            threading.Thread(target=self._hear_orders, name="orders-heard", daemon=True).start()

    def begin(self, run: Run) -> None:
        """Take in a run that was just claimed; an older one of the same job, lost meanwhile, is interrupted."""
        older = self._runs.get(run.job_id)
        self._runs[run.job_id] = run
        if older is not None:
            older.ask_to_stop(StopReason.LOST)
            older.force()

    def run_of(self, job_id: int) -> Run | None:
        """Return the run of a job, if it runs here."""
        return self._runs.get(job_id)

    def end(self, run: Run) -> None:
        """Forget a run whose outcome is written."""
        self._runs.pop(run.job_id, None)
        self.reporter.forget(run)

    def wind_down(self) -> None:
        """Let running jobs use their grace time, then interrupt and hand back those that still run.

        Blocks; call once.
        """
        self.is_stopping = True
        deadline = time.monotonic() + min(
            MAX_STOP_SECONDS, max((run.grace for run in self._runs.values()), default=0.0)
        )
        began = time.monotonic()
        while self._runs and time.monotonic() < deadline:
            for run in list(self._runs.values()):
                if time.monotonic() - began >= run.grace:
                    run.ask_to_stop(StopReason.HANDED_BACK)
            self._ended.wait(0.05)
        for run in list(self._runs.values()):
            run.ask_to_stop(StopReason.HANDED_BACK)
        deadline = time.monotonic() + INTERRUPTED_SECONDS
        while self._runs and time.monotonic() < deadline:
            self._ended.wait(0.05)
        for run in list(self._runs.values()):
            self._hand_back(run)

    def stop(self) -> None:
        """End the threads and forget the process. The last thing before it exits."""
        self.is_stopping = True
        self._ended.set()
        self._watch.stop()
        self.reporter.stop()
        self._heartbeat.stop()

    def _hand_back(self, run: Run) -> None:
        """Give back a job whose thread cannot be interrupted; the process exits and cuts it off."""
        reason = "its worker stopped; it did not let itself be interrupted"
        try:
            returned = jobs.hand_back(run.job_id, run.token, worker_id=self.id, reason=reason)
        except Unavailable as error:
            _log.warning("Job #%d could not be handed back: %s It will be rescued.", run.job_id, error.message)
            return
        if returned is not None:
            publish([JobChanged(job=returned[0])])

    def _read_orders(self) -> None:
        while not self._ended.wait(ORDERS_SECONDS):
            try:
                self._obey()
            except Unavailable as error:
                _log.warning("Stop orders cannot be read: %s", error.message)
            except Exception:
                _log.exception("Reading stop orders met an error; it goes on.")

    def _hear_orders(self) -> None:
        assert self._client is not None
        while not self._ended.is_set():
            try:
                with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:  # type: ignore[no-untyped-call]  # redis-py
                    pubsub.subscribe(ORDERS)
                    while not self._ended.is_set():
                        message = pubsub.get_message(timeout=1.0)
                        if message is not None and int(message["data"]) in self._runs:
                            self._obey()
            except redis.RedisError as error:
                _log.warning("Stop orders come late while Redis is away: %s", error)
                self._ended.wait(1.0)
            except Exception:
                _log.exception("Hearing stop orders met an error; it goes on.")
                self._ended.wait(1.0)

    def _obey(self) -> None:
        runs = dict(self._runs)
        if not runs:
            return
        orders = outstanding.orders(list(runs), worker_id=self.id)
        for job_id, run in runs.items():
            order = orders.get(job_id)
            if order is None or order.token != run.token:
                if self._runs.get(job_id) is run:  # else it ended, in good order, while its row was read
                    run.ask_to_stop(StopReason.LOST)
            elif order.is_cancelled:
                run.ask_to_stop(StopReason.CANCELLED)
