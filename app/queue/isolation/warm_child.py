"""A warm child: a process that runs one job at a time, and the worker's end of the pipe to it.

Progress, log and outcome come over the pipe and go the way of every other job (`context/run.py`,
`worker/attempt_writer.py`). A child can always be killed: neither a call into C nor a sleep nor the interpreter's lock
keeps it alive. Its death takes no other job along, and what the job started goes with it. The child's end is
`child.py`.
"""

import contextlib
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from pydantic import TypeAdapter

from app.db.lifecycle.finish import Finish
from app.kept_program import KeptProgram
from app.queue.context.run import Run
from app.queue.context.stop import StopReason
from app.queue.execution.process_settings import Beginning

CLOSED_SECONDS = 1.0
"""How long a child may live without its end of the pipe: a job closed it."""
finish_wire: TypeAdapter[Finish] = TypeAdapter(Finish)


class ProcessDied(Exception):
    """The process in which a job ran alone ended without a word. Says how, as a part of a sentence."""


class WarmChild:
    """One child process and the pipe to it."""

    def __init__(self, command: Sequence[str], beginning: Beginning) -> None:
        """Start it.

        Args:
            command: starts a child; the number of its end of the pipe is appended.
            beginning: with what it begins.

        Raises:
            OSError: it cannot be started.
        """
        ours, theirs = socket.socketpair()
        try:
            self._kept = KeptProgram(
                [*command, str(theirs.fileno())],
                folder=beginning.existing_folder(),
                environment=beginning.variables,
                umask=beginning.umask,
                pass_fds=[theirs.fileno()],
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._pipe = Connection(ours.detach())
        self._sending = threading.Lock()
        self.is_reusable = True
        """Whether its last job left it as it had found it."""
        self.used_at = time.monotonic()
        self.jobs = 0

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._kept.poll() is None

    def wait_until_ready(self) -> None:
        """Wait until it has loaded the kinds.

        Raises:
            ProcessDied: it ended before.
        """
        self._receive()
        self.used_at = time.monotonic()

    def perform(self, run: Run) -> None:
        """Run a job and keep its outcome in `run.end_elsewhere`. Blocks until it ended.

        Raises:
            ProcessDied: the child ended without a word.
        """
        self.jobs += 1
        run.stop_elsewhere(self._pass_on, self._kept.kill)
        try:
            self._send(
                {
                    "job_id": run.job_id,
                    "kind_name": run.kind_name,
                    "token": run.token,
                    "attempt": run.attempt,
                    "max_attempts": run.max_attempts,
                    "params": run.params,
                    "stored_params": run.stored_params,
                    "traceparent": run.traceparent,
                }
            )
            if run.stop_reason is not None:
                self._pass_on(run.stop_reason, False)
            self._hear(run)
        finally:
            run.stop_elsewhere(None, None)
            self.used_at = time.monotonic()

    def kill(self) -> None:
        """End the child at once, with all that its jobs started and left running."""
        self._kept.kill()
        self._pipe.close()

    def _hear(self, run: Run) -> None:
        """Take in what the child says until the job has ended."""
        while True:
            said = self._receive()
            for level, text in said.get("lines", ()):
                run.log.say(text, level)
            if "begins" in said:
                run.limited_from = time.monotonic()
            if "progress" in said:
                run.reported.take_in(*said["progress"])
            run.spans.take_in(said.get("spans", ()))
            if "end" in said:
                run.end_elsewhere = finish_wire.validate_json(said["end"])
                run.is_stopped_elsewhere = said["is_stopped"]
                run.awaits, run.awaits_least = said["awaits"]
                self.is_reusable = said["is_reusable"]
                return

    def _receive(self) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(self._pipe.recv_bytes())
        except (EOFError, OSError) as error:
            raise ProcessDied(_how(self._status())) from error
        return said

    def _status(self) -> int:
        """Return the exit status of the child, which has closed the pipe: it ends, or it is ended."""
        try:
            return self._kept.wait(CLOSED_SECONDS)
        except subprocess.TimeoutExpired:
            self._kept.kill()
            return self._kept.wait(0.0)

    def _pass_on(self, reason: StopReason, is_forced: bool) -> None:
        self._send({"stop": reason.name, "force": is_forced})

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending, contextlib.suppress(OSError):  # its end is noticed by who hears it
            self._pipe.send_bytes(json.dumps(message).encode())


def _how(status: int) -> str:
    if status >= 0:
        return f"its process ended with status {status}"
    try:
        return f"its process was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"its process was ended by signal {-status}"
