"""Who is dead: the judgement of other processes' heartbeats.

A process is taken for dead when its beat stands still, measured with the judge's own monotonic clock: clocks that
differ or jump do not matter. On the same machine the process table tells sooner, and it keeps a process alive whose
job holds the interpreter so long that no beat comes."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.db.models import ProcessRow
from app.db.queries.workers import SILENT_SECONDS

STUCK_SECONDS = 60.0
"""A process that is in the process table but silent for so long is stuck for good."""


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
    at: float


@dataclass(slots=True)
class Judge:
    """Remembers when each process was last heard, and says who is dead. One a sweep."""

    machine: str = field(default_factory=machine_id)
    _heard: dict[str, _Heard] = field(default_factory=dict)

    def dead(self, rows: Sequence[ProcessRow]) -> list[ProcessRow]:
        """Return the processes that do not live any more."""
        at = time.monotonic()
        self._heard = {row.id: self._listen(row, at) for row in rows}
        return [row for row in rows if self._is_dead(row, at - self._heard[row.id].at)]

    def _listen(self, row: ProcessRow, at: float) -> _Heard:
        before = self._heard.get(row.id)
        return before if before is not None and before.beat == row.beat else _Heard(beat=row.beat, at=at)

    def _is_dead(self, row: ProcessRow, silent_seconds: float) -> bool:
        if row.machine != self.machine:
            return silent_seconds >= SILENT_SECONDS
        match _look_up(row):
            case "gone":
                return True
            case "stopped":
                return silent_seconds >= SILENT_SECONDS
            case _:
                return silent_seconds >= STUCK_SECONDS


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
