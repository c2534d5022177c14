"""A worker process: the parts that live as long as it does, what becomes of each job, and its end in good order.

A job leaves its worker in one of these ways (docs/design.md §2): its outcome is written; it is *returned* before its
function began; it is *handed back* because the worker stops; it is *lost*, because another worker has it now. Where
the worker died, the sweep of another process *rescues* it.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence

import redis

from app.db import Asked
from app.db.lifecycle import rescue
from app.db.lifecycle.claim import Claim, Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.start import Message
from app.errors import Unavailable
from app.queue.context.run import Run
from app.queue.context.stop import StopReason
from app.queue.events.publisher import publish
from app.queue.events.types import JobChanged
from app.queue.execution.outcome import finish_of
from app.queue.execution.usage import ThreadUsage
from app.queue.execution.zombies import Zombies
from app.queue.isolation.pool import IsolationPool
from app.queue.isolation.warm_child import ProcessDied
from app.queue.kinds.registry import registry
from app.queue.reporting.reporter import Reporter
from app.queue.worker.attempt_writer import AttemptWriter
from app.queue.worker.capacity import Capacity
from app.queue.worker.deadlines import Deadlines
from app.queue.worker.event_publisher import EventPublisher
from app.queue.worker.heartbeat import Heartbeat
from app.queue.worker.prefetch import Prefetch
from app.queue.worker.running_jobs import RunningJobs, run_of
from app.queue.worker.stop_requests import StopRequests
from app.repeating_thread import RepeatingThread

INTERRUPTED_SECONDS = 2.0
"""How long interrupted jobs get to end after the worker's grace time."""
MAX_STOP_SECONDS = 30.0
"""No job's grace time holds up the worker's end for longer."""
LOOK_SECONDS = 0.05
"""Between two looks whether the jobs of a stopping worker have ended."""
REAP_SECONDS = 15.0
"""Between two looks for processes that jobs forked and left as zombies."""
_log = logging.getLogger(__name__)


