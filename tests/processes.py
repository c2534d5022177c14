"""Questions about processes that may end at any moment, also while they are asked.

Between a list of processes and a question to one of them it may be gone: the helpers of a shell live for milliseconds.
"""

import contextlib
from collections.abc import Iterable

import psutil


def is_gone(process: int | psutil.Process) -> bool:
    """Say whether a process has ended; its number may wait for its parent to take leave of it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        found = process if isinstance(process, psutil.Process) else psutil.Process(process)
        return not found.is_running() or found.status() == psutil.STATUS_ZOMBIE
    return True


def command_of(process: psutil.Process) -> str:
    """Return the command line of a process; nothing when it has ended."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def kill(processes: Iterable[psutil.Process]) -> None:
    """End by SIGKILL those that still are there."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
