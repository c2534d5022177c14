"""The mark: how it is noticed that an SQLite database lacks what was written last.

SQLite keeps the newest writes in a second file, `jobdeck.db-wal`. Where that is removed or lost after a hard end, or an
older copy is put in the place of the database, it opens without a word and has less in it. So while Jobdeck runs, a
number in the database (`PRAGMA user_version`, in its header) is raised every ten seconds, and then written into a file
beside it, `jobdeck.db-mark`. A database with a smaller number than that file is older than it was; what a start found
is kept in `jobdeck.db-loss` until somebody accepts it.

The file is written when what it vouches for is on the disk: a power cut, which may cost the writes of the last moments
(`synchronous=NORMAL`), is no loss in this sense. Deleting jobs changes nothing here; `restore` takes the file away.
"""

import contextlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.repeating_thread import RepeatingThread

RAISE_SECONDS = 10.0
_BUSY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """What the file says: the number, and when it was raised to it (seconds since the epoch)."""

    number: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    """What a database lacks. `since`: the newest that it has; None: it has nothing. Seconds since the epoch."""

    since: float | None
    until: float


def database_of(database_url: str) -> Path | None:
    """Return the file of an SQLite database; None: it is another, and keeps its writes by itself."""
    file = database_url.removeprefix("sqlite:///")
    return None if file == database_url else Path(file)


def find_loss(database: Path) -> str | None:
    """Say in a sentence what a database lacks and what to do; None: it lacks nothing that is known. Changes nothing."""
    loss = _compare(database)
    return None if loss is None else _sentence(database, loss)


def note_loss(database: Path) -> str | None:
    """Look at a database before anybody writes to it, and keep what it lacks for `find_loss` until it is accepted.

    Called at a start, holding the instance lock. Returns the sentence, as `find_loss`.

    Raises:
        OSError: it cannot be kept.
    """
    loss = _compare(database)
    if loss is None:
        return None
    _write(_loss_file(database), loss)
    return _sentence(database, loss)


def accept_loss(database: Path) -> None:
    """Say no more of what was lost. Safe to repeat.

    Raises:
        OSError: the folder cannot be written to.
    """
    _loss_file(database).unlink(missing_ok=True)


def forget_mark(database: Path) -> None:
    """Take the files away: another database is put there on purpose."""
    for file in (_mark_file(database), _loss_file(database)):
        file.unlink(missing_ok=True)


def raise_mark(database: Path) -> None:
    """Raise the number in the database, bring it to the disk, then write it into the file. Any thread.

    Raises:
        sqlite3.Error, OSError: it cannot be written just now; the file says no more than is in the database.
    """
    with contextlib.closing(_connect(database)) as connection:
        connection.execute("PRAGMA synchronous=NORMAL")  # it is brought to the disk below, when others may write again
        connection.execute("BEGIN IMMEDIATE")
        kept = _read_mark(database)
        number = max(_number(connection), kept.number if kept else 0) + 1
        connection.execute(f"PRAGMA user_version={number}")
        connection.execute("COMMIT")
        # SQLite has no locks on this file: closing it takes none of them away.
        with contextlib.suppress(FileNotFoundError), _opened(Path(f"{database}-wal")) as log:
            os.fsync(log)
    _write(_mark_file(database), _Mark(number=number, at=time.time()))


def keeper(database: Path) -> RepeatingThread:
    """Make the thread that raises the mark: as soon as it is started, and every ten seconds from then on."""

    def step() -> None:
        with contextlib.suppress(sqlite3.Error, OSError):  # locked, or the disk is full: the next step tries again
            raise_mark(database)

    at_once = threading.Event()
    at_once.set()
    return RepeatingThread(step, name="database-mark", seconds=RAISE_SECONDS, woken=at_once)


def _compare(database: Path) -> _Loss | None:
    """Return what the database lacks, or lacked at a start and nobody has accepted."""
    known, mark = _read_loss(database), _read_mark(database)
    if mark is None:
        return known
    number, newest = 0, None
    if database.exists():
        try:
            with contextlib.closing(_connect(database)) as connection:
                number, newest = _number(connection), _newest(connection)
        except sqlite3.Error:
            return known  # damaged, or of somebody else: that is said where it is opened
    if number >= mark.number:
        return known
    return _Loss(since=known.since if known else newest, until=mark.at)


def _sentence(database: Path, loss: _Loss) -> str:
    lacks = "all that was written until"
    if loss.since is not None:
        lacks = f"what was written from {_clock(loss.since)} to"
    return (
        f"The database {database.name} lacks {lacks} {_clock(loss.until)}: {database.name}-wal was removed or lost, "
        "or an older copy was put in its place. Restore a backup (docs/operating.md), or accept the loss on the page."
    )


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _number(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _newest(connection: sqlite3.Connection) -> float | None:
    """Return when a job of the database changed its state last; None: never, or it has no jobs yet."""
    with contextlib.suppress(sqlite3.OperationalError):
        row = connection.execute("SELECT at FROM transition ORDER BY id DESC LIMIT 1").fetchone()
        return None if row is None else row[0] / 1e6
    return None


def _connect(database: Path) -> sqlite3.Connection:
    address = f"{database.absolute().as_uri()}?mode=rw"  # never made here
    return sqlite3.connect(address, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _mark_file(database: Path) -> Path:
    return database.with_name(f"{database.name}-mark")


def _loss_file(database: Path) -> Path:
    return database.with_name(f"{database.name}-loss")


def _read_mark(database: Path) -> _Mark | None:
    with contextlib.suppress(OSError, ValueError, TypeError):  # there is none, or it is none of ours
        return _Mark(**json.loads(_mark_file(database).read_text("utf-8")))
    return None


def _read_loss(database: Path) -> _Loss | None:
    with contextlib.suppress(OSError, ValueError, TypeError):
        return _Loss(**json.loads(_loss_file(database).read_text("utf-8")))
    return None


def _write(file: Path, content: _Mark | _Loss) -> None:
    """Write a file aside, then rename it: nobody reads half of one."""
    fresh = file.with_name(f"{file.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(asdict(content), stream)
    fresh.rename(file)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    opened = os.open(path, os.O_RDONLY)
    try:
        yield opened
    finally:
        os.close(opened)
