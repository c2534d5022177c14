"""Notes in the rows that their messages were sent, a little later and many together.

A note that is lost with its process costs a second message, which is harmless; one that waits costs nothing.
"""

import logging
import threading
from collections.abc import Sequence

from app.db import jobs
from app.db.jobs import Message
from app.errors import Unavailable

COLLECT_SECONDS = 0.05
_log = logging.getLogger(__name__)


class SentNotes:
    """Collects messages that were sent and notes them from a thread, which starts with the first."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._lock = threading.Lock()
        self._sent: list[Message] = []
        self._has_some = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, messages: Sequence[Message]) -> None:
        """Note these soon. Never waits."""
        with self._lock:
            self._sent.extend(messages)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sent-notes", daemon=True)
                self._thread.start()
        self._has_some.set()

    def _work(self) -> None:
        pause = threading.Event()
        while True:
            self._has_some.wait()
            pause.wait(COLLECT_SECONDS)
            self._has_some.clear()
            with self._lock:
                sent, self._sent = self._sent, []
            try:
                jobs.mark_sent(sent)
            except Unavailable as error:
                _log.warning("Sent messages were not noted; they will be sent again: %s", error.message)
            except Exception:
                _log.exception("Noting sent messages met an error; the next ones follow.")
