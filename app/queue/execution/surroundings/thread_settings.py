"""What a job may change for the thread it runs in, and its being put back: another job runs there next."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

_log = logging.getLogger(__name__)


class ThreadBeginning:
    """With what the threads of a process began that run jobs."""

    def __init__(self) -> None:
        """Look at this thread: those that it starts begin as it did."""
        self._values = [read() for read, _, _ in _SETTINGS]
        self._is_told = False

    def put_back(self) -> None:
        """Let this thread be as it was; what the system forbids is told once."""
        for (read, put_back, words), value in zip(_SETTINGS, self._values, strict=True):
            if read() != value:
                try:
                    put_back(value)
                except OSError as error:
                    if not self._is_told:
                        _log.warning("A job changed %s of its thread for good (%s): isolate it.", words, error)
                    self._is_told = True


class Hooks:
    """The debugger and the profiler of a thread, what hears of its asynchronous generators, and its name."""

    __slots__ = ("_generators", "_name", "_profile", "_trace")

    def __init__(self) -> None:
        """Look at this thread."""
        self._trace, self._profile = sys.gettrace(), sys.getprofile()
        self._generators, self._name = sys.get_asyncgen_hooks(), threading.current_thread().name

    def put_back(self) -> None:
        """Let one that a job has left hear nothing of the next."""
        if sys.gettrace() is not self._trace:
            sys.settrace(self._trace)
        left = sys.getprofile()  # held: where the last of a C profiler goes inside of `setprofile`, it complains
        if left is not self._profile:
            sys.setprofile(self._profile)
        if sys.get_asyncgen_hooks() != self._generators:
            sys.set_asyncgen_hooks(*self._generators)
        if (thread := threading.current_thread()).name != self._name:
            thread.name = self._name


def forget_loop() -> None:
    """Leave no event loop set for this thread: it is mostly closed, and another job asks for the thread's loop.

    The main thread, in which a job runs alone, gets the policy that it had, and so another loop.
    """
    if (policy := loop_policy()) is not None and threading.current_thread() is not threading.main_thread():
        policy.set_event_loop(None)


def loop_policy() -> Any:
    """Return what makes event loops; None: nobody has asked for one yet. Python 3.14 warns whoever asks by its name."""
    return getattr(sys.modules.get("asyncio.events"), "_event_loop_policy", None)


def _priority() -> int:
    """Return how far this thread stands back (`os.nice`). On Linux that is the thread's, not the process's."""
    return os.getpriority(os.PRIO_PROCESS, 0)


def _set_signals(blocked: set[int]) -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


_Setting = tuple[Callable[[], Any], Callable[[Any], object], str]
_ON_LINUX: tuple[_Setting, ...] = (
    (_priority, lambda wanted: os.setpriority(os.PRIO_PROCESS, 0, wanted), "the priority"),
    (lambda: os.sched_getaffinity(0), lambda wanted: os.sched_setaffinity(0, wanted), "the processors"),
)
_SETTINGS: tuple[_Setting, ...] = (
    *(_ON_LINUX if sys.platform == "linux" else ()),
    (lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()), _set_signals, "the blocked signals"),
    (
        sys.get_coroutine_origin_tracking_depth,
        sys.set_coroutine_origin_tracking_depth,
        "how much is kept of a coroutine's origin",
    ),
)
