"""Who lives: a process's own heartbeat, and the judgement of others' heartbeats.

A process is taken for dead when its beat stands still, measured with the judge's own monotonic clock: clocks that
differ or jump do not matter. On the same machine the process table tells sooner, and it keeps a process alive whose
job holds the interpreter so long that no beat comes.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from app.db import processes
from app.db.engine import now
from app.db.models import ProcessRow
from app.db.stats import BEAT_SECONDS, SILENT_SECONDS
from app.errors import Unavailable

STUCK_SECONDS = 60.0
"""A process that is in the process table but silent for so long is stuck for good."""
_log = logging.getLogger(__name__)


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


class Heartbeat:
    """The heartbeat of this process, in a thread. One a process."""

    def __init__(
        self,
        *,
        role: str,
        name: str,
        running: Callable[[], Sequence[int]] = lambda: (),
        abandoned: Callable[[], int] = lambda: 0,
    ) -> None:
        """`running` gives the ids of the jobs that run here, `abandoned` how many threads none of them can use."""
        self.id = uuid.uuid4().hex
        self.role = role
        self.name = name
        self._running = running
        self._abandoned = abandoned
        self._row: ProcessRow | None = None
        self._count = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)

    def start(self, *, threads: int = 0, queues: Sequence[str] = ()) -> None:
        """Register the process and begin to beat. Waits while the database is away."""
        at = now()
        self._row = ProcessRow(
            id=self.id,
            role=self.role,
            name=self.name,
            machine=machine_id(),
            pid=os.getpid(),
            pid_started_at=birth(psutil.Process()),
            threads=threads,
            queues=list(queues),
            started_at=at,
            beat_at=at,
            running=[],
        )
        while not self._register():
            time.sleep(BEAT_SECONDS / 4)
        self._thread.start()

    def stop(self) -> None:
        """End the beat and forget the process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        try:
            processes.remove(self.id)
        except Unavailable as error:
            _log.warning("This process could not take its leave: %s", error.message)

    def _register(self) -> bool:
        assert self._row is not None
        try:
            processes.register(ProcessRow(**self._row.model_dump()))
        except Unavailable as error:
            _log.warning("Waiting for the database: %s", error.message)
            return False
        return True

    def _work(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            self._count += 1
            try:
                if not processes.beat(self.id, self._count, running=list(self._running()), abandoned=self._abandoned()):
                    _log.warning("This process was taken for dead; it registers again.")
                    self._register()
            except Unavailable as error:
                _log.warning("A heartbeat was not written: %s", error.message)
            except Exception:
                _log.exception("The heartbeat met an error and goes on.")


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
