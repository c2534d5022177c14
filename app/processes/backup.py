"""`python main.py backup FILE` and `restore FILE`: all that an installation on SQLite must not lose, in one archive.

The archive (tar) holds the database, the files of jobs and the secret key. The database is copied first, by SQLite
itself, so that it is whole while jobs run and that every file it names is in the archive.
"""

import contextlib
import os
import re
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from pathlib import Path

from app.errors import AppError
from app.processes.database_mark import database_of, forget_mark
from app.processes.supervision.instance import Instance
from app.settings import Settings
from app.settings.data_folder import prepare_data_dir

DATABASE = "jobdeck.db"
KEY = "secret.key"
_FILE = re.compile(r"files/[0-9a-f]{2}/[0-9a-f]{32}")
"""Where files of jobs lie below the data folder; NOTE: app/db/files/store.py names them."""
_DOCS = "docs/operating.md says how to back PostgreSQL up."


class BackupFailed(AppError):
    """The backup was not made."""

    title = "Backup failed"


def back_up(settings: Settings, archive: Path) -> int:
    """Write a backup to `archive`, which must not exist yet. Safe while Jobdeck runs. Returns the exit status, 0.

    Raises:
        BackupFailed: the database is no SQLite file, there is none, or `archive` cannot be written.
    """
    database = _database_of(settings)
    if not database.is_file():
        raise BackupFailed(f"There is no database {database}.", hint="Name the data folder with --data-dir.")
    if archive.exists():
        raise BackupFailed(f"{archive} is there already.", hint="Give the backup a name of its own.")
    partial = archive.with_name(f"{archive.name}.part")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as packed:
                _pack(settings, database, packed)
            stream.flush()
            os.fsync(stream.fileno())
        partial.rename(archive)
    except (OSError, sqlite3.Error) as error:
        raise BackupFailed(f"The backup {archive} was not made: {_reason(error)}.") from error
    finally:
        partial.unlink(missing_ok=True)
    sys.stdout.write(f"{archive} holds the database, the files and the secret key: keep it where nobody else reads.\n")
    return 0


def restore(settings: Settings, archive: Path) -> int:
    """Put a backup into the data folder, where there is no database and nothing runs. Returns the exit status, 0.

    Raises:
        AlreadyRunning: Jobdeck runs on the data folder.
        BackupFailed: there is a database already, or `archive` is no backup or cannot be read.
    """
    database = _database_of(settings)
    prepare_data_dir(settings.data_dir)
    held = Instance(settings.data_dir)
    try:
        there = [one for one in (database, settings.data_dir / KEY) if one.exists()]
        if there:
            hint = "Give an empty data folder with --data-dir, or move away what is in this one."
            raise BackupFailed(f"{there[0]} is there already.", hint=hint)
        with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix="restore-") as folder:
            _unpack(archive, Path(folder))
            _check(Path(folder) / DATABASE, archive)
            _put(Path(folder), settings.data_dir, database)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        raise BackupFailed(f"{archive} was not restored: {_reason(error)}.") from error
    finally:
        held.release()
    sys.stdout.write(f"{archive} is in {settings.data_dir}. What ran or waited then runs again at the next start.\n")
    return 0


def _database_of(settings: Settings) -> Path:
    database = database_of(settings.database_url)
    if database is None:
        raise BackupFailed("This command is for SQLite, and the database is another.", hint=_DOCS)
    return database


def _pack(settings: Settings, database: Path, packed: tarfile.TarFile) -> None:
    with tempfile.TemporaryDirectory(dir=settings.data_dir, prefix="backup-") as folder:
        copy = Path(folder) / DATABASE
        source = sqlite3.connect(f"{database.resolve().as_uri()}?mode=rw", uri=True, timeout=30)
        target = sqlite3.connect(copy)
        with contextlib.closing(source), contextlib.closing(target):
            source.backup(target)  # all in one step: one of several begins anew whenever somebody writes
        packed.add(copy, DATABASE)
    if (settings.data_dir / KEY).is_file():
        packed.add(settings.data_dir / KEY, KEY)
    for path in sorted((settings.data_dir / "files").glob("*/*")):
        name = f"files/{path.parent.name}/{path.name}"
        if _FILE.fullmatch(name):
            with contextlib.suppress(FileNotFoundError):  # its job was deleted meanwhile
                packed.add(path, name)


def _unpack(archive: Path, folder: Path) -> None:
    """Take what belongs to a backup out of the archive, by its exact names: an archive may name any path."""
    with tarfile.open(archive) as packed:
        for member in packed:
            content = packed.extractfile(member) if member.isreg() else None
            if content is None or not (member.name in (DATABASE, KEY) or _FILE.fullmatch(member.name)):
                raise BackupFailed(f"{archive} is no backup of Jobdeck.")
            path = folder / member.name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with content, open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                shutil.copyfileobj(content, target)
                target.flush()
                os.fsync(target.fileno())


def _check(database: Path, archive: Path) -> None:
    if not database.is_file():
        raise BackupFailed(f"{archive} is no backup of Jobdeck.")
    with contextlib.closing(sqlite3.connect(database)) as opened:
        found = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise BackupFailed(f"The database in {archive} is damaged: {found}.")


def _put(unpacked: Path, data_dir: Path, database: Path) -> None:
    """Move what was unpacked to its place, the database last: without it nothing else counts."""
    for path in sorted((unpacked / "files").glob("*/*")):
        place = data_dir / "files" / path.parent.name
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.rename(place / path.name)
    if (unpacked / KEY).exists():
        (unpacked / KEY).rename(data_dir / KEY)
    forget_mark(database)  # of the one that was there before
    shutil.move(unpacked / DATABASE, database)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
