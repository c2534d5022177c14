"""The thread that makes running jobs stop when they have to: by asking, then, after their grace time, by force."""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from app.queue.run import Run, StopReason

TICK_SECONDS = 0.1
UNBEGUN_SECONDS = 0.25
"""A job that was claimed and for which no thread came free in this time goes back to the queue: others may be idle."""
_log = logging.getLogger(__name__)


class Watch:
    """Keeps the time limits and the grace times of a worker's runs. One a process."""

    def __init__(self, runs: Callable[[], Iterable[Run]], *, give_back: Callable[[Run], None]) -> None:
        """`runs` gives the attempts that run now; `give_back` hands back one that has not begun."""
        self._runs = runs
        self._give_back = give_back
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                for run in list(self._runs()):
                    self._look_at(run, time.monotonic())
            except Exception:
                _log.exception("The watch met an error and goes on.")

    def _look_at(self, run: Run, at: float) -> None:
        if not run.has_begun and at - run.started >= UNBEGUN_SECONDS:
            self._give_back(run)
        if run.timeout is not None and run.has_begun and run.stop_reason is None and at - run.began >= run.timeout:
            run.ask_to_stop(StopReason.TIMED_OUT)
        if run.force_at is not None and at >= run.force_at:
            # An exception can be swallowed, or wait behind a call into C; it is raised again after as long a time.
            run.force_at = at + max(run.grace, 1.0)
            if run.force():
                _log.info("Job #%d did not stop by itself; it was interrupted.", run.job_id)
