"""Who is dead: the judgement of other processes' heartbeats.

A process is taken for dead when its beat stands still for too long. Only the time counts in which the judge looks: not
that for which the judge itself slept, or could not read the database. No clocks are compared, so clocks that differ or
jump do not matter. Of processes on the same machine the process table tells sooner: that one is gone, or is stopped
(SIGSTOP) and seen so in each look. It also tells that one lives whose beat does not come because a job holds the
interpreter, or because the database is busy.
"""

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.db.models.installation import ProcessRow
from app.db.queries.workers import SILENT_SECONDS

LOOK_SECONDS = 3.0
"""A look counts for so much time at most; a scheduler looks every second, a worker beside it as rarely as this."""
STOPPED_SECONDS = 5.0
"""A process of this machine that is seen stopped for so long, in each look, counts as gone; nothing else looks so."""
_HAS_TABLE = Path("/proc/self/stat").exists()
CUT_OFF_SECONDS = 600.0
"""A process that the process table shows to be alive, but whose beat does not come for so long, is cut off for good."""


def machine_id() -> str:
    """Name the set of processes whose ids can be looked up from here: one boot of one machine, one pid namespace."""
    boot, namespace = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    return "/".join(
        (
            socket.gethostname(),
            boot.read_text().strip() if boot.exists() else "",
            str(namespace.stat().st_ino) if namespace.exists() else "",
        )
    )


@dataclass(slots=True)
class _Heard:
    beat: int
    silent_seconds: float = 0.0
    """For how long the judge has looked at this beat."""
    table: str = ""
    """What the process table says; nothing of a process on another machine."""
    stopped_seconds: float = 0.0
    """For how long every look found it stopped."""


class Judge:
    """Remembers when each process was last heard, and says who is dead. One a sweep."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._machine = machine_id()
        self._own = os.getpid(), birth(psutil.Process())
        self._heard: dict[str, _Heard] = {}
        self._looked = time.monotonic()

    def dead(self, rows: Sequence[ProcessRow]) -> list[ProcessRow]:
        """Return the processes that do not live any more."""
        at = time.monotonic()
        passed, self._looked = min(LOOK_SECONDS, at - self._looked), at
        self._heard = {row.id: self._listen(row, passed) for row in rows}
        return [row for row in rows if _is_dead(self._heard[row.id])]

    def _listen(self, row: ProcessRow, passed: float) -> _Heard:
        before = self._heard.get(row.id)
        heard = _Heard(beat=row.beat, table=self._look_up(row))
        if before is not None and before.beat == row.beat:
            heard.silent_seconds = before.silent_seconds + passed
            if heard.table == before.table == "stopped":
                heard.stopped_seconds = before.stopped_seconds + passed
        return heard

    def _look_up(self, row: ProcessRow) -> str:
        if row.machine != self._machine:
            return ""
        return "alive" if (row.pid, row.pid_started_at) == self._own else _look_up(row)


def _is_dead(heard: _Heard) -> bool:
    match heard.table:
        case "gone":
            return True
        case "stopped":
            return heard.stopped_seconds >= STOPPED_SECONDS
        case "alive":
            return heard.silent_seconds >= CUT_OFF_SECONDS
        case _:
            return heard.silent_seconds >= SILENT_SECONDS


def _look_up(row: ProcessRow) -> str:
    """Look a process of this machine up: gone, stopped (SIGSTOP) or alive."""
    if _HAS_TABLE:  # every second for each: to read one file is a tenth of what psutil does
        try:
            letter, born = _read_stat(row.pid)
        except (FileNotFoundError, ProcessLookupError):
            return "gone"
        if abs(born - row.pid_started_at) > 0.5 or letter in "ZXx":
            return "gone"  # its number was given to another, or nothing but its exit status is left
        return "stopped" if letter == "T" else "alive"
    try:
        process = psutil.Process(row.pid)
        if abs(birth(process) - row.pid_started_at) > 0.5:
            return "gone"  # its number was given to another
        status = process.status()
    except psutil.NoSuchProcess:
        return "gone"
    except psutil.AccessDenied:
        return "alive"
    if status in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
        return "gone"
    return "stopped" if status == psutil.STATUS_STOPPED else "alive"


def birth(process: psutil.Process) -> float:
    """Return when a process began, in a measure that a step of the clock does not change where the system has one."""
    return _read_stat(process.pid)[1] if _HAS_TABLE else process.create_time()


def _read_stat(pid: int) -> tuple[str, float]:
    """Read the letter of a process's state, and its start in ticks since boot: fields 3 and 22 of proc_pid_stat(5)."""
    # The command before them may contain spaces and parentheses.
    fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return fields[0], float(fields[19])
