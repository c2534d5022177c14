"""Starts child processes, restarts those that crash, and stops them in order. It knows nothing of what they do.

Ctrl-C, SIGTERM or a closed terminal stops them in order: each gets SIGTERM and its grace, then its process group is
killed. A second Ctrl-C kills them at once. If this process itself is killed, the children notice (lifeline.py).
"""

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Self

from app.errors import AppError
from app.processes.supervision import child as programs
from app.processes.supervision.child import Child, Command
from app.processes.supervision.forking import length_of
from app.processes.supervision.lifeline import STATUS_ANEW, STATUS_OF_NO_USE
from app.processes.supervision.template import CannotFork, Template

#: The pause before a child that crashed soon after its start is started again: doubled at each such crash, up to the
#: longest.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
#: The crash of a child that has stayed up for so long does not come of its start: it starts again at once.
_SETTLED_SECONDS = 10.0
#: Seconds between two looks at what is not announced by a signal (a deadline, a child that becomes ready).
_TICK_SECONDS = 0.1

_log = logging.getLogger(__name__)


class StartFailed(AppError):
    """Jobdeck could not be started."""

    title = "Could not start"


@dataclass(slots=True, kw_only=True)
class _Supervised:
    """A command and its present child, if it has one."""

    command: Command
    template: Template | None = None
    child: Child | None = None
    crashes: int = 0
    pause_seconds: float = 0.0
    """Before its last start."""
    starts_at: float = 0.0
    killed_at: float | None = None
    """While it ends to be started again: when it is killed if it has not ended by then."""


