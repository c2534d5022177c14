"""One instance per data folder: the lock that says so, and where the instance is.

The lock is `flock` on `instance.lock`: the kernel drops it with the process, so a SIGKILL leaves no stale lock. The
file's text says where the instance is, and means nothing unless the lock is held. A network file system without
`flock` is not supported.
"""

import fcntl
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.errors import AppError

# NOTE: app/settings.py knows this name as one of the files that mark a data folder as ours.
_LOCK_FILE = "instance.lock"
_RECORD_BYTES = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where an instance is and what it was told, for those who start jobs there. None: not ready yet."""

    pid: int
    """Its process; 0: it has only just begun, and has not written it down."""
    url: str | None = None
    redis_url: str | None = None
    database_url: str | None = None
    jobs: tuple[str, ...] = ()
    """The job files it was given beside its own; paths are absolute."""
    switched_on: tuple[str, ...] = ()
    is_temporary: bool = False
    """Whether it is there only until a job that was started from a terminal is finished; it has no page."""
    times_shown: int | None = None
    """How often its window was opened or brought to the front; None: it has none and cannot be asked to."""


class AlreadyRunning(AppError):
    """Jobdeck already runs on this data folder."""

    title = "Already running"

    def __init__(self, folder: Path, running: Whereabouts) -> None:
        """`running` is what holds `folder`; its page is the one to open."""
        where = f"at {running.url}" if running.url else "and is just starting"
        hint = "Use that one, stop it, or give this one a folder of its own with --data-dir."
        if running.is_temporary:
            where = "for a job that was started in a terminal"
            hint = "Try again when that job is finished, or give this one a folder of its own with --data-dir."
        process = f" (process {running.pid})" if running.pid else ""
        super().__init__(f"Jobdeck already runs {where}{process} on the data folder {folder}.", hint=hint)
        self.running = running


class Instance:
    """The right to be the one instance on a data folder, held until `release` or the end of the process."""

    def __init__(self, folder: Path) -> None:
        """Take the lock of `folder`, which must exist.

        Raises:
            AlreadyRunning: another process holds it.
        """
        # Not inherited: Python opens files close-on-exec, so children do not keep the lock of a dead parent.
        self._lock = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        if not _take(self._lock, tries=5):
            running = _read(self._lock)
            os.close(self._lock)
            raise AlreadyRunning(folder, running)
        self.announce(Whereabouts(pid=os.getpid()))

    def announce(self, whereabouts: Whereabouts) -> None:
        """Write down where this instance is, for `find` and for a second start."""
        # One write of one length, padded with spaces: a reader never sees half of it.
        os.pwrite(self._lock, json.dumps(asdict(whereabouts)).encode().ljust(_RECORD_BYTES), 0)

    def release(self) -> None:
        """Let another process be the instance."""
        os.close(self._lock)


def find(folder: Path) -> Whereabouts | None:
    """Return where the instance on `folder` is, None if none runs."""
    try:
        lock = os.open(folder / _LOCK_FILE, os.O_RDONLY)  # a lock can be tried on it, and the disk may be read-only
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return None if _take(lock) else _read(lock)
    finally:
        os.close(lock)


def _take(lock: int, *, tries: int = 1) -> bool:
    # More than one try for those who mean to keep it: `find` holds the lock for a moment too.
    for remaining in reversed(range(tries)):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if remaining:
                time.sleep(0.05)
        else:
            return True
    return False


def _read(lock: int) -> Whereabouts:
    written = os.pread(lock, _RECORD_BYTES, 0)
    if not written:  # a first start of this very moment, or one that found no room on the disk
        return Whereabouts(pid=0)
    record: dict[str, Any] = json.loads(written)
    lists = {name: tuple(record.get(name, ())) for name in ("jobs", "switched_on")}
    return Whereabouts(**{**record, **lists})
