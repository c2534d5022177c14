"""The lines that an attempt has logged and nobody has taken yet."""

import threading
from collections import deque
from datetime import datetime

from app.db.clock import now
from app.db.snapshots.parts import NewLogLine
from app.queue.context.storable import cut, safe

MAX_LINE_LENGTH = 10_000
MAX_LEVEL = 1000
"""Far above the levels of Python's `logging`, which may be any whole number."""
MAX_WAITING_LINES = 2000
MAX_WAITING_CHARACTERS = 1_000_000
"""So much of a log may wait for the reporter, who comes ten times a second."""


class LogLines:
    """Numbered lines. Any thread of the job writes them; the reporter takes them."""

    def __init__(self, *, job_id: int, attempt: int, last_seq: int, slows: bool, lock: threading.Lock) -> None:
        """Begin after the line `last_seq`.

        Args:
            job_id: the job.
            attempt: its attempt.
            last_seq: the number of the newest line that is stored already.
            slows: who logs waits while many lines wait; not where nobody takes them before the end.
            lock: guards them. NOTE: the job's thread is interrupted under the same lock (`Run.force`), so it is never
                interrupted between the number of a line and the line.
        """
        self._job_id = job_id
        self._attempt = attempt
        self._seq = last_seq
        self._slows = slows
        self.is_closed = False
        """Whether the attempt has ended: then nobody waits any more."""
        self._lines: list[NewLogLine] = []
        self._characters = 0
        """Of the lines that wait."""
        self._lock = lock
        self._taken = threading.Condition(lock)

    def say(self, text: str, level: int) -> None:
        """Add to the log; a text of several lines becomes several lines.

        Waits while more lines wait than may: a job that logs faster than its lines can be written is slowed down.
        """
        at = now()
        level = min(max(level, 0), MAX_LEVEL)
        lines = deque(safe(text).splitlines() or [""])
        while lines:
            with self._lock:
                # In short waits: between them an exception that is to stop the job gets through.
                while self._is_full() and not self.is_closed:
                    self._taken.wait(0.1)
                if self._is_full():
                    return  # the job has ended, and a thread that it left behind logs on: nobody takes that any more
                while lines and not self._is_full():
                    self._add_line(cut(lines.popleft(), MAX_LINE_LENGTH), at, level)

    def _add_line(self, text: str, at: datetime, level: int) -> None:
        self._seq += 1
        self._characters += len(text)
        self._lines.append(NewLogLine(self._job_id, self._seq, self._attempt, at, level, text))

    def _is_full(self) -> bool:
        """Whether as many lines wait as may."""
        waiting = len(self._lines) >= MAX_WAITING_LINES or self._characters >= MAX_WAITING_CHARACTERS
        return waiting and self._slows

    def take(self) -> list[NewLogLine]:
        """Take the lines that were not taken yet."""
        with self._lock:
            lines, self._lines, self._characters = self._lines, [], 0
            self._taken.notify_all()
        return lines
