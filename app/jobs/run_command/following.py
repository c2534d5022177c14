"""Start a command and stay with it: read what it writes, stop it when it has to stop, judge how it ended."""

import os
import selectors
import shlex
import shutil
import signal
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from app.jobs.run_command.output import Lines, Throttle
from app.jobs.run_command.program import Program
from app.queue import JobContext, JobError
from app.settings import PREFIX
from app.tree import refuse_own_folder

TICK_SECONDS = 0.1
TERMINATED_SECONDS = 6.0
"""From SIGTERM to SIGKILL. Less than the kind's grace time, after which the worker interrupts the job itself."""
LEFT_BEHIND_SECONDS = 1.0
"""How long the output stays open after the command's end, for what it left running in the background."""
_READ_BYTES = 65_536


def follow(
    ctx: JobContext,
    command: str,
    *,
    folder: Path | None,
    environment: Sequence[str],
    timeout: timedelta | None,
    shell: bool,
) -> str:
    """Run a command to its end and return its exit status in words.

    Raises:
        JobError: it cannot be started, took too long, or ended with another status than 0.
        JobCancelled: the job was asked to stop; the command has ended.
    """
    arguments = ["/bin/sh", "-c", command] if shell else _words(command)
    place = _folder(folder)
    try:
        program = Program(arguments, folder=place, environment=_environment(environment))
    except (OSError, ValueError) as error:
        raise JobError(_why_not(error, arguments[0], place, path=_environment(environment).get("PATH"))) from error
    with program:
        following = _Following(ctx, program, timeout)
        following.to_the_end()
    return following.outcome()


class _Following:
    """The time from a command's start to its end."""

    def __init__(self, ctx: JobContext, program: Program, timeout: timedelta | None) -> None:
        self._ctx = ctx
        self._program = program
        self._timeout = timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout.total_seconds()
        self._kill_at: float | None = None
        self._is_late = False
        self._throttle = Throttle(ctx.log)  # type: ignore[arg-type]  # levels are its own
        self._lines = {
            program.stdout: Lines(partial(self._throttle.write, level="info")),
            program.stderr: Lines(partial(self._throttle.write, level="warning")),
        }

    def to_the_end(self) -> None:
        """Read until the command has ended and closed its output."""
        ended_at: float | None = None
        with selectors.DefaultSelector() as selector:
            for stream in self._lines:
                selector.register(stream, selectors.EVENT_READ)
            while selector.get_map() or ended_at is None:
                for key, _ in selector.select(TICK_SECONDS if selector.get_map() else 0):
                    self._read(selector, key)
                if not selector.get_map() and self._program.exit_status is None:
                    time.sleep(TICK_SECONDS / 4)  # it has closed its output and works on
                at = time.monotonic()
                self._throttle.tick()
                self._stop_if_due(at)
                if ended_at is None and self._program.exit_status is not None:
                    ended_at = at
                if ended_at is not None and at - ended_at >= LEFT_BEHIND_SECONDS and selector.get_map():
                    self._throttle.write("What it left running in the background was ended.", "warning")
                    break
        for lines in self._lines.values():
            lines.close()
        self._throttle.flush()

    def outcome(self) -> str:
        """Judge how it ended; see `follow`."""
        if self._ctx.cancelled:
            self._ctx.progress(0)  # raises what the job was stopped with
        status = self._program.exit_status
        assert status is not None
        if self._is_late:
            assert self._timeout is not None
            raise JobError(f"It ran longer than its time limit of {self._timeout.total_seconds():g} s.")
        ending = f"exit status {status}" if status >= 0 else _signal_name(-status)
        if status == 0:
            return ending
        stdout, stderr = self._lines.values()
        last = stderr.last or stdout.last
        raise JobError(f"The command ended with {ending}{f': {last}' if last else '.'}")

    def _read(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, _READ_BYTES)
        if data:
            self._lines[key.fileobj].feed(data)  # type: ignore[index]  # it was registered so
        else:
            selector.unregister(key.fileobj)

    def _stop_if_due(self, at: float) -> None:
        if self._program.exit_status is not None:
            return
        if self._kill_at is None:
            self._is_late = self._deadline is not None and at >= self._deadline
            if self._ctx.cancelled or self._is_late:
                self._program.signal(signal.SIGTERM)
                self._kill_at = at + TERMINATED_SECONDS
        elif at >= self._kill_at:
            self._program.signal(signal.SIGKILL)


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise JobError(f"The command line cannot be read: {error}.") from error
    if not words or not words[0]:
        raise JobError("The command line is empty.")
    return words


def _folder(folder: Path | None) -> Path:
    try:
        place = (folder or Path("~")).expanduser()
    except RuntimeError as error:
        raise JobError(f"There is no folder {folder}.") from error
    if not place.is_dir():
        raise JobError(f"There is no folder {place}.")
    refuse_own_folder(place)
    return place


def _environment(added: Sequence[str]) -> dict[str, str]:
    """Return the worker's own environment without Jobdeck's settings, the secret key among them, and what was added."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**inherited, **dict(each.split("=", 1) for each in added)}


def _why_not(error: OSError | ValueError, name: str, folder: Path, *, path: str | None) -> str:
    if isinstance(error, FileNotFoundError):
        if not folder.is_dir():
            return f"There is no folder {folder}."
        if shutil.which(folder / name if "/" in name else name, path=path):
            # The system says the same of a program that is there and of which the loader or interpreter is not.
            return f"{name} is there, but the interpreter that runs it is not; look at its first line."
        where = "" if "/" in name else " on the worker's PATH"
        return f"There is no program {name}{where}."
    if isinstance(error, PermissionError):
        return f"{name} may not be run here (or the folder {folder} not be entered)."
    return f"{name} cannot be started: {getattr(error, 'strerror', None) or error}."


def _signal_name(number: int) -> str:
    try:
        return f"the signal {signal.Signals(number).name}"
    except ValueError:
        return f"signal {number}"
