"""Folders opened one from the other, so that a path may be longer than what the system takes at once."""

import errno
import os
from contextlib import closing, suppress

OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NONBLOCK
MOST_OPEN = 32
"""Folders that a walk has open at once; a process may have 256 files on macOS, 1,024 on Linux."""


class Way:
    """The folders of the present path, of which the innermost are open: a path may be deeper than a process may have
    files. A folder that was closed is opened again from below, by `..`, and has to be the same.
    """

    def __init__(self) -> None:
        self._handles: list[int | None] = []
        self._identities: list[tuple[int, int]] = []

    @property
    def depth(self) -> int:
        return len(self._handles)

    @property
    def handle(self) -> int:
        """The innermost folder."""
        handle = self._handles[-1]
        assert handle is not None
        return handle

    def enter(self, name: str) -> None:
        """Open a folder of the innermost one, or the first.

        Raises:
            OSError: it cannot be.
        """
        # A link that took the place of a folder below the first leads nowhere.
        flags = OPEN_FOLDER | (os.O_NOFOLLOW if self._handles else 0)
        self._handles.append(os.open(name, flags, dir_fd=self.handle if self._handles else None))
        self._identities.append(_identity(self.handle))
        if len(self._handles) > MOST_OPEN:
            self._close(-1 - MOST_OPEN)

    def leave(self) -> bool:
        """Close the innermost folder. False: the one above it cannot be opened any more."""
        if len(self._handles) > 1 and self._handles[-2] is None and self._handles[-1] is not None:
            with suppress(OSError):
                above = os.open("..", OPEN_FOLDER, dir_fd=self.handle)
                self._handles[-2] = above
                if _identity(above) != self._identities[-2]:
                    self._close(-2)
        self._close(-1)
        self._handles.pop()
        self._identities.pop()
        return not self._handles or self._handles[-1] is not None

    def close(self) -> None:
        """Close what is open."""
        for number in range(len(self._handles)):
            self._close(number)

    def _close(self, number: int) -> None:
        handle = self._handles[number]
        if handle is not None:
            os.close(handle)
            self._handles[number] = None


def open_at_any_depth(path: str, flags: int) -> int:
    """Open a file as `os.open` does, with a path of any length, folder by folder where it has to be.

    Raises:
        OSError: it cannot be opened.
    """
    try:
        return os.open(path, flags)
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
    *folders, name = path.split(os.sep)
    with closing(Way()) as way:
        way.enter(os.sep)
        for folder in filter(None, folders):
            way.enter(folder)
        return os.open(name, flags, dir_fd=way.handle)


def _identity(handle: int) -> tuple[int, int]:
    status = os.fstat(handle)
    return status.st_dev, status.st_ino
