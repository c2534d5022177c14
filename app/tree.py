"""The files below a folder: one careful walk for every job that reads a tree.

Each folder is opened from the one above it, so a path may be longer than what the system takes at once. Symbolic
links are not followed, other file systems are not entered unless asked, and what cannot be read is noted and passed
over. Memory does not grow with the number of files: a folder's files are handed on as they are read, and only the
names of subfolders still to come are kept, along one path. What is done with a file is the caller's business.
"""

import os
import stat
import time
from collections import deque
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from app.db import files
from app.queue import JobContext, JobError
from app.reports import printable
from app.reports.words import counted
from app.way import OPEN_FOLDER, Way

NEWS_SECONDS = 0.1
# How many entries are read between two looks at the clock: about 2 ms of work (bench/disk_usage.py).
PULSE_ENTRIES = 512
MOST_NOTES = 200
LONGEST_PLACE = 48
CHANGED = "it changed during the walk"
MOUNTED_TWICE = "mounted at another place too, where it is counted"
# How much of a walk's time the counting takes: bench/folders.py on a warm cache.
COUNTED_SHARE = 0.35


@dataclass(slots=True, kw_only=True, eq=False)
class Branch:
    """A folder on the way. `name`: the last part of its path, all of the root's; `status` is the folder's own."""

    name: str
    status: os.stat_result
    parent: "Branch | None"

    @property
    def path(self) -> str:
        """The whole path, of any length. Put together anew each time: kept, they would take the square of a depth."""
        names: list[str] = []
        branch: Branch | None = self
        while branch is not None:
            names.append(branch.name)
            branch = branch.parent
        return os.path.join(*reversed(names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A place that was passed over, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Notes:
    """The places that were passed over: the first `MOST_NOTES` by name, and how many in all."""

    first: list[Note] = field(default_factory=list)
    count: int = 0

    def add(self, path: str, reason: str) -> None:
        """Note a place."""
        self.count += 1
        if len(self.first) < MOST_NOTES:
            self.first.append(Note(path=path, reason=reason))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The first ones as (path, reason)."""
        return [(note.path, note.reason) for note in self.first]

    def as_json(self) -> dict[str, object]:
        """Return them for programs."""
        first = [{"path": printable(note.path), "reason": note.reason} for note in self.first]
        return {"count": self.count, "first": first}


class Visitor(Protocol):
    """What a caller of `Tree.walk` does on the way. Each method is called in the order of the walk."""

    def enter(self, branch: Branch) -> None:
        """Begin a folder; those above it are not left yet."""

    def file(self, branch: Branch, name: str, status: os.stat_result) -> None:
        """Take what is in the folder under this name and is no folder itself: a file, a link, a device."""

    def leave(self, branch: Branch) -> None:
        """End a folder: all below it has been seen."""


class Tree:
    """A walk over one folder: how far it is, and what it passed over."""

    def __init__(
        self, ctx: JobContext, folder: Path, *, other_file_systems: bool = False, end_percent: float = 100.0
    ) -> None:
        """Look at the folder; a symbolic link that is named means what it points to.

        Args:
            ctx: shows the progress of the walk and stops it.
            folder: where to begin.
            other_file_systems: whether to enter what is mounted below the folder.
            end_percent: where the bar of the job stands at the end of the walk; it begins at 0.

        Raises:
            JobError: there is no such folder, or it cannot be read.
        """
        self._ctx = ctx
        self._crosses = other_file_systems
        self._end_percent = end_percent
        self._next_news = 0.0
        self.root, self._status = _look_at_root(folder)
        self._expected = 0
        self._mounts = _mounts(self.root, self._status)
        self._met: set[tuple[int, int]] = set()
        self.files = 0
        self.folders = 0
        self.unreadable = Notes()
        self.elsewhere = Notes()

    def walk(self, visitor: Visitor) -> None:
        """Visit everything once.

        What is there is counted first: names are read, but nothing is asked about any of them, and the walk finds the
        folders in the system's cache. So the bar is exact from then on, and needs no guess at how big a folder is.

        Raises:
            JobCancelled: the job is to stop; it is heard within `NEWS_SECONDS`.
        """
        self._count()
        self._met = {_identity(self._status)}
        levels: list[_Level] = []
        with closing(Way()) as way:

            def go_into(branch: Branch) -> None:
                self.folders += branch.parent is not None
                visitor.enter(branch)
                self._pulse(branch)
                try:
                    way.enter(branch.name)
                except OSError as error:
                    self.unreadable.add(branch.path, reason(error))
                    levels.append(_Level(branch, deque(), is_entered=False))
                else:
                    levels.append(_Level(branch, self._read(branch, way.handle, visitor), is_entered=True))

            go_into(Branch(name=self.root, status=self._status, parent=None))
            while levels:
                level = levels[-1]
                if level.waiting:
                    below = self._look(level.branch, way.handle, level.waiting.popleft())
                    if below is not None:
                        go_into(below)
                    continue
                levels.pop()
                visitor.leave(level.branch)
                if level.is_entered and not way.leave() and levels[-1].waiting:
                    self.unreadable.add(levels[-1].branch.path, CHANGED)
                    levels[-1].waiting.clear()
        self._show(self._end_percent, self.root)

    def _count(self) -> None:
        """Count the entries that the walk will meet; what cannot be read is left for the walk to note.

        Meanwhile the bar goes to `COUNTED_SHARE` of the walk's: the root has all of that, and each folder divides its
        share equally between its own entries and each of its subfolders.
        """
        done = 0.0
        self._met = {_identity(self._status)}
        levels = [(1.0, deque([self.root]))]
        with closing(Way()) as way:
            while levels:
                share, waiting = levels[-1]
                if not waiting:
                    levels.pop()
                    if levels and not way.leave():
                        levels[-1][1].clear()
                    continue
                folders = self._count_folder(way, waiting.popleft(), done=done)
                if folders is None:
                    continue
                part = share / (len(folders) + 1)
                done += part
                levels.append((part, folders))

    def _count_folder(self, way: Way, name: str, *, done: float) -> deque[str] | None:
        """Go into a folder, count its entries and return the names of its subfolders; None: it is not gone into."""
        folders: deque[str] = deque()
        try:
            if way.depth and (self._mounts or not self._crosses):
                status = os.stat(name, dir_fd=way.handle, follow_symlinks=False)
                if (status.st_dev != self._status.st_dev and not self._crosses) or self._was_met(status):
                    return None
            way.enter(name)
        except OSError:
            return None
        with suppress(OSError), os.scandir(way.handle) as entries:
            for entry in entries:
                self._expected += 1
                if not self._expected % PULSE_ENTRIES:
                    self._pulse_counting(done)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
        self._pulse_counting(done)
        return folders

    def _was_met(self, status: os.stat_result) -> bool:
        """Return whether a folder that is mounted somewhere (with `mount --bind`) was met at another place."""
        folder = _identity(status)
        if folder not in self._mounts:
            return False
        is_known = folder in self._met
        self._met.add(folder)
        return is_known

    def _pulse_counting(self, done: float) -> None:
        if self._is_time():
            percent = round(done * COUNTED_SHARE * self._end_percent, 1)
            self._ctx.progress(percent, 100, f"Counting: {self._expected:,} so far")

    def _pulse(self, branch: Branch) -> None:
        if self._is_time():
            # Files that come while the job runs were not counted; the bar waits for them near its end.
            ratio = min((self.files + self.folders) / max(self._expected, 1), 0.999)
            self._show((COUNTED_SHARE + (1 - COUNTED_SHARE) * ratio) * self._end_percent, branch.path)

    def _is_time(self) -> bool:
        now = time.monotonic()
        if now < self._next_news:
            return False
        self._next_news = now + NEWS_SECONDS
        return True

    def _show(self, percent: float, path: str) -> None:
        place = printable(path)
        place = place if len(place) <= LONGEST_PLACE else f"…{place[1 - LONGEST_PLACE :]}"
        self._ctx.progress(round(percent, 1), 100, f"Read {counted(self.files, 'file')}, now in {place}")

    def _read(self, branch: Branch, handle: int, visitor: Visitor) -> deque[str]:
        """Hand on the files of one folder, open as `handle`, and return the names of its subfolders."""
        waiting: deque[str] = deque()
        number = 0
        with closing(self._entries(branch, handle)) as entries:
            for entry in entries:
                number += 1
                if not number % PULSE_ENTRIES:
                    self._pulse(branch)
                try:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.name)
                        continue
                    status = entry.stat(follow_symlinks=False)
                except OSError as error:
                    self.unreadable.add(os.path.join(branch.path, entry.name), reason(error))
                    continue
                self.files += 1
                visitor.file(branch, entry.name, status)
        return waiting

    def _entries(self, branch: Branch, handle: int) -> "Generator[os.DirEntry[str], None, None]":
        try:
            with os.scandir(handle) as entries:
                yield from entries
        except OSError as error:  # at the opening, or in the middle of a damaged folder
            self.unreadable.add(branch.path, reason(error))

    def _look(self, parent: Branch, handle: int, name: str) -> Branch | None:
        try:
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        except OSError as error:
            self.unreadable.add(os.path.join(parent.path, name), reason(error))
            return None
        if not stat.S_ISDIR(status.st_mode):  # it was one a moment ago
            self.unreadable.add(os.path.join(parent.path, name), CHANGED)
            return None
        if status.st_dev != self._status.st_dev and not self._crosses:
            self.elsewhere.add(os.path.join(parent.path, name), "another file system")
            return None
        if self._was_met(status):
            self.elsewhere.add(os.path.join(parent.path, name), MOUNTED_TWICE)
            return None
        return Branch(name=name, status=status, parent=parent)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _mounts(root: str, status: os.stat_result) -> set[tuple[int, int]]:
    """Return the root, where anything is mounted below it, and those mounts; each may be met at two places."""
    found = set()
    for mount in psutil.disk_partitions(all=True):
        if mount.mountpoint.startswith(os.path.join(root, "")):
            with suppress(OSError):
                found.add(_identity(os.stat(mount.mountpoint)))
    return {_identity(status), *found} if found else found


@dataclass(slots=True)
class _Level:
    """A folder of the present path. `waiting`: the names of subfolders to come; `is_entered`: it could be opened."""

    branch: Branch
    waiting: deque[str]
    is_entered: bool


def _look_at_root(folder: Path) -> tuple[str, os.stat_result]:
    name = printable(str(folder))
    try:
        refuse_own_folder(folder.expanduser())
        root = os.path.abspath(folder.expanduser())
        os.close(os.open(root, OPEN_FOLDER))
        return root, os.stat(root)
    except FileNotFoundError:
        raise JobError(f"There is no folder {name} on the worker's machine.") from None
    except NotADirectoryError:
        raise JobError(f"{name} is a file, not a folder.") from None
    except OSError as error:
        raise JobError(f"The folder {name} cannot be read: {reason(error)}.") from None
    except ValueError:  # Python's own words for it differ from version to version
        raise JobError(f"The folder {name} cannot be read: its name has a NUL character.") from None
    except RuntimeError as error:  # no such home folder
        raise JobError(f"The folder {name} cannot be read: {error}.") from None


def refuse_own_folder(path: Path) -> None:
    """Refuse a path that leads into Jobdeck's data folder: the secret key and everybody's files are there.

    Raises:
        JobError: it does.
    """
    if files.is_protected(path):
        raise JobError(f"{printable(str(path))} is in Jobdeck's own data folder, which no job reads. Choose another.")


def reason(error: OSError) -> str:
    """Return what is wrong in the system's words, without number and path: "permission denied"."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]
