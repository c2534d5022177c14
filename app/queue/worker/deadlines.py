"""The thread that makes running jobs stop when they have to: by asking, then, after their grace time, by force."""

import logging
import time
from collections.abc import Callable, Sequence

from app.queue.context.run import Run
from app.queue.context.stop import StopReason
from app.repeating_thread import RestingThread

TICK_SECONDS = 0.1
ASLEEP_SECONDS = 2.0
"""After so long without a look the process was stopped (SIGSTOP, a laptop's lid), or had no processor."""
UNBEGUN_SECONDS = 0.25
"""A job that was claimed and for which no thread came free in this time goes back to the queue: others may be idle."""
KILL_SECONDS = 1.0
"""Between the exception and the next, harder step."""
GIVE_UP_AFTER = 4
"""After three exceptions in three seconds a thread is taken for one that cannot be interrupted."""
_log = logging.getLogger(__name__)


class Deadlines:
    """Keeps the time limits and the grace times of a worker's runs. One a process."""

    def __init__(
        self,
        runs: Callable[[], Sequence[Run]],
        *,
        return_unbegun: Callable[[Run], None],
        abandon: Callable[[Run], None],
    ) -> None:
        """Start no thread yet.

        Args:
            runs: gives the attempts that run now.
            return_unbegun: returns one that has not begun.
            abandon: gives up one whose thread cannot be interrupted.
        """
        self._runs = runs
        self._return_unbegun = return_unbegun
        self._abandon = abandon
        self._looked = time.monotonic()
        self._worked = time.process_time()
        self._thread = RestingThread(self._look, name="deadlines", seconds=TICK_SECONDS, has_work=lambda: bool(runs()))

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def expect(self) -> None:
        """A run begins."""
        self._thread.expect()

    def stop(self) -> None:
        """End the thread."""
        self._thread.stop()

    def _look(self) -> None:
        slept_seconds = self._slept_seconds()
        for run in [one for one in self._runs() if not one.is_over]:
            if slept_seconds:
                run.put_off(slept_seconds)
            self._look_at(run, time.monotonic())

    def _slept_seconds(self) -> float:
        """Return for how long this process, or the whole machine, stood still since the last look.

        It did not where it worked meanwhile: then a job kept the interpreter to itself, and that time is the job's.
        """
        looked, self._looked = self._looked, time.monotonic()
        worked, self._worked = self._worked, time.process_time()
        passed = self._looked - looked
        is_asleep = passed >= ASLEEP_SECONDS and self._worked - worked < passed / 2
        return passed - TICK_SECONDS if is_asleep else 0.0

    def _look_at(self, run: Run, at: float) -> None:
        if not run.has_begun and at - run.started >= UNBEGUN_SECONDS:
            self._return_unbegun(run)
        if run.timeout is not None and run.limited_from is not None and at - run.limited_from >= run.timeout:
            run.ask_to_stop(StopReason.TIMED_OUT)
        if run.force_at is not None and at >= run.force_at:
            self._use_force(run, at)

    def _use_force(self, run: Run, at: float) -> None:
        """Interrupt the job; an exception can be swallowed, or wait behind a call into C: then there is more."""
        run.times_forced += 1
        if run.times_forced == 1:
            run.force_at = at + KILL_SECONDS
            if run.force():
                _log.info("Job #%d did not stop by itself; it was interrupted.", run.job_id)
        elif run.kill():
            run.force_at = None
            _log.warning("Job #%d did not let itself be interrupted; its process was killed.", run.job_id)
        elif run.times_forced < GIVE_UP_AFTER:
            run.force_at = at + KILL_SECONDS
            run.force()
        else:
            run.force_at = None
            self._abandon(run)
