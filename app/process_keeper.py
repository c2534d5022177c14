"""The keeper of one program: it starts the program and ends all that it started. Run as a script by `kept_program.py`.

On Linux the keeper is a *subreaper*: whatever is started below it stays below it, whoever its parent was and whatever
session it went to (https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html). Elsewhere what left both
its parent and the process group is not found.

Standard input is a socket to the maker; one JSON object a line goes over it. The kernel closes it when the maker dies,
SIGKILL included. This file imports nothing of Jobdeck and little of Python: it is there within milliseconds.
"""

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
AGAIN_SECONDS = 0.05
"""Between two SIGKILLs for what began meanwhile, and between two looks where no signal tells of an end."""
UNKILLABLE_SECONDS = 3.0
"""After so long of SIGKILL, what is still there is another user's, or hangs in the kernel."""
DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""What Python or the keeper ignores, and a program must not."""


class Keeper:
    """One program, from its start to the end of the last process that came of it."""

    def __init__(self, order: dict[str, Any]) -> None:
        """Start the program.

        Args:
            order: `arguments` and `environment` of the program; `closes`: the numbers of files that only it may have;
                `linger_seconds`: how long what outlives it may go on; `grace_seconds`: from SIGTERM to SIGKILL.

        Raises:
            OSError: it cannot be started.
        """
        self._linger_seconds: float = order["linger_seconds"]
        self._grace_seconds: float = order["grace_seconds"]
        self._program = _spawn(order["arguments"], order["environment"])
        self._is_over = False
        self._linger_until: float | None = None
        self._kill_at: float | None = None
        self._first_kill_at: float | None = None
        self._has_maker = True
        self.ended: dict[int, dict[str, Any]] = {}
        """What had to be ended, by number: it had outlived the program, or did not heed SIGTERM."""
        _say({"pid": self._program})
        for number in order["closes"]:
            os.close(number)
        nothing = os.open(os.devnull, os.O_WRONLY)
        for number in (1, 2):
            os.dup2(nothing, number)  # so the program's output ends with the program

    def keep(self) -> None:
        """Stay until nothing is left, or nothing that can be ended."""
        woken, waking = os.pipe()
        os.set_blocking(waking, False)
        signal.set_wakeup_fd(waking)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        while self._is_anything_left():
            at = time.monotonic()
            if self._first_kill_at is not None and at >= self._first_kill_at + UNKILLABLE_SECONDS:
                return
            self._end_what_is_due(at)
            readable, _, _ = select.select([woken, 0] if self._has_maker else [woken], [], [], self._patience(at))
            if woken in readable:
                os.read(woken, 4096)
            if 0 in readable:
                self._obey(os.read(0, 4096))

    def _is_anything_left(self) -> bool:
        """Take leave of what has ended, and say whether there is more."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                if found[0] == self._program:
                    self._is_over = True
                    self._linger_until = time.monotonic() + self._linger_seconds
                    _say({"status": os.waitstatus_to_exitcode(found[1])})
            return True
        if sys.platform == "linux":
            return False  # what is below a subreaper hangs on one of its children
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._program, 0)
            return True
        return False

    def _end_what_is_due(self, at: float) -> None:
        if self._kill_at is not None and at >= self._kill_at:
            self._first_kill_at = self._first_kill_at or at
            self._kill_at = at + AGAIN_SECONDS
            self._signal_all(signal.SIGKILL, is_named=True)
        elif self._linger_until is not None and at >= self._linger_until:
            self._linger_until = None
            self._ask_all(at, is_named=True)

    def _patience(self, at: float) -> float | None:
        """Return how many seconds nothing will be due; None: as long as nothing happens."""
        due = [] if self._kill_at is None else [self._kill_at]
        if self._linger_until is not None:
            due.append(self._linger_until)
        if sys.platform != "linux" and self._is_over:
            due.append(at + AGAIN_SECONDS)
        return max(min(due) - at, 0.0) if due else None

    def _obey(self, said: bytes) -> None:
        """Do what the maker says: `kill`, or `stop` (SIGTERM, then SIGKILL). Where it says nothing more, it is gone."""
        self._has_maker = bool(said)
        at = time.monotonic()
        if b"kill" in said:
            self._kill_at = at
        elif self._kill_at is None:
            self._ask_all(at, is_named=False)

    def _ask_all(self, at: float, *, is_named: bool) -> None:
        if self._kill_at is None:
            self._kill_at = at + self._grace_seconds
        self._signal_all(signal.SIGTERM, is_named=is_named)

    def _signal_all(self, number: signal.Signals, *, is_named: bool) -> None:
        for pid, name in _below(os.getpid(), self._program):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
            if is_named:
                self.ended[pid] = {"pid": pid, "name": name, "by_force": number == signal.SIGKILL}


