"""What lives as long as a worker process: its runs, its threads, its heartbeat, and its end in good order."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import redis

from app.db.lifecycle import pending, rescue
from app.db.lifecycle.claim import Claim, Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.start import Message
from app.errors import Unavailable
from app.queue.context.run import Run
from app.queue.context.stop import StopReason
from app.queue.events.publisher import publish
from app.queue.events.types import JobChanged
from app.queue.events.worker_signals import PAUSES, STOP_REQUESTS
from app.queue.execution.outcome import finish_of
from app.queue.isolation.pool import IsolationPool, ProcessDied
from app.queue.kinds.registry import registry
from app.queue.reporting.reporter import Reporter
from app.queue.worker.attempt_writer import AttemptWriter
from app.queue.worker.deadlines import Deadlines
from app.queue.worker.event_publisher import EventPublisher
from app.queue.worker.heartbeat import Heartbeat
from app.queue.worker.prefetch import QUICK_SECONDS, Prefetch
from app.queue.worker.stop_requests import ORDERS_SECONDS

INTERRUPTED_SECONDS = 2.0
"""How long interrupted jobs get to end after the worker's grace time."""
MAX_STOP_SECONDS = 30.0
"""No job's grace time holds up the worker's end for longer."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many jobs a worker may claim. `free`: so many begin at once; the others only if they are quick."""

    free: int
    number: int


