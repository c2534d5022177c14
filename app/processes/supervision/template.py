"""The template of the children, as the supervisor sees it: a process that has loaded what they all need, and that does
nothing but fork. A child that is forked from it is ready sooner, and shares the memory of what was loaded.

The template's own side is `forking.py`. What it forks is a child of the supervisor, not of the template: it forks twice
and lets the process between end, and meanwhile the supervisor adopts what loses its parent (a *subreaper*,
https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html). So the end of a child is seen as that of any
other, and the end of the template takes nobody along. Linux only.
"""

import contextlib
import ctypes
import json
import os
import select
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.processes.supervision.child import Child, Command, ForkedProcess, start
from app.processes.supervision.forking import length_of

#: A fork takes some milliseconds. A template that has not answered after so long has been stopped.
FORK_SECONDS = 10.0
_PR_SET_CHILD_SUBREAPER = 36


class CannotFork(Exception):
    """The template forks no child now. Says why, as a part of a sentence."""


class Template:
    """Holds the process from which children are forked, and replaces it when it dies. For the supervisor's thread."""

    def __init__(self, command: Command, *, longest: int) -> None:
        """Start it.

        Args:
            command: what it is; it is given one more argument, over which a child's arguments are written.
            longest: how many bytes the arguments of a child have at most (`length_of`).
        """
        room = max(longest - length_of(command.arguments) - 1, 0)
        self._command = replace(command, arguments=[*command.arguments, " " * room])
        self._is_ready = False
        self._child: Child | None
        self._control, self._child = _begin(self._command)
        self._strays: set[int] = set()
        """What lost its parent while a child was forked, and is a child of this process too since then."""

    @staticmethod
    def is_possible() -> bool:
        """Say whether there can be one on this system."""
        return sys.platform == "linux"

    @property
    def is_loading(self) -> bool:
        """Whether it cannot fork yet, but will."""
        return self._child is not None and not self._is_ready

    def fileno(self) -> int:
        """Return what can be read from when it has become ready, or has died."""
        return self._control.fileno()

    def look(self) -> None:
        """Notice that it is ready. Where it has died, start another one, unless it died before it was ready."""
        self._strays = {one for one in self._strays if not _is_over(one)}
        if self._child is None:
            return
        if self._child.exit_status() is not None:
            was_ready = self._is_ready
            self._let_go()
            if was_ready:
                self._control, self._child = _begin(self._command)
        elif not self._is_ready and select.select([self._control], [], [], 0)[0]:
            self._is_ready = bool(self._control.recv(64))

    def fork(self, command: Command) -> Child:
        """Fork a child of this process that is as if it had been started with a command.

        Raises:
            CannotFork: it is started in another way.
        """
        if not self._is_ready:
            raise CannotFork("it is not there")
        (reads, lifeline), (output, writes) = os.pipe(), os.pipe()
        with contextlib.ExitStack() as ours:  # a child that is not taken over loses its lifeline, and ends by itself
            stdin, stdout = ours.enter_context(open(lifeline, "wb")), ours.enter_context(open(output, "rb"))
            with open(reads, "rb"), open(writes, "wb"):
                process = ForkedProcess(self._ask(command.arguments, [reads, writes]), stdin=stdin, stdout=stdout)
            try:
                process.poll()
            except ChildProcessError as error:
                raise CannotFork("the system made it the child of another") from error
            ours.pop_all()
        return Child(command, process)

    def renew(self) -> None:
        """Load everything anew for what is forked from now on."""
        self.end()
        self._control, self._child = _begin(self._command)

    def end(self) -> None:
        """End it. Safe to repeat."""
        if self._child is None:
            return
        self._child.kill()
        while self._child.exit_status() is None:
            time.sleep(0.001)
        self._let_go()

    def _let_go(self) -> None:
        """Forget a process that has ended: its number may soon be another's."""
        self._is_ready, self._child = False, None
        self._control.close()

    def _ask(self, arguments: Sequence[str], files: Sequence[int]) -> int:
        """Let it fork a child with two files as its input and output. Returns the process id."""
        told: dict[str, Any] = {}
        with _adopting() as adopted, contextlib.suppress(OSError):
            socket.send_fds(self._control, [json.dumps(list(arguments)).encode()], list(files))
            told = json.loads(self._control.recv(4096) or b"{}")
        self._strays |= adopted - {told.get("pid")}
        if not told and self._child is not None and self._child.exit_status() is None:
            self._child.kill()  # it must not fork later what nobody waits for
        if "pid" not in told:
            raise CannotFork(told.get("why", "it does not answer"))
        return int(told["pid"])


def _begin(command: Command) -> tuple[socket.socket, Child]:
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(FORK_SECONDS)
    with its:
        return ours, start(command, stdin=its.fileno())


@contextlib.contextmanager
def _adopting() -> Iterator[set[int]]:
    """Let what loses its parent below this process become its child; yield the set that has those at the end.

    Only while a child is forked: what jobs leave behind is none of its business. But in that time something may lose
    its parent that was killed.
    """
    prctl = ctypes.CDLL(None).prctl
    adopted: set[int] = set()
    before = _children()
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield adopted
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        adopted |= _children() - before


def _children() -> set[int]:
    """Return the process ids of the children of this process; none where the system does not tell."""
    found: set[int] = set()
    for one in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has ended
            found.update(map(int, one.read_text().split()))
    return found


def _is_over(pid: int) -> bool:
    """Take leave of a child that has ended."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    return True
