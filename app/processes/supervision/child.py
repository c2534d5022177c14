"""One child process: how it is started, where its output goes, how it ends. When it runs is the supervisor's to say.

Most are programs that are started here. On Linux some are forked from the template (`template.py`).
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from app.processes.supervision.lifeline import WATCHER

_LONGEST_LINE_BYTES = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a child runs, and how it is treated."""

    name: str
    """Its role in log lines and before its output, e.g. `worker-1`."""
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of this process, whose own `JOBDECK_…` are left out."""
    grace_seconds: float
    """How long it may take to end after SIGTERM; then its whole process group is killed."""
    stop_order: int = 0
    """Those with the highest number are stopped first, and have ended before the next are stopped."""
    knows_lifeline: bool = True
    """Whether it uses `lifeline.py`. If not, a small shell kills it when this process is gone."""
    is_urgent: bool = True
    """Whether it gets its turn (`lifeline.wait_for_turn`) at once, or when the supervisor gives it to all."""
    prefixes_output: bool = True
    """Whether its lines are shown with its name before them."""


class ForkedProcess:
    """A process that the template has forked for this one: what `subprocess.Popen` is to a program that was started."""

    def __init__(self, pid: int, *, stdin: IO[bytes], stdout: IO[bytes]) -> None:
        """`pid`: of a child of this process; the others are our ends of its pipes."""
        self.pid = pid
        self.stdin = stdin
        self.stdout = stdout
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return None while it runs, else its exit status (negative: the signal that ended it).

        Raises:
            ChildProcessError: it is no child of this process.
        """
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = os.waitstatus_to_exitcode(status) if pid else None
        return self._status

    def terminate(self) -> None:
        """Ask it to end in good order."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:  # what has ended keeps its number until it was waited for
            os.kill(self.pid, number)


class Child:
    """A running process of a command, in a session of its own: a Ctrl-C in the terminal reaches only the supervisor."""

    def __init__(self, command: Command, process: "subprocess.Popen[bytes] | ForkedProcess") -> None:
        """Take over a process that has just been started (`start`) or forked."""
        self.command = command
        self.started_at = time.monotonic()
        self._process = process
        self._watcher = None if command.knows_lifeline else _start_watcher(self._process.pid)
        assert self._process.stdout is not None
        arguments = (self._process.stdout, _prefix(command))
        self._output = threading.Thread(target=_pass_on, args=arguments, name=f"output-{command.name}", daemon=True)
        self._output.start()

    @property
    def pid(self) -> int:
        """The process id, which is that of its process group too."""
        return self._process.pid

    def give_turn(self) -> None:
        """Let it go on, see `lifeline.wait_for_turn`. Safe to repeat."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"\n")
            self._process.stdin.flush()

    def exit_status(self) -> int | None:
        """Return None while it runs, else its exit status (negative: the signal that ended it).

        What it started and left running is killed.
        """
        status = self._process.poll()
        if status is not None:
            self._kill_group()
            self._let_go()
        return status

    def terminate(self) -> None:
        """Ask it to end in good order."""
        self._process.terminate()

    def kill(self) -> None:
        """End it and everything it started at once."""
        self._kill_group()
        self._process.kill()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _let_go(self) -> None:
        # Its last lines are the ones that say why; nobody holds the pipe any more.
        self._output.join(timeout=1)
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.communicate()
            self._watcher = None


def start(command: Command, *, stdin: int = subprocess.PIPE) -> Child:
    """Start the program of a command. `stdin`: what it reads from; a pipe, which is its lifeline, unless given."""
    process = subprocess.Popen(
        command.arguments,
        env={**_ENVIRONMENT, **inherited_environment(), **command.environment},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return Child(command, process)


#: Unless told otherwise. glibc gives each thread heaps of its own, in which a process of many threads keeps megabytes
#: that it does not need; Python's threads wait for each other anyway.
_ENVIRONMENT = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}


def inherited_environment() -> dict[str, str]:
    """Return the variables of this process without its own `JOBDECK_…`, of which one is the secret key."""
    return {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}


def _start_watcher(pid: int) -> subprocess.Popen[bytes]:
    watcher = subprocess.Popen(WATCHER, stdin=subprocess.PIPE, start_new_session=True)
    assert watcher.stdin is not None
    watcher.stdin.write(b"%d\n" % pid)
    watcher.stdin.flush()
    return watcher


def _prefix(command: Command) -> bytes:
    return f"{command.name:<9} | ".encode() if command.prefixes_output else b""


def _pass_on(output: IO[bytes], prefix: bytes) -> None:
    # Runs in a thread of its own until the child and all who inherited its output are gone. It reads on when nobody
    # listens any more (a closed terminal): a child must never block on a full pipe.
    with output:
        while line := output.readline(_LONGEST_LINE_BYTES):
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.buffer.write(prefix + line)
                sys.stderr.buffer.flush()
