"""Keeps the index of texts in a thread of the scheduler, in short steps that leave the database to the jobs."""

import time

from app.db.text_index import keeping
from app.repeating_thread import RepeatingThread

LOOK_SECONDS = 2.0
"""So often it is looked whether jobs have finished; what has finished since is searched in the rows."""
IDLE_LOOK_SECONDS = 10.0
"""The same, when there was nothing for so long."""
REST_RATIO = 2.0
"""After a step it rests so many times as long as the step took: a third of the time at most it writes."""


class TextIndexing:
    """Any number at once is safe: each step is a transaction of its own."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._thread = RepeatingThread(self._catch_up, name="index of texts", seconds=self._until_next_look)
        self._worked = time.monotonic()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step that it is in, or leave the step to itself where it takes long."""
        self._thread.stop()

    def _until_next_look(self) -> float:
        is_idle = time.monotonic() - self._worked >= IDLE_LOOK_SECONDS
        return IDLE_LOOK_SECONDS if is_idle else LOOK_SECONDS

    def _catch_up(self) -> None:
        while not self._thread.is_stopping:
            began = time.monotonic()
            if not keeping.step():
                return
            self._worked = time.monotonic()
            self._thread.pause(REST_RATIO * (time.monotonic() - began))
