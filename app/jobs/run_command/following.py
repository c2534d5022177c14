"""Start a command and stay with it: read what it writes, stop it when it has to stop, judge how it ended."""

import contextlib
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO

from app.jobs.run_command.backlog import Backlog
from app.jobs.run_command.bar import read_bar
from app.jobs.run_command.output import Lines
from app.kept_program import EndedProcess, KeptProgram
from app.queue import JobCancelled, JobContext, JobError
from app.reports import printable
from app.settings import PREFIX
from app.tree import refuse_own_folder

TICK_SECONDS = 0.1
TERMINATED_SECONDS = 6.0
"""From SIGTERM to SIGKILL. Less than the kind's grace time, after which the worker interrupts the job itself."""
LONGEST_LOOK_SECONDS = 2.0
"""More time between two looks at the clock was sleep of the machine, and of the command with it."""
LEFT_BEHIND_SECONDS = 1.0
"""How long what a command left running may go on: it may be about to end, as the last of a pipe is."""
_READ_BYTES = 16_384
"""Little at once, so that the two streams take turns and what is left out is counted finely."""


def follow(
    ctx: JobContext,
    command: str,
    *,
    folder: Path | None,
    environment: Sequence[str],
    timeout: timedelta | None,
    shell: bool,
    in_order: bool,
) -> str:
    """Run a command to its end and return its exit status in words.

    Raises:
        JobError: it cannot be started, took too long, or ended with another status than 0.
        JobCancelled: the job was asked to stop; the command has ended.
    """
    arguments = ["/bin/sh", "-c", command] if shell else _words(command)
    place = _folder(folder)
    variables = _environment(environment)
    try:
        program = KeptProgram(
            arguments,
            folder=place,
            environment=variables,
            output=subprocess.PIPE,
            in_order=in_order,
            linger_seconds=LEFT_BEHIND_SECONDS,
            grace_seconds=TERMINATED_SECONDS,
        )
    except (OSError, ValueError) as error:
        raise JobError(_why_not(error, arguments[0], place, path=variables.get("PATH"))) from error
    following = _Following(ctx, program, timeout)
    try:
        following.to_the_end()
    finally:
        following.leave()
    return following.outcome()


class _Following:
    """The time from a command's start to its end."""

    def __init__(self, ctx: JobContext, program: KeptProgram, timeout: timedelta | None) -> None:
        self._ctx = ctx
        self._program = program
        self._timeout = timeout
        self._ran_seconds = 0.0
        self._looked = time.monotonic()
        self._is_asked_to_end = False
        self._is_late = False
        self._backlog = Backlog(ctx.log)  # type: ignore[arg-type]  # levels are its own
        streams = program.outputs
        self._lines = {
            stream: Lines(partial(self._backlog.add, level=level), self._show)
            for stream, level in zip(streams, ("info", "warning")[: len(streams)], strict=True)
        }

    def to_the_end(self) -> None:
        """Read until the command, and all that it started, has ended; then until all is logged."""
        with selectors.DefaultSelector() as selector:
            for stream in self._lines:
                os.set_blocking(stream.fileno(), False)
                selector.register(stream, selectors.EVENT_READ)
            selector.register(self._program.news, selectors.EVENT_READ)
            while self._program.look():
                for key, _ in selector.select(TICK_SECONDS):
                    if key.fileobj in self._lines:
                        self._read(selector, key)
                self._backlog.tick()
                self._stop_if_due()
        for stream, lines in self._lines.items():
            while data := _rest(stream):
                lines.feed(data)
            lines.close()
        self._tell_what_was_ended()
        self._backlog.close()
        while not self._backlog.is_logged(TICK_SECONDS):
            pass  # in short waits: between them an exception that is to stop the job gets through

    def leave(self) -> None:
        """End what is left, whatever happened. Safe to repeat."""
        self._backlog.drop()
        self._program.close()

    def outcome(self) -> str:
        """Judge how it ended; see `follow`."""
        if self._ctx.cancelled:
            self._ctx.progress(0)  # raises what the job was stopped with
        status = self._program.poll()
        assert status is not None
        if self._is_late:
            assert self._timeout is not None
            raise JobError(f"It ran longer than its time limit of {self._timeout.total_seconds():g} s.")
        ending = _ending(status)
        if status == 0:
            return ending
        last = next((lines.last for lines in reversed(self._lines.values()) if lines.last), "")
        raise JobError(f"The command ended with {ending}{f': {last}' if last else '.'}")

    def _read(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        data = os.read(key.fd, _READ_BYTES)
        if data:
            self._lines[key.fileobj].feed(data)  # type: ignore[index]  # it was registered so
        else:
            selector.unregister(key.fileobj)

    def _show(self, line: str) -> None:
        """Let the job's bar say what a bar of the command says."""
        bar = read_bar(line)
        if bar is not None:
            with contextlib.suppress(JobCancelled):  # the command is given the time to end by itself
                self._ctx.progress(bar.done, bar.total, bar.message)

    def _stop_if_due(self) -> None:
        if self._is_asked_to_end or self._program.poll() is not None:
            return
        looked, self._looked = self._looked, time.monotonic()
        self._ran_seconds += min(self._looked - looked, LONGEST_LOOK_SECONDS)
        self._is_late = self._timeout is not None and self._ran_seconds >= self._timeout.total_seconds()
        if self._ctx.cancelled or self._is_late:
            self._is_asked_to_end = True
            self._program.stop()

    def _tell_what_was_ended(self) -> None:
        ended = self._program.ended or []
        left = [_process(one) for one in ended if one.pid != self._program.pid]
        if self._program.pid in {one.pid for one in ended}:
            text = f"It did not end within {TERMINATED_SECONDS:g} s of SIGTERM and was ended by force."
            self._backlog.add(f"{text}\n".encode(), "warning")
        if left:
            text = f"What it left running was ended: {', '.join(left)}."
            self._backlog.add(f"{text}\n".encode(), "warning")


def _process(ended: EndedProcess) -> str:
    return f"{printable(ended.name)} (process {ended.pid}{', by force' if ended.by_force else ''})"


def _rest(stream: IO[bytes]) -> bytes:
    """Return what is left in a pipe; nothing where a process that nobody can end holds it open."""
    try:
        return os.read(stream.fileno(), _READ_BYTES)
    except BlockingIOError:
        return b""


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


def _ending(status: int) -> str:
    """Say how a command ended. A shell makes 128 and its number of the signal that ended what it ran (POSIX, sh)."""
    if status < 0:
        return f"the signal {_signal_name(-status) or -status}"
    name = _signal_name(status - 128) if status > 128 else None
    return f"exit status {status}{f', which is {name} to a shell' if name else ''}"


def _signal_name(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return None
