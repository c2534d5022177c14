"""Threads that take the same step again and again, whatever goes wrong in one of them."""

import logging
import threading
import time
from collections.abc import Callable

from app.errors import Unavailable
from app.repeated_warning import RepeatedWarning

_log = logging.getLogger(__name__)
_STOP_SECONDS = 5.0
REST_AFTER_SECONDS = 2.0
"""Without work for so long, a thread rests: work that comes and goes is not waited for."""
REST_SECONDS = 5.0
"""How often a resting thread looks."""


class RepeatingThread:
    """Takes a step every so often, or at once when it is woken. An error in a step is logged, and the next step comes.

    A daemon: it never keeps a process from ending.
    """

    def __init__(
        self,
        step: Callable[[], object],
        *,
        name: str,
        seconds: float | Callable[[], float] | None,
        woken: threading.Event | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            step: what is done each time, in the thread.
            name: the thread's, for logs.
            seconds: between the end of one step and the next, or what gives it each time; None: a step comes only when
                the thread is woken.
            woken: wakes the thread when it is set, as `wake` does.
        """
        self._step = step
        self._seconds = seconds
        self._woken = woken or threading.Event()
        self._stopping = threading.Event()
        self._waits = RepeatedWarning(_log)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether the thread was asked to end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Take the next step at once. Safe from any thread."""
        self._woken.set()

    def pause(self, seconds: float) -> None:
        """Wait within a step, but not when the thread is to end."""
        self._stopping.wait(seconds)

    def stop(self, *, waits: bool = True) -> None:
        """End the thread after the step that it is in. Safe to repeat, and before `start`.

        `waits`: for that end, five seconds at most.
        """
        self._stopping.set()
        self._woken.set()
        if waits and self._thread.is_alive():
            self._thread.join(timeout=_STOP_SECONDS)

    def _work(self) -> None:
        while True:
            self._woken.wait(self._seconds() if callable(self._seconds) else self._seconds)
            self._woken.clear()
            if self._stopping.is_set():
                return
            try:
                self._step()
                self._waits.end()
            except Unavailable as error:
                self._waits.say(f"The {self._thread.name} waits: {error.message}")
            except Exception:
                _log.exception("The %s met an error and goes on.", self._thread.name)


class RestingThread(RepeatingThread):
    """Takes a step every so often while there is work, and seldom when there was none for a while."""

    def __init__(self, step: Callable[[], object], *, name: str, seconds: float, has_work: Callable[[], bool]) -> None:
        """Start nothing yet.

        Args:
            step, name: as of every repeating thread.
            seconds: between two steps while there is work.
            has_work: says whether there is any.
        """
        super().__init__(step, name=name, seconds=self._pause_seconds)
        self._usual_seconds = seconds
        self._has_work = has_work
        self._worked = time.monotonic()
        self._is_resting = False

    def expect(self) -> None:
        """End a rest: work has come. Safe from any thread; costs nothing while the thread does not rest."""
        if self._is_resting:
            self._is_resting = False
            self.wake()

    def _pause_seconds(self) -> float:
        at = time.monotonic()
        self._is_resting = at - self._worked >= REST_AFTER_SECONDS  # before the look: what comes after it is told
        if self._has_work():
            self._is_resting, self._worked = False, at
        return REST_SECONDS if self._is_resting else self._usual_seconds
