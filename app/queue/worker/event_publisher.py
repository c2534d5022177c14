"""The thread that tells the screens of a worker's changes, so that no job waits for it.

Of changes of one job that come close together only the last is told: it carries everything.
"""

import logging
import threading
from collections.abc import Iterable

from app.db import JobSnapshot
from app.db.snapshots.change import Change
from app.queue.events.publisher import changes, publish

COLLECT_SECONDS = 0.01
_log = logging.getLogger(__name__)


class EventPublisher:
    """Publishes changed jobs. One a worker process."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._changed = threading.Condition()
        self._jobs: dict[int, JobSnapshot | Change] = {}
        self._is_stopping = False
        self._thread = threading.Thread(target=self._work, name="teller", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell what is left and end the thread."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def tell(self, changed: Iterable[JobSnapshot | Change]) -> None:
        """Tell of these soon. Never waits."""
        with self._changed:
            self._jobs.update((one.job_id if isinstance(one, Change) else one.id, one) for one in changed)
            self._changed.notify()

    def _work(self) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._is_stopping)
                if not self._jobs:
                    return
            self._publish()
            pause.wait(COLLECT_SECONDS)

    def _publish(self) -> None:
        with self._changed:
            jobs, self._jobs = self._jobs, {}
        try:
            publish(changes(list(jobs.values())))
        except Exception:
            _log.exception("Telling of changes met an error; the next ones follow.")
