"""The progress that an attempt has reported.

The job's thread writes it, the reporter of the same process reads it. `done`, `total`, `message` and `has_news` are
plain attributes: a reader may see them a tenth of a second late, never torn.
"""

import time
from collections import deque

from app.db.clock import now
from app.db.snapshots.parts import Progress
from app.queue.context.storable import cut, finite, safe, text_of

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
        self._samples: deque[tuple[float, float]] = deque()

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

    def progress(self) -> Progress:
        """Take the present progress, with rate and time left.

        Called by one thread at a time, at most ten times a second.
        """
        done, total, message = self.values()
        return Progress.of(done, total, message, self._rate(done), now())

    def values(self) -> tuple[float | None, float | None, str | None]:
        """Return what was reported last, whatever the job gave, as a database and a pipe can take it."""
        message = None if self.message is None else cut(safe(text_of(self.message)), MAX_MESSAGE_LENGTH)
        return finite(self.done), finite(self.total), message

    def take_in(self, done: float | None, total: float | None, message: str | None) -> None:
        """Take in what the job reported in a process of its own (`values`)."""
        self.done, self.total, self.message = done, total, message
        self.has_news = True

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
