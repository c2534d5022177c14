"""What a job finds in its process and must leave as it was, so that the process may be used again for the next job.

What can be put back is put back (`app.queue.execution.process_settings`); this is about the rest, and about whether
the putting back has worked.
"""

import os
import resource
import signal
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from app.queue.execution.surroundings.process_wide import owner

_LIMITS = tuple(getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """What one job may change for the next in the same process. Equal: nothing of it has changed."""

    folder: str | None
    """The working folder; None: it is gone."""
    owner: list[Any]
    """As whom it acts (`os.setuid`), and the root of all its folders (`os.chroot`)."""
    variables: Mapping[str, str] = field(repr=False)
    signals: tuple[Any, ...]
    """How each signal is treated."""
    has_alarm: bool
    """Whether a signal is due (`signal.alarm`): it would hit the next job."""
    limits: tuple[Any, ...]
    """What the kernel allows the process (`resource.setrlimit`): none of it can be raised again."""
    scheduling: tuple[Any, ...]
    """How it is treated by the kernel: its priority (`os.nice`), its processors, what signals wait."""
    threads: frozenset[threading.Thread]
    has_children: bool
    """Whether it has child processes."""

    @classmethod
    def now(cls) -> Self:
        """Look at this process. Main thread; children that have ended are forgotten."""
        return cls(
            folder=_folder(),
            owner=owner(),
            variables=dict(os.environ),
            signals=tuple(signal.getsignal(number) for number in signal.valid_signals()),
            has_alarm=any(signal.getitimer(timer)[0] for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF)),
            limits=tuple(resource.getrlimit(limit) for limit in _LIMITS),
            scheduling=_scheduling(),
            threads=frozenset(threading.enumerate()),
            has_children=_has_children(),
        )


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _scheduling() -> tuple[Any, ...]:
    processors = os.sched_getaffinity(0) if sys.platform == "linux" else None
    return os.getpriority(os.PRIO_PROCESS, 0), processors, signal.pthread_sigmask(signal.SIG_BLOCK, [])


def _has_children() -> bool:
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not ended:
            return True