def adopt_orphans() -> None:
    """Become the parent of what is started below this process and loses its own; nothing where that cannot be."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _spawn(arguments: list[str], environment: dict[str, str]) -> int:
    """Start a program at the head of a process group, without input, and return its number."""
    os.environ["PATH"] = environment.get("PATH", os.defpath)  # there the system looks for it
    silence = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    return os.posix_spawnp(
        arguments[0],
        arguments,
        environment,
        file_actions=[silence],
        setpgroup=0,
        setsigmask=(),
        setsigdef=DEFAULTS,
    )


def _below(keeper: int, program: int) -> list[tuple[int, str]]:
    """Return number and name of each living process below the keeper, and of those in the program's group."""
    processes = list(from_proc() if sys.platform == "linux" else from_ps())
    found = {keeper}
    size = 0
    while len(found) > size:
        size = len(found)
        found |= {pid for pid, parent, group, _ in processes if parent in found or group == program}
    return [(pid, name) for pid, _, _, name in processes if pid in found and pid != keeper]


def from_proc() -> Iterator[tuple[int, int, int, str]]:
    """Give number, parent, group and name of each process that has not ended, as Linux tells them (proc(5))."""
    for entry in os.listdir("/proc"):
        if not entry.isdecimal():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/stat", "rb") as file:
                head, _, rest = file.read().rpartition(b") ")
            state, parent, group, *_ = rest.split()
            if state not in b"ZX":
                name = head.partition(b" (")[2].decode(errors="replace")
                yield int(entry), int(parent), int(group), name


def from_ps() -> Iterator[tuple[int, int, int, str]]:
    """Give the same by way of `ps` (POSIX), where there is no /proc."""
    import subprocess  # loaded by few: it takes as long as all the rest of this file

    with subprocess.Popen(["ps", "-A", "-o", "pid=,ppid=,pgid=,stat=,comm="], stdout=subprocess.PIPE) as process:  # nosec B607  # macOS
        lines = process.communicate()[0].decode(errors="replace").splitlines()
    for line in lines:
        pid, parent, group, state, name = line.split(maxsplit=4)
        if not state.startswith("Z") and int(pid) != process.pid:
            yield int(pid), int(parent), int(group), os.path.basename(name)


def _say(news: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # the maker is gone, which `keep` notices
        os.write(0, json.dumps(news).encode() + b"\n")


def _hear() -> dict[str, Any]:
    """Wait for the maker's order.

    Raises:
        SystemExit: the maker is gone.
    """
    said = b""
    while not said.endswith(b"\n"):
        part = os.read(0, 65_536)
        if not part:
            raise SystemExit
        said += part
    order: dict[str, Any] = json.loads(said)
    return order


def main() -> None:
    """Keep one program."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    adopt_orphans()
    try:
        keeper = Keeper(_hear())
    except OSError as error:
        _say({"errno": error.errno, "why": error.strerror})
        return
    keeper.keep()
    _say({"ended": list(keeper.ended.values())})


if __name__ == "__main__":
    main()
