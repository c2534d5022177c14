"""The bytes that belong to uploads and attached files: one folder today. Nobody else builds a path to them.

A file is kept under a random key, never under a name that a person, a program or a job gave it.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from app.errors import NotFound, TooLarge, Unavailable

_CHUNK = 1024 * 1024
_PART = ".part"
"""The end of a file's name while it is written."""
_folder: Path | None = None


def use_folder(folder: Path) -> None:
    """Keep files below this folder; made when missing, readable by its owner only."""
    global _folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _folder = folder


def remove(keys: list[str]) -> None:
    """Delete files by key; one that is gone already is no error."""
    for key in keys:
        path_of(key).unlink(missing_ok=True)


def remove_stale_parts(*, before: datetime) -> int:
    """Delete what processes that were killed left half written before an instant. Returns how many.

    One that is being written is never touched, however long that takes: who writes it holds a lock on it.
    """
    assert _folder is not None, "use_folder() comes first"
    removed = 0
    for part in _folder.glob(f"*/*{_PART}"):
        with contextlib.suppress(FileNotFoundError), part.open("rb") as half:
            if os.fstat(half.fileno()).st_mtime < before.timestamp() and _lock(half):
                part.unlink()
                removed += 1
    return removed


def gone(what: str) -> NotFound:
    return NotFound(
        f"{what} is not in the data folder of this machine ({socket.gethostname()}).",
        hint="It was removed there, or the machines do not share their folder of files (docs/operating.md).",
    )


def path_of(key: str) -> Path:
    assert _folder is not None, "use_folder() comes first"
    assert key.isalnum(), "keys are made here"
    return _folder / key[:2] / key


def write(stream: BinaryIO, max_bytes: int, too_large: TooLarge) -> tuple[str, int]:
    """Copy a stream into a new file; it gets its name only when it is whole."""
    key = secrets.token_hex(16)
    path = path_of(key)
    partial = path.with_suffix(_PART)
    size = 0
    try:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with partial.open("xb") as target:
            _lock(target)
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise too_large
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        free = shutil.disk_usage(_folder or ".").free
        sentence = (
            "The disk under the data folder is full."
            if free < size + _CHUNK
            else f"A file cannot be written: {error.strerror}."
        )
        raise Unavailable(sentence) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return key, size


def _lock(file: BinaryIO) -> bool:
    """Lock a file until it is closed or its process is gone. False: somebody holds it, or the disk knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
