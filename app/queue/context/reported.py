"""The progress that an attempt has reported.

The job's thread writes it, the reporter of the same process reads it. `done`, `total`, `message` and `has_news` are
plain attributes: a reader may see them a tenth of a second late, never torn.
"""

import time
from collections import deque

from app.db.clock import now
from app.db.snapshots.parts import Progress
from app.queue.context.storable import cut, finite, safe, text_of
from app.queue.context.time_left import TimeLeft

MAX_MESSAGE_LENGTH = 500
RATE_WINDOW_SECONDS = 20.0


class Reported:
    """What was reported last, and how fast it grows."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.done: float | None = None
        self.total: float | None = None
        self.message: str | None = None
        self.has_news = False
        """Whether something was reported that the reporter has not taken."""
        self.gap_seconds: float | None = None
        """The longest time between two reports so far, as the reporter took them; None before the second."""
        self._taken_at: float | None = None
        self._samples: deque[tuple[float, float]] = deque()
        self._time_left = TimeLeft()

    def note(self, done: float, total: float | None, message: str | None) -> None:
        """Note progress.

        Raises:
            TypeError: `done` or `total` is no number.
        """
        self.done = done if done.__class__ is int else float(done)
        if total is not None:
            self.total = total if total.__class__ is int else float(total)
        if message is not None:
            self.message = message
        self.has_news = True

    def progress(self, *, usual_seconds: float | None = None) -> Progress:
        """Take the present progress, with rate, time left and the rhythm of its reports.

        Called by one thread at a time, at most ten times a second. `usual_seconds`: how long its kind usually runs.
        """
        done, total, message = self.values()
        rate = self._rate(done)
        left = self._time_left.estimate(done, total, rate=rate, usual_seconds=usual_seconds)
        self._note_gap()
        return Progress.of(done, total, message, rate, now(), eta_seconds=left, gap_seconds=self.gap_seconds)

    def values(self) -> tuple[float | None, float | None, str | None]:
        """Return what was reported last, whatever the job gave, as a database and a pipe can take it."""
        message = None if self.message is None else cut(safe(text_of(self.message)), MAX_MESSAGE_LENGTH)
        total = finite(self.total)
        return finite(self.done), None if total is not None and total < 0 else total, message  # -1: it is not known

    def take_in(self, done: float | None, total: float | None, message: str | None) -> None:
        """Take in what the job reported in a process of its own (`values`)."""
        self.done, self.total, self.message = done, total, message
        self.has_news = True

    def _note_gap(self) -> None:
        at = time.monotonic()
        if self._taken_at is not None:
            self.gap_seconds = max(self.gap_seconds or 0.0, at - self._taken_at)
        self._taken_at = at

    def _rate(self, done: float | None) -> float | None:
        """Units a second over the last `RATE_WINDOW_SECONDS`; None before two different readings."""
        if done is None:
            return None
        at = time.monotonic()
        samples = self._samples
        if samples and done < samples[-1][1]:
            samples.clear()  # a new phase began; its rate has nothing to do with the old one's
        if not samples or at - samples[-1][0] >= 0.25:
            samples.append((at, done))
        while len(samples) > 2 and at - samples[0][0] > RATE_WINDOW_SECONDS:
            samples.popleft()
        elapsed = at - samples[0][0]
        return (done - samples[0][1]) / elapsed if elapsed >= 0.2 and done > samples[0][1] else None
