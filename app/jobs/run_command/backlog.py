"""What a command has written, on its way to the log: the command never waits, and the log takes its time."""

import threading
import time
from collections import deque
from collections.abc import Callable

from app.jobs.run_command.output import plain

HEAD = 30_000
"""So much is never left out at the beginning: lines, or 80 bytes of longer ones. A log takes 20,000 lines a second."""
TAIL = 10_000
"""So much is never left out at the end."""
PER_SECOND = 2_000.0
"""What a log takes all the time. Measured: a worker spends a tenth of a core on so many lines a second."""
STRETCH = 2_000
"""Where lines are left out, so many in a row are logged before it happens again."""
_UNIT_BYTES = 80
Log = Callable[[str, str], None]


class Backlog:
    """Lines that wait for the log, in bounded memory. Of what is too much, the last lines stay, and it says how many
    were left out.

    A thread of its own logs; `add`, `tick` and `close` never wait.
    """

    def __init__(self, log: Log, clock: Callable[[], float] = time.monotonic) -> None:
        """`log` takes a text of whole lines and its level; it may wait."""
        self._log = log
        self._clock = clock
        self._room = float(HEAD)
        self._at = clock()
        self._ready: deque[tuple[bytes, str]] = deque()
        self._held: deque[tuple[bytes, str]] = deque()
        self._held_size = 0
        self._left_out = 0
        self._is_closed = False
        self._is_dropped = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="command log", daemon=True)
        self._thread.start()

    def add(self, lines: bytes, level: str) -> None:
        """Take in whole lines."""
        size = _size(lines)
        with self._changed:
            if self._room > 0 and not self._held:
                self._room -= size
                self._ready.append((lines, level))
                self._changed.notify()
                return
            self._held.append((lines, level))
            self._held_size += size
            while self._held_size - _size(self._held[0][0]) >= TAIL:
                dropped, _ = self._held.popleft()
                self._held_size -= _size(dropped)
                self._left_out += dropped.count(b"\n")

    def tick(self) -> None:
        """Make room as time passes, and let through what is held back once there is enough. Call it often."""
        at = self._clock()
        with self._changed:
            self._room = min(self._room + (at - self._at) * PER_SECOND, HEAD)
            self._at = at
            if not self._ready and self._room >= STRETCH:
                self._let_through(self._room)

    def close(self) -> None:
        """Let all through that is held back: nothing more comes."""
        with self._changed:
            self._let_through(self._held_size)
            self._is_closed = True
            self._changed.notify()

    def drop(self) -> None:
        """Forget what is not logged yet: the job has ended."""
        with self._changed:
            self._is_dropped = self._is_closed = True
            self._changed.notify()

    def is_logged(self, seconds: float) -> bool:
        """Wait until all is logged after `close`, so long at most, and say whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _let_through(self, size: float) -> None:
        if self._left_out and self._held:
            note = f"… {self._left_out:,} lines left out: they came faster than a log can take …\n"
            self._ready.append((note.encode(), "warning"))
            self._left_out = 0
        while self._held and size > 0:
            lines, level = self._held.popleft()
            self._ready.append((lines, level))
            of_these = _size(lines)
            self._held_size -= of_these
            self._room -= of_these
            size -= of_these
        self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ready or self._is_closed)
                if self._is_dropped or not self._ready:
                    return
                lines, level = self._ready.popleft()
            self._log(plain(lines), level)


def _size(lines: bytes) -> int:
    return max(lines.count(b"\n"), len(lines) // _UNIT_BYTES)
