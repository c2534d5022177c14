"""How long a run will go on: from its own pace, of late and on the whole, and from how long its kind took before."""

import time
from collections import deque

GROWN_SECONDS = 600.0
"""An estimate that is no smaller than so long ago tells nothing, and is not shown."""
NOTED_SECONDS = 15.0


class TimeLeft:
    """The estimate of one run. One thread only."""

    def __init__(self) -> None:
        """Begin with the run."""
        self._began = time.monotonic()
        self._first: tuple[float, float] | None = None
        self._last = 0.0
        self._noted: deque[tuple[float, float]] = deque()

    def estimate(
        self, done: float | None, total: float | None, *, rate: float | None, usual_seconds: float | None
    ) -> float | None:
        """Return the seconds left. None: there is no pace yet, or the estimate has only grown for ten minutes.

        Args:
            done, total: as reported.
            rate: units a second of late; None: it did not move.
            usual_seconds: how long runs of its kind take; None: too few ended.
        """
        if done is None or total is None:
            return None
        at = time.monotonic()
        self._note(at, done)
        left = self._blended(at, done, total, rate, usual_seconds)
        return None if left is None or self._has_grown(at, left) else left

    def _note(self, at: float, done: float) -> None:
        if self._first is None or done < self._last:  # a new phase began; the old one's pace has nothing to do with it
            self._first = (at, done)
            self._noted.clear()
        self._last = done

    def _blended(
        self, at: float, done: float, total: float, rate: float | None, usual_seconds: float | None
    ) -> float | None:
        """Weigh both: at the beginning earlier runs tell more, towards the end, or beyond their length, this one."""
        own = self._own(at, done, total, rate)
        passed = at - self._began
        if usual_seconds is None or passed >= usual_seconds:
            return own
        if own is None:
            return usual_seconds - passed
        share = (1 - min(1.0, max(0.0, done / total))) * (1 - passed / usual_seconds) if total > 0 else 0.0
        return share * (usual_seconds - passed) + (1 - share) * own

    def _own(self, at: float, done: float, total: float, rate: float | None) -> float | None:
        """Take the mean of the pace of late and that since the first report: the one follows, the other is steady."""
        assert self._first is not None
        since, from_done = self._first
        whole = (done - from_done) / (at - since) if at - since >= 0.2 and done > from_done else None
        paces = [pace for pace in (rate, whole) if pace]
        if done >= total:
            return 0.0
        return (total - done) / (sum(paces) / len(paces)) if paces else None

    def _has_grown(self, at: float, left: float) -> bool:
        noted = self._noted
        if not noted or at - noted[-1][0] >= NOTED_SECONDS:
            noted.append((at, left))
        while len(noted) > 1 and at - noted[1][0] >= GROWN_SECONDS:
            noted.popleft()
        return at - noted[0][0] >= GROWN_SECONDS and left >= noted[0][1]
