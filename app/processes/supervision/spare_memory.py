"""Memory that a process has used and does not need any more goes back to the system.

glibc gives back what is free at the end of its heaps only. After some large answers a small block that lives on lies
behind a hundred free megabytes, and these stay with the process for ever. `malloc_trim` gives back the pages between,
too (https://man7.org/linux/man-pages/man3/malloc_trim.3.html). Other C libraries have no such function, and nothing
is done there.
"""

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

from app.repeating_thread import RepeatingThread

LOOK_SECONDS = 5.0
GROWN_BYTES = 16 * 1024 * 1024
"""Less than so much is not worth it."""
CALM_BYTES = 1024 * 1024
"""A process that grew by more since the last look is busy: while it gives pages back, whoever wants memory waits."""
_STATM = Path("/proc/self/statm")


class SpareMemory:
    """Gives back what a process does not need, after each time in which it has grown."""

    def __init__(self, *, used_bytes: Callable[[], int], give_back: Callable[[], object]) -> None:
        """`used_bytes` says how much the process has now."""
        self._used_bytes = used_bytes
        self._give_back = give_back
        self._kept = self._seen = used_bytes()

    def look(self) -> None:
        """Give back what is free where the process has grown since it last did, and does not grow just now."""
        used = self._used_bytes()
        is_calm, self._seen = used <= self._seen + CALM_BYTES, used
        if is_calm and used >= self._kept + GROWN_BYTES:
            self._give_back()
            self._kept = self._seen = self._used_bytes()
        self._kept = min(self._kept, used)


def keep_giving_back() -> None:
    """Look every few seconds, from a thread of its own; nothing where this system has no such function."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is None:
        return
    memory = SpareMemory(used_bytes=_resident_bytes, give_back=lambda: trim(0))
    RepeatingThread(memory.look, name="spare memory", seconds=LOOK_SECONDS).start()


def _resident_bytes() -> int:
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
