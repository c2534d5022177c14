"""The bytes that belong to uploads and attached files: one folder today. Nobody else builds a path to them.

A file is kept under a random key, never under a name that a person, a program or a job gave it.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from app.errors import NotFound, TooLarge, Unavailable

CHUNK_BYTES = 1024 * 1024
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


class NewFile:
    """A file that is being written; it gets its name only when it is whole. One thread at a time."""

    def __init__(self, max_bytes: int, too_large: TooLarge) -> None:
        """Begin an empty one.

        Args:
            max_bytes: how many bytes it may have.
            too_large: what is raised where there are more.

        Raises:
            Unavailable: the disk cannot be written.
        """
        self._key = secrets.token_hex(16)
        self._path = path_of(self._key)
        self._partial = self._path.with_suffix(_PART)
        self._max_bytes, self._too_large = max_bytes, too_large
        self._size = 0
        with self._writing():
            self._path.parent.mkdir(exist_ok=True, mode=0o700)
            self._target = open(os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
            _lock(self._target)

    def write(self, data: bytes) -> None:
        """Add bytes.

        Raises:
            TooLarge: the file would have more than it may.
            Unavailable: the disk is full or cannot be written.
        """
        self._size += len(data)
        if self._size > self._max_bytes:
            raise self._too_large
        with self._writing():
            self._target.write(data)

    def finish(self) -> tuple[str, int]:
        """Give the file its name. Returns its key and its size in bytes.

        Raises:
            Unavailable: the disk is full or cannot be written.
        """
        with self._writing():
            self._target.flush()
            os.fsync(self._target.fileno())
            self._partial.rename(self._path)
            self._target.close()
        return self._key, self._size

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._partial.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # what is still to be written finds no room, and need not
            self._target.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            free = shutil.disk_usage(_folder or ".").free
            sentence = (
                "The disk under the data folder is full."
                if free < self._size + CHUNK_BYTES
                else f"A file cannot be written: {error.strerror}."
            )
            raise Unavailable(sentence) from error


def write(stream: BinaryIO, max_bytes: int, too_large: TooLarge) -> tuple[str, int]:
    """Copy a stream into a new file. Returns its key and its size in bytes.

    Raises:
        TooLarge: the stream has more than `max_bytes`; nothing is kept.
        Unavailable: the disk is full or cannot be written.
    """
    file = NewFile(max_bytes, too_large)
    try:
        while chunk := stream.read(CHUNK_BYTES):
            file.write(chunk)
        return file.finish()
    except BaseException:
        file.abandon()
        raise


def _lock(file: BinaryIO) -> bool:
    """Lock a file until it is closed or its process is gone. False: somebody holds it, or the disk knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
