"""How quick the jobs of each kind are here, so that very short ones can be claimed a few at a time.

A claim takes a COMMIT. For jobs of some milliseconds a worker that claims no more than it has free threads spends its
time with COMMITs; for any longer job it is what keeps jobs from waiting in one worker while another is idle.
"""

import time

QUICK_SECONDS = 0.02
AHEAD_SECONDS = 0.03
"""So much work for each thread is claimed beyond the jobs that begin at once."""
MOST_AHEAD = 30
MIXED_SECONDS = 1.0
"""After jobs of other kinds came between the quick ones, no job is claimed ahead for so long."""
_NEWEST_SHARE = 0.2


class Prefetch:
    """Remembers the run times of the kinds. Written by the jobs' threads, read by the consumer: plain values."""

    def __init__(self) -> None:
        """Know of no kind: the first jobs of each are claimed as their threads come free."""
        self._means: dict[str, float] = {}
        self._mean = QUICK_SECONDS
        self._mixed_until = 0.0

    def note(self, kind: str, seconds: float) -> None:
        """Take in how long a job took."""
        mean = self._means.get(kind)
        self._means[kind] = seconds if mean is None else mean + _NEWEST_SHARE * (seconds - mean)
        self._mean += _NEWEST_SHARE * (seconds - self._mean)

    def is_quick(self, kind: str) -> bool:
        """Say whether jobs of this kind took next to no time of late."""
        return self._means.get(kind, QUICK_SECONDS) < QUICK_SECONDS

    def ahead(self, threads: int) -> int:
        """Return how many messages may be taken beyond the free threads."""
        if self._mean >= QUICK_SECONDS or time.monotonic() < self._mixed_until:
            return 0
        return threads * min(MOST_AHEAD, int(AHEAD_SECONDS / max(self._mean, 0.001)))

    def note_mixed(self) -> None:
        """Take in that messages beyond the free threads were not all of quick kinds."""
        self._mixed_until = time.monotonic() + MIXED_SECONDS