class WorkerLife:
    """A worker process. Made before it boots, started by the middleware `JobState`."""

    def __init__(
        self,
        *,
        name: str,
        client: redis.Redis | None,
        pool: IsolationPool | None = None,
        on_spent: Callable[[], None] = lambda: None,
        on_stop_asked: Callable[[], None] = lambda: None,
    ) -> None:
        """Start nothing yet.

        Args:
            name: for people.
            client: brings stop requests; None: only the rows do.
            pool: where jobs run that need a process of their own; None: they run here.
            on_spent: called when the worker has threads that cannot be interrupted and nothing else to do.
            on_stop_asked: called when a person or a program asked this worker to end.
        """
        self.name = name
        self.is_stopping = False
        self.pauses_changed = threading.Event()
        """Set when a queue was paused or resumed; who reads the pauses clears it."""
        self.room_made = threading.Event()
        """Set when a job of a limited kind has ended, so that another may run; who sends that one clears it."""
        self.pool = pool
        self.running = RunningJobs()
        self.usage = ThreadUsage()
        self.prefetch = Prefetch()
        self.capacity = Capacity(self.running, self.prefetch)
        self._on_spent = on_spent
        self._on_stop_asked = on_stop_asked
        self._reporter = Reporter(lambda: self.running.all, meanwhile=self.usage.look)
        self._publisher = EventPublisher()
        self._writer = AttemptWriter(
            flush=self._reporter.flush,
            tell=self._publisher.tell,
            written=self._let_go,
            lend=self.capacity.lend,
            taken=self._begin_taken,
        )
        self._hand_over: Callable[[Run], None] = lambda _: None
        self._end_wait: Callable[[], None] = lambda: None
        self._deadlines = Deadlines(
            lambda: self.running.with_strays, return_unbegun=self._return_unbegun, abandon=self._abandon
        )
        self._stop_requests = StopRequests(
            self.running,
            client=client,
            pauses_changed=self._note_pauses,
            asked_anew=lambda: self._heartbeat.beat_now(),
        )
        self._heartbeat = Heartbeat(
            role="worker",
            name=name,
            running=lambda: self.running.job_ids,
            abandoned=lambda: self.running.abandoned_threads,
            used_seconds=lambda: self.capacity.used_seconds,
            on_asked=self._follow,
        )
        self._reaping = RepeatingThread(Zombies().reap, name="reaping of zombies", seconds=REAP_SECONDS)

    @property
    def id(self) -> str:
        """Which of all processes that ever lived this is."""
        return self._heartbeat.id

    def start(
        self,
        *,
        threads: int,
        hand_over: Callable[[Run], None] = lambda _: None,
        end_wait: Callable[[], None] = lambda: None,
    ) -> None:
        """Register, and start the threads.

        Args:
            threads: how many jobs may run at once.
            hand_over: gives a thread a run that came without a message.
            end_wait: ends the wait for a message, so that what has changed is looked at. May raise `RedisError`.
        """
        self._hand_over, self._end_wait = hand_over, end_wait
        self.capacity.open(threads)
        self._heartbeat.start(threads=threads, queues=registry.queues)
        self._publisher.start()
        self._writer.start(Worker(id=self.id, name=self.name))
        self._reporter.start()
        self._deadlines.start()
        self._stop_requests.start(worker_id=self.id)
        self._reaping.start()
        if self.pool is not None:
            self.pool.start()

    def claim(self, messages: Sequence[Message]) -> list[Claim]:
        """Claim the jobs of these messages for this worker; waits while the database is away."""
        return self._writer.claim(messages)

    def begin(self, run: Run) -> None:
        """Take in a run that was just claimed; an older one of the same job, lost meanwhile, is interrupted."""
        older = self.running.add(run)
        self._reporter.expect()
        self._deadlines.expect()
        self.capacity.occupy()
        if older is not None and older.claim_end():
            self.running.add_stray(older)
            older.ask_to_stop(StopReason.LOST)
        if self.is_stopping:
            self._return_unbegun(run)

    def take_ended(self, job_id: int, token: int) -> Run | None:
        """Return the run that a thread has left, if its outcome is still to be decided. None: it is a stray's thread,
        which is free again.
        """
        run = self.running.find(job_id)
        if run is not None and run.token == token and run.claim_end():
            self.prefetch.note(run.kind_name, time.monotonic() - run.began)
            return run
        stray = self.running.remove_stray(job_id, token)
        if stray is not None:
            stray.leave_thread()
            self.capacity.free()
        return None

    def end(self, run: Run, end: Finish) -> None:
        """Take in how a run's function ended; its thread is free for the next."""
        self._writer.finish(run, end)
        self.capacity.free()

    def hand_back(self, run: Run) -> None:
        """Give a job back to its queue, or aside, without an attempt used up: the worker stops, its function has not
        begun, or it waits for others.
        """
        self._writer.hand_back(run)
        self.capacity.free()

    def lose(self, run: Run) -> None:
        """Let go of a run whose job another worker has now; nothing that it did here counts."""
        self._let_go(run)
        self.capacity.free()

    def end_dead(self, run: Run, died: ProcessDied) -> None:
        """Take in that the process of its own, in which a job ran, ended without a word."""
        if run.stop_reason is StopReason.HANDED_BACK:
            self.hand_back(run)
        elif run.stop_reason is StopReason.LOST:
            self.lose(run)
        elif run.stop_reason is not None:
            self.end(run, finish_of(run, run.stop_reason.value()))
        else:
            self._writer.crash(run, str(died))
            self.capacity.free()

    def wind_down(self) -> None:
        """Let running jobs use their grace time, then interrupt and hand back those that still run.

        Blocks; call once.
        """
        self.is_stopping = True
        self.capacity.close()
        self._look_anew()
        self._writer.refuse_claims()
        for run in self.running.all:
            self._return_unbegun(run)  # those that wait for a thread, which will not come
        began = time.monotonic()
        longest = max((run.grace for run in self.running.undecided), default=0.0)
        self._wait_for_end(min(MAX_STOP_SECONDS, longest), meanwhile=lambda: self._interrupt_after_grace(began))
        for run in self.running.all:
            run.ask_to_stop(StopReason.HANDED_BACK)
        self._wait_for_end(INTERRUPTED_SECONDS)
        for run in self.running.undecided:
            self._hand_back_uninterruptible(run)

    def stop(self) -> None:
        """End the threads and forget the process. The last thing before it exits."""
        self.is_stopping = True
        self.capacity.close()
        self._stop_requests.stop()
        self._reaping.stop()
        self._deadlines.stop()
        self._writer.stop()
        if self.pool is not None:
            self.pool.close()
        self._reporter.stop()
        self._publisher.stop()
        self._heartbeat.stop()

    def _begin_taken(self, claims: Sequence[Claim], lent: int) -> None:
        """Begin the jobs that were claimed as those ended for which they waited, on threads that were lent for them."""
        try:
            for claim in claims:
                if not self.running.has_attempt(claim.job_id, claim.token):  # of a write that was repeated
                    run = run_of(claim)
                    self.begin(run)
                    self._hand_over(run)
        finally:
            for _ in range(lent):
                self.capacity.free()

    def _follow(self, asked: Asked) -> None:
        _log.info("This worker was asked: %s.", asked or "resume")
        self.capacity.set_quiet(asked is not Asked.NONE)
        self._look_anew()
        if asked is Asked.STOP:
            self._on_stop_asked()

    def _note_pauses(self) -> None:
        self.pauses_changed.set()
        self._look_anew()

    def _look_anew(self) -> None:
        """Let what waits for a message look at what has changed. Where Redis is away, it looks soon by itself."""
        with contextlib.suppress(redis.RedisError):
            self._end_wait()

    def _wait_for_end(self, seconds: float, *, meanwhile: Callable[[], None] = lambda: None) -> None:
        deadline = time.monotonic() + seconds
        while self.running and time.monotonic() < deadline:
            meanwhile()
            time.sleep(LOOK_SECONDS)

    def _interrupt_after_grace(self, began: float) -> None:
        for run in self.running.all:
            if time.monotonic() - began >= run.grace:
                run.ask_to_stop(StopReason.HANDED_BACK)

    def _return_unbegun(self, run: Run) -> None:
        """Return a job whose function has not begun; nothing happens where it has."""
        if run.claim_begin() and run.claim_end():
            self.hand_back(run)

    def _abandon(self, run: Run) -> None:
        """Decide the outcome of a job whose thread cannot be interrupted; the thread is lost until it returns."""
        assert run.stop_reason is not None
        if run.stop_reason is StopReason.HANDED_BACK or run.is_abandoned:
            return  # the process ends anyway
        is_ours = run.claim_end()
        run.is_abandoned = True
        self.running.add_stray(run)
        self._look_anew()
        _log.warning("Job #%d did not let itself be interrupted; its thread is abandoned.", run.job_id)
        if is_ours and run.stop_reason is StopReason.LOST:
            self._let_go(run)
        elif is_ours:
            run.log.say("It did not let itself be interrupted; its thread was abandoned.", logging.WARNING)
            self._writer.finish(run, finish_of(run, run.stop_reason.value()))
        self._replace_if_spent()

    def _replace_if_spent(self) -> None:
        if self.running.abandoned_threads and not self.running:
            self._on_spent()

    def _let_go(self, run: Run) -> None:
        """Let go of a run whose outcome is durable, or not this worker's to write."""
        self.running.remove(run)
        kind = registry.find(run.kind_name)
        if kind is not None and kind.max_running is not None:
            self.room_made.set()
        self._reporter.forget(run)
        self._replace_if_spent()

    def _hand_back_uninterruptible(self, run: Run) -> None:
        """Hand back a job whose thread cannot be interrupted; the process exits and cuts it off."""
        reason = "its worker stopped; it did not let itself be interrupted"
        try:
            handed_back = rescue.hand_back(run.job_id, run.token, worker_id=self.id, reason=reason)
        except Unavailable as error:
            _log.warning("Job #%d could not be handed back: %s It will be rescued.", run.job_id, error.message)
            return
        if handed_back is not None:
            publish([JobChanged(job=handed_back[0])])
