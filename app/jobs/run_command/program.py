"""A command as a process group, which never outlives the worker that started it."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from app.process_group import ProcessGroup

GRACE_SECONDS = 3
"""How long a command has to end after SIGTERM when the worker that started it is gone."""


class Program:
    """A running command with all that it starts. Leave the context, and they are gone, whatever happened."""

    def __init__(self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        """Start it, without input.

        Raises:
            OSError: it cannot be started.
        """
        self._group = ProcessGroup(grace_seconds=GRACE_SECONDS)
        try:
            self._process = self._group.start(
                arguments,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except BaseException:
            self._group.kill()
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
        self._group.signal(number)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the whole group by force."""
        self._group.kill()
        self._process.wait()
        self.stdout.close()
        self.stderr.close()