class Supervisor:
    """Holds the children; a context manager that leaves none behind. Main thread only: it takes the signals."""

    def __init__(self) -> None:
        self._all: list[_Supervised] = []
        self._templates: list[Template] = []
        self._all_have_turns = False
        self._stop_signals = 0
        self._must_hurry = False

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop_signals > 0

    def __enter__(self) -> Self:
        self._cleanup = contextlib.ExitStack()
        self._woken, self._waking = self._cleanup.enter_context(_wakeup_pipe())
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._cleanup.callback(signal.signal, number, signal.signal(number, self._note_stop))
        # Without a handler the end of a child would not wake `_wait`.
        self._cleanup.callback(signal.signal, signal.SIGCHLD, signal.signal(signal.SIGCHLD, lambda *_: None))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._stop()
        finally:
            self._cleanup.close()

    def load(self, template: Command, commands: Sequence[Command]) -> Template | None:
        """Begin to load what some commands need, which are to be started soon, and keep it loaded from now on.

        `template`: what loads it. None: the system can fork nothing from it.
        """
        if not Template.is_possible():
            return None
        made = Template(template, longest=max(length_of(command.arguments) for command in commands))
        self._templates.append(made)
        return made

    def start(self, commands: Sequence[Command], *, template: Template | None = None) -> None:
        """Start the commands together and keep them running from now on.

        `template`: they are forked from it, as soon as it has loaded what they need.
        """
        for command in commands:
            one = _Supervised(command=command, template=template)
            self._start(one)
            self._all.append(one)

    def give_turns(self) -> None:
        """Let the children go on that are not urgent."""
        self._all_have_turns = True
        for one in self._all:
            if one.child is not None:
                one.child.give_turn()

    def wait_until(
        self, is_ready: Callable[[], bool], *, what: str, timeout_seconds: float, max_crashes: int = 3
    ) -> bool:
        """Keep the children running until `is_ready`; return False if somebody asks to stop before.

        Raises:
            StartFailed: a child cannot start, or it takes longer than `timeout_seconds`; `what` begins that sentence.
        """
        deadline = time.monotonic() + timeout_seconds
        while not self.is_stopping:
            if is_ready():
                return True
            self._mend()
            for one in self._all:
                if one.crashes >= max_crashes:
                    raise StartFailed(
                        f"{one.command.name} ended {one.crashes} times before it was ready; its last lines say why."
                    )
            if time.monotonic() > deadline:
                raise StartFailed(f"{what} was not ready after {timeout_seconds:.0f} s.")
            self._wait(_TICK_SECONDS)
        return False

    def run(self, *, each_second: Sequence[Callable[[], None]] = ()) -> None:
        """Keep the children running until somebody asks to stop; call `each_second` meanwhile, and at every signal.

        Raises:
            StartFailed: a child says that starting it again is of no use.
        """
        while not self.is_stopping:
            self._mend()
            times = [one.starts_at for one in self._all if one.child is None and not _is_awaited(one.template)]
            times += [one.killed_at for one in self._all if one.killed_at is not None]
            longest = 1.0 if each_second else 60.0
            self._wait(max(0.0, min([longest, *(at - time.monotonic() for at in times)])))
            for act in each_second:
                if not self.is_stopping:
                    act()

    def stop(self) -> None:
        """End all in good order, as a signal does."""
        self._stop_signals += 1

    def wake(self) -> None:
        """Let `run` call `each_second` now. Any thread; until the supervisor is left."""
        with contextlib.suppress(BlockingIOError):  # the pipe is full: it wakes anyway
            os.write(self._waking, b"\0")

    def restart(self, names: Collection[str]) -> None:
        """End these children in good order and start them again, each as soon as it has ended, with all that they load
        loaded anew.
        """
        for template in self._templates:
            template.renew()
        for one in self._all:
            if one.command.name in names and one.child is not None and one.killed_at is None:
                one.killed_at = time.monotonic() + one.command.grace_seconds
                one.child.terminate()

    def _mend(self) -> None:
        for template in self._templates:
            template.look()
        for one in self._all:
            if one.child is None:
                if time.monotonic() >= one.starts_at:
                    self._start(one)
            elif (status := one.child.exit_status()) is not None:
                if status == STATUS_ANEW:
                    _log.info("%s is replaced.", one.command.name)
                    one.killed_at = None
                    self._start(one)
                elif one.killed_at is None:
                    self._note_crash(one, one.child, status)
                else:
                    one.killed_at = None
                    self._start(one)
            elif one.killed_at is not None and time.monotonic() >= one.killed_at:
                one.child.kill()
                one.killed_at = time.monotonic() + _FIRST_PAUSE_SECONDS

    def _start(self, one: _Supervised) -> None:
        """Start a child, or have none as long as its template loads."""
        one.child = None if _is_awaited(one.template) else _child(one)
        if one.child is not None and (one.command.is_urgent or self._all_have_turns):
            one.child.give_turn()

    def _note_crash(self, one: _Supervised, child: Child, status: int) -> None:
        if status == STATUS_OF_NO_USE:
            raise StartFailed(f"{one.command.name} cannot run; its last lines say why.")
        lived_seconds = time.monotonic() - child.started_at
        one.pause_seconds = pause_before_start(one.pause_seconds, lived_seconds=lived_seconds)
        when = f"in {one.pause_seconds:g} s" if one.pause_seconds else "at once"
        _log.warning("%s %s; it starts again %s", one.command.name, _describe(status), when)
        one.child = None
        one.crashes += 1
        one.starts_at = time.monotonic() + one.pause_seconds

    def _stop(self) -> None:
        for template in self._templates:
            template.end()
        for order in sorted({one.command.stop_order for one in self._all}, reverse=True):
            running = [one.child for one in self._all if one.child is not None and one.command.stop_order == order]
            for child in running:
                child.terminate()
            since = time.monotonic()
            while running := [child for child in running if child.exit_status() is None]:
                for child in running:
                    if self._must_hurry or time.monotonic() - since > child.command.grace_seconds:
                        child.kill()
                self._wait(_TICK_SECONDS)

    def _wait(self, seconds: float) -> None:
        awaited = [template.fileno() for template in self._templates if template.is_loading]
        if self._woken in select.select([self._woken, *awaited], [], [], seconds)[0]:
            os.read(self._woken, 4096)

    def _note_stop(self, number: int, _frame: FrameType | None) -> None:
        # Only a second Ctrl-C hurries: `make` passes a SIGTERM on that its whole group may have got already.
        if self.is_stopping and number == signal.SIGINT:
            self._must_hurry = True
        self._stop_signals += 1


def _is_awaited(template: Template | None) -> bool:
    return template is not None and template.is_loading


def _child(one: _Supervised) -> Child:
    if one.template is not None:
        try:
            return one.template.fork(one.command)
        except CannotFork as error:
            _log.debug("%s is not forked, but started: %s", one.command.name, error)
    return programs.start(one.command)


def pause_before_start(last_seconds: float, *, lived_seconds: float) -> float:
    """Return how long to wait before a child that crashed is started again: not at all where it had settled, however
    often that has happened, for people wait for it and a pause would not keep it alive.

    Args:
        last_seconds: how long was waited before its last start.
        lived_seconds: how long it has lived since.
    """
    if lived_seconds >= _SETTLED_SECONDS:
        return 0.0
    return min(max(2 * last_seconds, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)


def _describe(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:
        return f"was ended by signal {-status}"


@contextlib.contextmanager
def _wakeup_pipe() -> Iterator[tuple[int, int]]:
    """Yield a pipe that every signal makes readable (`signal.set_wakeup_fd`), so that waiting misses none."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading, writing
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)
