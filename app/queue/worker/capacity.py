"""How many jobs a worker may claim: one for each free thread, and some ahead where all are very short."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.queue.worker.prefetch import QUICK_SECONDS, Prefetch
from app.queue.worker.running_jobs import RunningJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many jobs may be claimed now. `free`: so many begin at once; the others only if they are quick."""

    free: int
    number: int


class Capacity:
    """Counts the free threads of a worker. Safe from any thread."""

    def __init__(self, running: RunningJobs, prefetch: Prefetch) -> None:
        """Know of no threads yet. `running` and `prefetch` say whether jobs may be claimed ahead."""
        self._running = running
        self._prefetch = prefetch
        self._changed = threading.Condition()
        self._threads = 0
        self._free = 0
        """Less than none while jobs wait that were claimed ahead."""
        self._is_closed = False
        self._is_quiet = False
        self._is_waiting = False
        self._used_seconds = 0.0
        self._used_at = time.monotonic()

    def open(self, threads: int) -> None:
        """Begin with so many threads, all free."""
        self._threads = self._free = threads

    def close(self) -> None:
        """Let no more jobs be claimed: the worker stops."""
        self._is_closed = True

    def set_quiet(self, is_quiet: bool) -> None:
        """Let no more jobs be claimed for now, or let them be claimed again."""
        with self._changed:
            self._is_quiet = is_quiet
            self._changed.notify()

    @property
    def used_seconds(self) -> float:
        """For how many seconds threads had a job so far, added up over all threads."""
        with self._changed:
            self._count_use()
            return self._used_seconds

    def occupy(self) -> None:
        """Take in that a job was claimed: a thread is taken, or will be."""
        with self._changed:
            self._count_use()
            self._free -= 1

    def free(self) -> None:
        """Take in that a thread came free."""
        with self._changed:
            self._count_use()
            self._free += 1
            self._changed.notify()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Say meanwhile that no message is there: a single one is waited for, and threads may be lent."""
        self._is_waiting = True
        try:
            yield
        finally:
            with self._changed:
                self._is_waiting = False

    def lend(self) -> int:
        """Occupy the free threads for jobs that need no message, and return how many; each is to be freed again.

        None while messages wait: their jobs come first. One is left for the message that is waited for.
        """
        with self._changed:
            if not self._is_waiting or self._is_closed or self._is_quiet or self._running.abandoned_threads:
                return 0
            self._count_use()
            lent = max(0, self._free - 1)
            self._free -= lent
            return lent

    def wait_for_room(self, seconds: float) -> Room | None:
        """Wait until jobs may be claimed.

        Returns:
            How many. None: not within `seconds`; or the worker is quiet, or stops; or a thread of it cannot be
            interrupted, so that it is replaced when its other jobs have ended.
        """
        with self._changed:
            if self._is_closed or self._is_quiet or self._running.abandoned_threads:
                self._changed.wait(seconds)
                return None
            if not self._changed.wait_for(lambda: self._first_room() > 0, seconds):
                return None
            number = self._free + self._ahead()
            return Room(free=max(0, self._free), number=number) if number > 0 else None

    def _count_use(self) -> None:
        at = time.monotonic()
        self._used_seconds += min(self._threads, max(0, self._threads - self._free)) * (at - self._used_at)
        self._used_at = at

    def _first_room(self) -> int:
        """Return how many jobs there must be room for; of those ahead only half, so that they are claimed in groups."""
        ahead = self._ahead()
        return self._free + ahead - ahead // 2

    def _ahead(self) -> int:
        """Return how many jobs may be claimed beyond the free threads: none while a longer one runs, or may."""
        at = time.monotonic()
        for run in self._running.undecided:
            is_long = run.has_begun and at - run.began >= QUICK_SECONDS
            if is_long or run.is_isolated or not self._prefetch.is_quick(run.kind_name):
                return 0
        return self._prefetch.ahead(self._threads)
