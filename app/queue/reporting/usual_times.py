"""How long the kinds of the running jobs usually run, for the time that these have left."""

import time

from app.db.queries.jobs import usual_seconds
from app.errors import Unavailable
from app.queue.context.run import Run

SHORT_SECONDS = 2.0
"""For a run that is over sooner nobody reads a history."""
KEPT_SECONDS = 300.0
"""So long what was read counts."""


class UsualTimes:
    """What a worker remembers of it. One thread at a time."""

    def __init__(self) -> None:
        """Remember nothing."""
        self._read: dict[str, tuple[float, float | None]] = {}

    def of(self, run: Run) -> float | None:
        """Return how many seconds the kind of a run usually takes; None: too few ended, or it is not known yet."""
        at = time.monotonic()
        if at - run.started < SHORT_SECONDS:
            return None
        read_at, known = self._read.get(run.kind_name, (None, None))
        if read_at is not None and at - read_at < KEPT_SECONDS:
            return known
        try:
            known = usual_seconds(run.kind_name)
        except Unavailable:
            pass  # what was known, until the database is back
        self._read[run.kind_name] = (at, known)
        return known
