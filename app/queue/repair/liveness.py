"""Who is dead: the judgement of other processes' heartbeats.

A process is taken for dead when its beat stands still for too long. Only the time counts in which the judge looks: not
that for which the judge itself slept, or could not read the database. No clocks are compared, so clocks that differ or
jump do not matter. Of processes on the same machine the process table tells sooner, and it tells that one lives whose
beat does not come because a job holds the interpreter, or because the database is busy.
"""

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


class Judge:
    """Remembers when each process was last heard, and says who is dead. One a sweep."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._machine = machine_id()
        self._heard: dict[str, _Heard] = {}
        self._looked = time.monotonic()

    def dead(self, rows: Sequence[ProcessRow]) -> list[ProcessRow]:
        """Return the processes that do not live any more."""
        at = time.monotonic()
        passed, self._looked = min(LOOK_SECONDS, at - self._looked), at
        self._heard = {row.id: self._listen(row, passed) for row in rows}
        return [row for row in rows if self._is_dead(row, self._heard[row.id].silent_seconds)]

    def _listen(self, row: ProcessRow, passed: float) -> _Heard:
        before = self._heard.get(row.id)
        if before is None or before.beat != row.beat:
            return _Heard(beat=row.beat)
        return _Heard(beat=row.beat, silent_seconds=before.silent_seconds + passed)

    def _is_dead(self, row: ProcessRow, silent_seconds: float) -> bool:
        if row.machine != self._machine:
            return silent_seconds >= SILENT_SECONDS
        match _look_up(row):
            case "gone":
                return True
            case "stopped":
                return silent_seconds >= SILENT_SECONDS
            case _:
                return silent_seconds >= CUT_OFF_SECONDS


def _look_up(row: ProcessRow) -> str:
    """Look a process of this machine up: gone, stopped (SIGSTOP) or alive."""
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
    stat = Path(f"/proc/{process.pid}/stat")
    if not stat.exists():
        return process.create_time()
    # Field 22 of proc(5) is the start in ticks since boot; the command before it may contain spaces and parentheses.
    return float(stat.read_text().rpartition(")")[2].split()[19])