class WorkerLife:
    """A worker process. Made before it boots, started by the middleware `JobState`."""

    def __init__(
        self,
        *,
        name: str,
        client: redis.Redis | None,
        cells: IsolationPool | None = None,
        on_spent: Callable[[], None] = lambda: None,
    ) -> None:
        """Start nothing yet.

        Args:
            name: for people.
            client: brings stop orders; None: only the rows do.
            cells: where jobs run that need a process of their own; None: they run here.
            on_spent: called when the worker has threads that cannot be interrupted and nothing else to do.
        """
        self.name = name
        self.is_stopping = False
        self.pauses_changed = threading.Event()
        """Set when a queue was paused or resumed; who reads the pauses clears it."""
        self.room_made = threading.Event()
        """Set when a job of a limited kind has ended, so that another may run; who sends that one clears it."""
        self.cells = cells
        self._client = client
        self._on_spent = on_spent
        self._strays: dict[tuple[int, int], Run] = {}
        """Runs that are not, or no more, this worker's to decide, while a thread still has them."""
        self._runs: dict[int, Run] = {}
        self._threads = threading.Condition()
        self.threads = 0
        self._free_threads = 0
        """Less than none while jobs wait that were claimed ahead."""
        self.reporter = Reporter(lambda: list(self._runs.values()))
        self._teller = EventPublisher()
        self._ledger = AttemptWriter(flush=self.reporter.flush, tell=self._teller.tell, written=self._written)
        self.pace = Prefetch()
        self._watch = Deadlines(self._watched, give_back=self._give_back, abandon=self._abandon)
        self._heartbeat = Heartbeat(
            role="worker", name=name, running=lambda: list(self._runs), abandoned=lambda: self.abandoned_threads
        )
        self._ended = threading.Event()

    @property
    def id(self) -> str:
        """Which of all processes that ever lived this is."""
        return self._heartbeat.id

    @property
    def is_idle(self) -> bool:
        """Whether no job runs here."""
        return not self._runs

    @property
    def abandoned_threads(self) -> int:
        """How many threads are held by jobs that ended without them."""
        return sum(run.is_abandoned for run in list(self._strays.values()))

    def start(self, *, threads: int) -> None:
        """Register, and start the threads."""
        self.threads = self._free_threads = threads
        self._heartbeat.start(threads=threads, queues=registry.queues)
        self._teller.start()
        self._ledger.start(Worker(id=self.id, name=self.name))
        self.reporter.start()
        self._watch.start()
        threading.Thread(target=self._read_orders, name="orders", daemon=True).start()
        if self._client is not None:
            threading.Thread(target=self._hear_orders, name="orders-heard", daemon=True).start()

    def wait_for_room(self, seconds: float) -> Room | None:
        """Wait until jobs may be claimed. None: not in time, or the worker stops."""
        with self._threads:
            if self.is_stopping or self.abandoned_threads:  # the others end first, then it is replaced
                self._threads.wait(seconds)
                return None
            if not self._threads.wait_for(lambda: self._room() > 0, seconds):
                return None
            number = self._free_threads + self._ahead()
            return Room(free=max(0, self._free_threads), number=number) if number > 0 else None

    def _room(self) -> int:
        """Return how many jobs may be claimed; of those ahead only half at once, so that they come in groups."""
        ahead = self._ahead()
        return self._free_threads + ahead - ahead // 2

    def _ahead(self) -> int:
        """Return how many jobs may be claimed beyond the free threads: none while a longer one runs, or may."""
        at = time.monotonic()
        for run in self._running():
            is_long = run.has_begun and at - run.began >= QUICK_SECONDS
            if is_long or run.is_isolated or not self.pace.is_quick(run.kind_name):
                return 0
        return self.pace.ahead(self.threads)

    def claim(self, messages: Sequence[Message]) -> list[Claim]:
        """Claim the jobs of these messages for this worker; waits while the database is away."""
        return self._ledger.claim(messages)

    def begin(self, run: Run) -> None:
        """Take in a run that was just claimed; an older one of the same job, lost meanwhile, is interrupted."""
        older = self._runs.get(run.job_id)
        self._runs[run.job_id] = run
        with self._threads:
            self._free_threads -= 1
        if older is not None and older.may_end():
            self._strays[older.job_id, older.token] = older
            older.ask_to_stop(StopReason.LOST)
        if self.is_stopping:
            self._give_back(run)

    def run_of(self, job_id: int) -> Run | None:
        """Return the run of a job, if it runs here."""
        return self._runs.get(job_id)

    def is_running(self, job_id: int, token: int) -> bool:
        """Say whether the job of this very message runs here already."""
        run = self._runs.get(job_id)
        return run is not None and run.token == token

    def take_back(self, job_id: int, token: int) -> Run | None:
        """Return the run that a thread has ended, if its outcome is to be decided; the thread is free again."""
        run = self._runs.get(job_id)
        if run is not None and run.token == token and run.may_end():
            self.pace.note(run.kind_name, time.monotonic() - run.began)
            return run
        stray = self._strays.pop((job_id, token), None)
        if stray is not None:
            stray.leave_thread()
            self._free_thread()
        return None

    def end(self, run: Run, end: Finish | None) -> None:
        """Take in how a run's function ended (None: it is handed back); its thread is free for the next."""
        self._ledger.enter(run, end)
        self._free_thread()

    def end_dead(self, run: Run, died: ProcessDied) -> None:
        """Take in that the process of its own, in which a job ran, ended without a word."""
        if run.stop_reason is StopReason.HANDED_BACK:
            self.end(run, None)
        elif run.stop_reason is StopReason.LOST:
            self.forget(run)
        elif run.stop_reason is not None:
            self.end(run, finish_of(run, run.stop_reason.value()))
        else:
            self._ledger.enter_dead(run, str(died))
            self._free_thread()

    def forget(self, run: Run) -> None:
        """Drop a run whose job was taken from this worker."""
        self._written(run)
        self._free_thread()

    def wind_down(self) -> None:
        """Let running jobs use their grace time, then interrupt and hand back those that still run.

        Blocks; call once.
        """
        self.is_stopping = True
        self._ledger.refuse_claims()
        for run in list(self._runs.values()):
            self._give_back(run)  # those that wait for a thread, which will not come
        deadline = time.monotonic() + min(MAX_STOP_SECONDS, max((run.grace for run in self._running()), default=0.0))
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
        for run in self._running():
            self._hand_back(run)

    def stop(self) -> None:
        """End the threads and forget the process. The last thing before it exits."""
        self.is_stopping = True
        self._ended.set()
        self._watch.stop()
        self._ledger.stop()
        if self.cells is not None:
            self.cells.close()
        self.reporter.stop()
        self._teller.stop()
        self._heartbeat.stop()

    def _give_back(self, run: Run) -> None:
        """Hand a run back whose function has not begun; nothing happens where it has."""
        if run.may_begin() and run.may_end():
            self.end(run, None)

    def _watched(self) -> list[Run]:
        return [*self._runs.values(), *self._strays.values()]

    def _abandon(self, run: Run) -> None:
        """Decide the outcome of a job whose thread cannot be interrupted; the thread is lost until it returns."""
        assert run.stop_reason is not None
        if run.stop_reason is StopReason.HANDED_BACK or run.is_abandoned:
            return  # the process ends anyway
        is_ours = run.may_end()
        run.is_abandoned = True
        self._strays[run.job_id, run.token] = run
        _log.warning("Job #%d did not let itself be interrupted; its thread is abandoned.", run.job_id)
        if is_ours and run.stop_reason is StopReason.LOST:
            self._written(run)
        elif is_ours:
            run.say("It did not let itself be interrupted; its thread was abandoned.", logging.WARNING)
            self._ledger.enter(run, finish_of(run, run.stop_reason.value()))
        self._replace_if_spent()

    def _replace_if_spent(self) -> None:
        if self.abandoned_threads and not self._runs:
            self._on_spent()

    def _running(self) -> list[Run]:
        return [run for run in list(self._runs.values()) if not run.is_over]

    def _free_thread(self) -> None:
        with self._threads:
            self._free_threads += 1
            self._threads.notify()

    def _written(self, run: Run) -> None:
        """Let go of a run whose outcome is durable, or not this worker's to write."""
        if self._runs.get(run.job_id) is run:
            del self._runs[run.job_id]
        kind = registry.find(run.kind_name)
        if kind is not None and kind.max_running is not None:
            self.room_made.set()
        self.reporter.forget(run)
        self._replace_if_spent()

    def _hand_back(self, run: Run) -> None:
        """Give back a job whose thread cannot be interrupted; the process exits and cuts it off."""
        reason = "its worker stopped; it did not let itself be interrupted"
        try:
            returned = rescue.hand_back(run.job_id, run.token, worker_id=self.id, reason=reason)
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
                    pubsub.subscribe(STOP_REQUESTS)
                    while not self._ended.is_set():
                        message = pubsub.get_message(timeout=1.0)
                        if message is None:
                            continue
                        if message["data"] == PAUSES:
                            self.pauses_changed.set()
                        elif int(message["data"]) in self._runs:
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
        orders = pending.stop_requests(list(runs), worker_id=self.id)
        for job_id, run in runs.items():
            order = orders.get(job_id)
            if run.is_over:
                continue
            if order is None or order.token != run.token:
                if self._runs.get(job_id) is run:  # else it ended, in good order, while its row was read
                    run.ask_to_stop(StopReason.LOST)
            elif order.is_cancelled:
                run.ask_to_stop(StopReason.CANCELLED)
                if order.is_forced:
                    run.hurry()
