"""What in Jobdeck's own data folder is nobody else's business: the secret key, the database, the files of all jobs."""

import os
import stat
from pathlib import Path

_folder: Path | None = None
_database: Path | None = None


def protect(data_folder: Path, database_url: str) -> None:
    """Say which folder is Jobdeck's own in this process, and which database. What was said before is forgotten."""
    global _folder, _database
    _folder = data_folder
    file = database_url.removeprefix("sqlite:///")
    _database = Path(file) if file != database_url else None


def is_protected(path: Path) -> bool:
    """Say whether a path leads into the data folder or to the database, by whatever way.

    Links, `..`, a folder that is mounted twice and hard links are seen through: files and folders are compared by what
    they are, not by their names. False where this process was told of no data folder.
    """
    if _folder is None:
        return False
    target = Path(os.path.realpath(path))
    ours = {found for one in (_folder, _folder / "files") if (found := _identity(one)) is not None}
    if ours & {_identity(one) for one in (target, *target.parents)}:
        return True
    status = _status(target)
    if status is None or not stat.S_ISREG(status.st_mode):
        return False
    return (status.st_dev, status.st_ino) in {_identity(one) for one in _own_files(_folder)}


def _own_files(folder: Path) -> list[Path]:
    try:
        inside = list(folder.iterdir())
    except OSError:
        inside = []
    beside = [] if _database is None else [Path(f"{_database}{end}") for end in ("", "-wal", "-shm")]
    return [*inside, *beside]


def _identity(path: Path) -> tuple[int, int] | None:
    status = _status(path)
    return None if status is None else (status.st_dev, status.st_ino)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (OSError, ValueError):  # a NUL in it: there is no such file
        return None
