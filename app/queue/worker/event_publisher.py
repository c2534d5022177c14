"""The thread that tells the screens which jobs of a worker have changed, so that no job waits for the telling.

Of changes of one job that come close together only the last is told: it carries everything.
"""

import threading
from collections.abc import Iterable

from app.db import JobSnapshot
from app.db.snapshots.change import Change
from app.queue.events.publisher import changes, publish
from app.repeating_thread import RepeatingThread

COLLECT_SECONDS = 0.01
"""Between two messages to the screens: what changes meanwhile is told together."""


class EventPublisher:
    """Publishes changed jobs. One a worker process."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._lock = threading.Lock()
        self._jobs: dict[int, JobSnapshot | Change] = {}
        self._thread = RepeatingThread(self._publish, name="event publisher", seconds=None)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and tell what is left."""
        self._thread.stop()
        self._publish()

    def tell(self, changed: Iterable[JobSnapshot | Change]) -> None:
        """Tell of these jobs soon. Never waits."""
        with self._lock:
            self._jobs.update((one.job_id if isinstance(one, Change) else one.id, one) for one in changed)
        self._thread.wake()

    def _publish(self) -> None:
        with self._lock:
            jobs, self._jobs = self._jobs, {}
        if jobs:
            publish(changes(list(jobs.values())))
            self._thread.pause(COLLECT_SECONDS)
