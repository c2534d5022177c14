"""Reading files to tell them apart: first both ends, then all of those whose ends are alike."""

import hashlib
import os
import stat
from collections.abc import Callable

from app.jobs.find_duplicates.candidates import Candidate
from app.way import open_at_any_depth

END_BYTES = 16 * 1024
CHUNK_BYTES = 1024 * 1024
DIGEST_BYTES = 32  # two different files of one hash: not in the life of this universe


class Changed(Exception):
    """The file is not the one that the walk met, or it was written to while it was read."""


def hash_ends(file: Candidate) -> tuple[bytes, bool]:
    """Return the hash of the first and the last `END_BYTES`, and whether that is all of the file.

    Raises:
        Changed: it is another file by now.
        OSError: it cannot be read.
    """
    is_whole = file.size_bytes <= 2 * END_BYTES
    with _Reading(file) as descriptor:
        if is_whole:
            data = _read(descriptor, file.size_bytes, 0)
        else:
            data = _read(descriptor, END_BYTES, 0) + _read(descriptor, END_BYTES, file.size_bytes - END_BYTES)
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest(), is_whole


def hash_whole(file: Candidate, on_read: Callable[[int], None]) -> bytes:
    """Return the hash of all of a file; `on_read` is told of each chunk's bytes, and may raise to stop.

    Raises:
        Changed: it is another file by now, or was written to.
        OSError: it cannot be read.
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with _Reading(file) as descriptor:
        done = 0
        while done < file.size_bytes:
            chunk = _read(descriptor, min(CHUNK_BYTES, file.size_bytes - done), done)
            digest.update(chunk)
            done += len(chunk)
            on_read(len(chunk))
    return digest.digest()


class _Reading:
    """Opens a file for reading and checks before and after that it is the one that the walk met."""

    def __init__(self, file: Candidate) -> None:
        self._file = file
        self._descriptor = -1

    def __enter__(self) -> int:
        # Neither a link nor a pipe that took the place of the file may lead elsewhere or hold the job up.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        self._descriptor = open_at_any_depth(self._file.path, flags)
        try:
            self._check()
        except BaseException:
            os.close(self._descriptor)
            raise
        return self._descriptor

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self._check()
        finally:
            os.close(self._descriptor)

    def _check(self) -> None:
        status = os.fstat(self._descriptor)
        expected = (self._file.size_bytes, self._file.changed_ns)
        if not stat.S_ISREG(status.st_mode) or (status.st_size, status.st_mtime_ns) != expected:
            raise Changed


def _read(descriptor: int, length: int, offset: int) -> bytes:
    """Read exactly `length` bytes.

    Raises:
        Changed: the file ends before.
    """
    parts = []
    while length:
        part = os.pread(descriptor, length, offset)
        if not part:
            raise Changed
        parts.append(part)
        offset += len(part)
        length -= len(part)
    return b"".join(parts)
