"""What a job finds around it in its process, and should leave as it was for the next one there."""

import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """What one job may change for the next in the same process. Equal: nothing of it has changed."""

    folder: str | None
    """The working folder; None: it is gone."""
    umask: int
    environment: Mapping[str, str]
    signals: tuple[Any, ...]
    """How SIGTERM and SIGINT are treated."""
    threads: frozenset[threading.Thread]
    has_children: bool
    """Whether it has child processes."""

    @classmethod
    def now(cls) -> Self:
        """Look at this process. Main thread; children that have ended are forgotten."""
        umask = os.umask(0o077)
        os.umask(umask)
        return cls(
            folder=_folder(),
            umask=umask,
            environment=dict(os.environ),
            signals=tuple(signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)),
            threads=frozenset(threading.enumerate()),
            has_children=_has_children(),
        )


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


def _has_children() -> bool:
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not ended:
            return True
