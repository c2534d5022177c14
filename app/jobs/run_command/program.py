"""A command as a process group, which never outlives the worker that started it."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_WATCHER = ("/bin/sh", "-c", "trap '' TERM INT HUP; read -r _; kill -TERM 0; sleep 3; kill -KILL 0")
"""The head of the group. The worker holds the other end of what it reads from; the kernel closes that when the worker
dies, SIGKILL included, and then it ends its group. NOTE: the same idea as in app/processes/lifeline.py.

It is there before the command, and it is a member of the group: so no command is ever without it, and the group's
number cannot be given to others while it is waited for.
"""


class Program:
    """A running command with all that it starts. Leave the context, and they are gone, whatever happened."""

    def __init__(self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        """Start it, without input.

        Raises:
            OSError: it cannot be started.
        """
        self._watcher = subprocess.Popen(
            _WATCHER,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        try:
            self._process = subprocess.Popen(
                arguments,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                process_group=self._watcher.pid,
            )
        except BaseException:
            self._kill()
            raise

    @property
    def stdout(self) -> IO[bytes]:
        """What it writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def stderr(self) -> IO[bytes]:
        """What it complains."""
        assert self._process.stderr is not None
        return self._process.stderr

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative: the number of the signal that ended it."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._watcher.pid, number)

    def _kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._watcher.stdin is not None
        self._watcher.stdin.close()
        self._watcher.wait()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the whole group by force."""
        self._kill()
        self._process.wait()
        self.stdout.close()
        self.stderr.close()
