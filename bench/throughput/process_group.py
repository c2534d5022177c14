"""A group of processes that never outlives the process which made it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from typing import Any


class ProcessGroup:
    """Processes that are ended together: by `kill`, or by the kernel's word that their maker is gone, SIGKILL included.

    A process that leaves the group by itself (`setsid`) is not ended with it.
    """

    def __init__(self, *, grace_seconds: int = 0) -> None:
        """Make it, with nothing in it but its watcher.

        `grace_seconds`: how long its members have to end after SIGTERM when their maker is gone; 0: none, no SIGTERM.
        """
        kindly = f"kill -TERM 0; sleep {grace_seconds}; " if grace_seconds else ""
        self._watcher = subprocess.Popen(
            ("/bin/sh", "-c", f"trap '' TERM INT HUP; read -r _; {kindly}kill -KILL 0"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        # A shell whose standard input is a pipe that only we hold: the kernel closes it when we die. NOTE: the same
        # idea as in app/processes/supervision/lifeline.py. It is the head of the group and there before all others, so
        # none is ever without it, and the group's number cannot be given to others as long as it is not waited for.

    def start(self, arguments: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a process in it. `options`: as of `subprocess.Popen`.

        Raises:
            OSError: it cannot be started.
        """
        return subprocess.Popen(arguments, process_group=self._watcher.pid, **options)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all that are in it."""
        if self._watcher.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._watcher.pid, number)

    def kill(self) -> None:
        """End all that are in it at once. Safe to repeat."""
        self.signal(signal.SIGKILL)
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait()
