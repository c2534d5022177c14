"""What a process needs of its machine: the memory, and how much of its threads' time is used."""

import contextlib
import math
import time
from collections.abc import Callable

import psutil

AVERAGED_SECONDS = 60.0
"""Older use counts for little: after so long for a third (an exponential mean)."""
MEMORY_SECONDS = 10.0
"""How often the memory is looked up; the processes that jobs started have to be found for it."""


class Load:
    """The load of this process, measured when it is asked for. One thread only."""

    def __init__(self, *, used_seconds: Callable[[], float], threads: int) -> None:
        """`used_seconds`: for how long the `threads` had a job so far, added up; there may be no threads."""
        self._used_seconds = used_seconds
        self._threads = threads
        self._before = (time.monotonic(), used_seconds())
        self._seen = self._busy = 0.0
        self._memory_at = -math.inf

    def busy_ratio(self) -> float:
        """Return how much of the threads' time was used of late, 0 to 1."""
        at, used = time.monotonic(), self._used_seconds()
        passed, fresh = at - self._before[0], used - self._before[1]
        self._before = (at, used)
        if self._threads and passed > 0:
            kept = math.exp(-passed / AVERAGED_SECONDS)
            self._busy = kept * self._busy + (1 - kept) * min(1.0, fresh / (passed * self._threads))
            self._seen = kept * self._seen + (1 - kept)  # less than 1 at first: what came before the start is unknown
        return self._busy / self._seen if self._seen else 0.0

    def memory_bytes(self) -> int | None:
        """Return the resident set of this process and all that it started; None: it was looked up a moment ago."""
        at = time.monotonic()
        if at - self._memory_at < MEMORY_SECONDS:
            return None
        self._memory_at = at
        own = psutil.Process()
        started = own.children(recursive=True) if self._threads else []  # who runs no job starts no program
        total = 0
        for process in (own, *started):
            with contextlib.suppress(psutil.Error):  # it has just ended
                total += process.memory_info().rss
        return total
