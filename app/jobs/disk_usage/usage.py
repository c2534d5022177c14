"""How much room files and folders take, summed up while the tree is walked.

Memory is bounded: a sum for each folder of the present path, the biggest `TOP` folders and files, the biggest `PARTS`
of a folder in `LEVELS` levels for the map, and a number for each file with several names not all of which were met.
"""

import heapq
import os
from dataclasses import dataclass, field
from itertools import count
from operator import attrgetter
from typing import Literal

from app.tree import Branch

TOP = 100
# How many parts of a folder the map may show, and how many levels of them.
PARTS = 32
LEVELS = 3
# A folder that is little more than the way to one other is shown as one with it: "lib/python3.11/site-packages".
WAY_SHARE = 0.95
# What a block of `st_blocks` is, whatever the file system's own blocks are (POSIX, sys_stat.h).
BLOCK_BYTES = 512


@dataclass(slots=True, kw_only=True, eq=False)
class Spot:
    """A file or a folder with all below it, and what it takes.

    `allocated_bytes` is what the disk gave for it, `apparent_bytes` how long the files are; `modified_at` seconds
    since 1970, of files only. `parts`: its biggest files and folders; where it is little more than the way to one other
    folder, those of `end`, the path of that one.
    """

    kind: Literal["folder", "file"]
    path: str
    allocated_bytes: int
    apparent_bytes: int
    files: int = 1
    folders: int = 0
    modified_at: float | None = None
    parts: "list[Spot]" = field(default_factory=list)
    end: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return os.path.basename(self.path) or self.path

    @property
    def way(self) -> str:
        """The name, and how it goes on to `end`."""
        return self.name if self.end is None else self.name + self.end[len(self.path) :]

    def straighten(self) -> None:
        """Take over the parts of the one folder that this one is the way to, where it is."""
        first = self.parts[0] if self.parts else None
        if first and first.kind == "folder" and first.allocated_bytes >= WAY_SHARE * self.allocated_bytes:
            self.parts = [*first.parts, *self.parts[1:]]
            self.parts.sort(key=attrgetter("allocated_bytes"), reverse=True)
            del self.parts[PARTS:]
            self.end = first.end or first.path

    def trim(self, levels: int) -> None:
        """Forget the parts below so many levels."""
        if levels == 0:
            self.parts = []
        for part in self.parts:
            part.trim(levels - 1)


class Biggest:
    """The biggest `most` spots of any number that are offered."""

    def __init__(self, most: int) -> None:
        """Begin with none."""
        self._most = most
        self._heap: list[tuple[int, int, Spot]] = []
        self._order = count()
        self.least = -1

    def add(self, spot: Spot) -> None:
        """Take a spot in if it is big enough. Callers skip those whose size is not above `least`."""
        entry = (spot.allocated_bytes, -next(self._order), spot)
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)
        if len(self._heap) == self._most:
            self.least = self._heap[0][0]

    def sorted(self) -> list[Spot]:
        """Return them, biggest first, equal ones by path."""
        spots = sorted((spot for _, _, spot in self._heap), key=attrgetter("path"))
        return sorted(spots, key=attrgetter("allocated_bytes"), reverse=True)


@dataclass(slots=True, eq=False)
class _Sum:
    """What was found so far below a folder of the present path."""

    allocated_bytes: int
    apparent_bytes: int = 0
    files: int = 0
    folders: int = 0
    parts: Biggest = field(default_factory=lambda: Biggest(PARTS))


class Usage:
    """Sums up a walk; a `Visitor` of `app.tree`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sums: list[_Sum] = []
        self._names_to_come: dict[tuple[int, int], int] = {}
        self._folders = Biggest(TOP)
        self._files = Biggest(TOP)
        self.more_names = 0
        self.root: Spot | None = None

    @property
    def biggest_folders(self) -> list[Spot]:
        """Folders with all below them, the root left out."""
        return self._folders.sorted()

    @property
    def biggest_files(self) -> list[Spot]:
        """Files."""
        return self._files.sorted()

    def enter(self, branch: Branch) -> None:
        """Begin the sum of a folder with what the folder itself takes."""
        allocated_bytes = branch.status.st_blocks * BLOCK_BYTES
        self._sums.append(_Sum(allocated_bytes))

    def file(self, branch: Branch, name: str, status: os.stat_result) -> None:
        """Add a file, unless it was met under another name."""
        if status.st_nlink > 1 and self._was_met(status):
            self.more_names += 1
            return
        here = self._sums[-1]
        allocated_bytes = status.st_blocks * BLOCK_BYTES
        here.allocated_bytes += allocated_bytes
        here.apparent_bytes += status.st_size
        here.files += 1
        if allocated_bytes > min(here.parts.least, self._files.least):
            spot = Spot(
                kind="file",
                path=os.path.join(branch.path, name),
                allocated_bytes=allocated_bytes,
                apparent_bytes=status.st_size,
                modified_at=status.st_mtime,
            )
            self._files.add(spot)
            here.parts.add(spot)

    def _was_met(self, status: os.stat_result) -> bool:
        """Say whether a file with several names was met before; forget it once all its names were met."""
        key = (status.st_dev, status.st_ino)
        to_come = self._names_to_come.get(key)
        if to_come is None:
            self._names_to_come[key] = status.st_nlink - 1
            return False
        if to_come <= 1:
            del self._names_to_come[key]
        else:
            self._names_to_come[key] = to_come - 1
        return True

    def leave(self, branch: Branch) -> None:
        """Add a folder's sum to that of the folder above."""
        found = self._sums.pop()
        spot = Spot(
            kind="folder",
            path=branch.path,
            allocated_bytes=found.allocated_bytes,
            apparent_bytes=found.apparent_bytes,
            files=found.files,
            folders=found.folders,
            parts=found.parts.sorted(),
        )
        spot.straighten()
        spot.trim(LEVELS)
        if not self._sums:
            self.root = spot
            return
        self._folders.add(spot)
        above = self._sums[-1]
        above.allocated_bytes += found.allocated_bytes
        above.apparent_bytes += found.apparent_bytes
        above.files += found.files
        above.folders += found.folders + 1
        above.parts.add(spot)
