"""A program with all that it starts, which never outlives the process that made it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

_KEEPER = Path(__file__).with_name("process_keeper.py")
_LOOK_SECONDS = 0.01
_MOST_KILL_SECONDS = 10.0
"""More than a keeper takes to give up what no signal ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedProcess:
    """A process that had to be ended. `by_force`: SIGTERM was not enough."""

    pid: int
    name: str
    by_force: bool


class KeptProgram:
    """A program and what it starts, ended together: when it ends, by `stop`, by `kill`, or by the kernel's word that
    their maker is gone, SIGKILL included.

    On Linux that is everything it started, whatever process group or session it went to; elsewhere not what left both
    the program's group and its parent. Who does it is a small process of its own (`process_keeper.py`).
    """

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path | str | None = None,
        environment: Mapping[str, str],
        umask: int = -1,
        pass_fds: Sequence[int] = (),
        output: int | None = None,
        in_order: bool = False,
        linger_seconds: float = 0.0,
        grace_seconds: float = 0.0,
    ) -> None:
        """Start the program, without input.

        Args:
            arguments: its name and what follows.
            folder: where it begins; None: where this process is.
            environment: all its variables.
            umask: as of `subprocess.Popen`.
            pass_fds: numbers of open files that the program has too.
            output: `subprocess.PIPE` for `stdout` and `stderr` to be read here; None: they are those of this process.
            in_order: let both go through one pipe.
            linger_seconds: how long what outlives the program may go on before it is ended.
            grace_seconds: from SIGTERM to SIGKILL, for `stop`, for what outlived the program, and when the maker is
                gone.

        Raises:
            OSError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        try:
            self._keeper = subprocess.Popen(
                # Isolated: neither the variables nor the folder of this process change what it runs.
                (sys.executable, "-I", "-S", str(_KEEPER)),
                stdin=theirs.fileno(),
                process_group=0,
                pass_fds=pass_fds,
                stdout=output,
                stderr=subprocess.STDOUT if in_order else output,
                bufsize=0,
                cwd=folder,
                umask=umask,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._socket = ours
        self._lock = threading.Lock()
        self._heard = b""
        self._is_heard_out = False
        self.pid = 0
        """The program's number."""
        self._status: int | None = None
        self.ended: list[EndedProcess] | None = None
        """What outlived the program or did not heed SIGTERM, and was ended; None until everything is gone."""
        try:
            self._begin(
                {
                    "arguments": list(arguments),
                    "environment": dict(environment),
                    "closes": list(pass_fds),
                    "linger_seconds": linger_seconds,
                    "grace_seconds": grace_seconds,
                }
            )
        except BaseException:
            self.close()
            raise

    def _begin(self, order: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(order).encode() + b"\n")
        while not self.pid and not self._is_heard_out:
            self._hear()
        if not self.pid:
            raise OSError("what keeps it has ended")
        self._socket.setblocking(False)

    @property
    def outputs(self) -> tuple[IO[bytes], ...]:
        """What the program writes and what it complains, where `output` was `subprocess.PIPE`; one where in order."""
        streams = self._keeper.stdout, self._keeper.stderr
        return tuple(stream for stream in streams if stream is not None)

    @property
    def news(self) -> socket.socket:
        """Readable when there is something for `look`."""
        return self._socket

    def look(self) -> bool:
        """Take in what happened, without waiting. False: all is gone, and nothing more will happen."""
        with self._lock, contextlib.suppress(BlockingIOError):
            while not self._is_heard_out:
                self._hear()
        return not self._is_heard_out

    def poll(self) -> int | None:
        """Return the program's exit status; None while it runs; negative: the number of the signal that ended it."""
        if not self.look() and self._status is None:
            return -signal.SIGKILL  # its keeper was killed, and it with that
        return self._status

    def wait(self, timeout: float) -> int:
        """Wait for the program's end and return its exit status.

        Raises:
            subprocess.TimeoutExpired: it has not ended.
        """
        deadline = time.monotonic() + timeout
        while (status := self.poll()) is None:
            if time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(self._keeper.args, timeout)
            time.sleep(_LOOK_SECONDS)
        return status

    def stop(self) -> None:
        """Ask all of them to end: SIGTERM, and SIGKILL after the grace time."""
        self._say(b"stop\n")

    def kill(self) -> None:
        """End all of them at once, and wait for that. Safe to repeat, and from any thread."""
        self._say(b"kill\n")
        try:
            self._keeper.wait(_MOST_KILL_SECONDS)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        self.look()
        with self._lock:
            self._is_heard_out = True
            self._socket.close()

    def close(self) -> None:
        """End all of them at once, and let go of what they wrote. Safe to repeat."""
        self.kill()
        for stream in (self._keeper.stdout, self._keeper.stderr):
            if stream is not None:
                stream.close()

    def _say(self, order: bytes) -> None:
        with contextlib.suppress(OSError):  # all is gone
            self._socket.send(order)

    def _hear(self) -> None:
        """Take in what the keeper says next.

        Raises:
            BlockingIOError: nothing now.
            OSError: the program could not be started.
        """
        try:
            said = self._socket.recv(65_536)
        except ConnectionResetError:
            said = b""
        if not said:
            self._is_heard_out = True
            self._end_the_unkept()
        *lines, self._heard = (self._heard + said).split(b"\n")
        for line in lines:
            news = json.loads(line)
            if "errno" in news:
                raise OSError(news["errno"], news["why"])
            self.pid = news.get("pid", self.pid)
            self._status = news.get("status", self._status)
            if "ended" in news:
                self.ended = [EndedProcess(**one) for one in news["ended"]]

    def _end_the_unkept(self) -> None:
        """End the program's process group where its keeper was killed."""
        if self.pid and self.ended is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
