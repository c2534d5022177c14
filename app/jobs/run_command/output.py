"""From the bytes that a command writes to lines of the job's log, in bounded memory however much it writes."""

import re
import time
from collections import deque
from collections.abc import Callable

MAX_LINE_BYTES = 16_384
"""Of a longer line the rest is left out. A log line holds 10,000 characters."""
BURST_LINES = 20_000
LINES_PER_SECOND = 2_000.0
"""What a log takes all the time. Measured: a worker spends a tenth of a core on so many lines a second."""
TAIL_LINES = 200
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Colours, cursor movements and titles (ECMA-48): meant for a terminal."""


class Lines:
    """Splits one stream of a command into lines."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """`write` takes each line, without its end."""
        self._write = write
        self._begun = bytearray()
        self._is_cut = False
        self.last = ""
        """The last line that was not empty."""

    def feed(self, data: bytes) -> None:
        """Take in what was read."""
        *ended, rest = data.split(b"\n")
        for part in ended:
            self._add(part)
            self._end()
        self._add(rest)

    def close(self) -> None:
        """Take what has no line end as a line."""
        if self._begun:
            self._end()

    def _add(self, part: bytes) -> None:
        # A program that draws a progress bar writes its line again and again after a carriage return.
        redrawn = part.removesuffix(b"\r").rpartition(b"\r")
        if redrawn[1]:
            self._begun.clear()
            self._is_cut = False
            part = redrawn[2]
        elif self._begun.endswith(b"\r") and part.strip(b"\r"):
            self._begun.clear()
        room = MAX_LINE_BYTES - len(self._begun)
        self._is_cut = self._is_cut or len(part) > room
        self._begun += part[:room]

    def _end(self) -> None:
        text = _ESCAPES.sub("", self._begun.decode("utf-8", "replace").rstrip("\r"))
        if self._is_cut:
            text += " …"
        self._begun.clear()
        self._is_cut = False
        self.last = text.strip() or self.last
        self._write(text)


class Throttle:
    """Lets through what a log can take; of what is too much, the last lines, and says how many were left out.

    A command is never slowed down: what it writes too fast is dropped. Called from one thread.
    """

    def __init__(self, log: Callable[[str, str], None], clock: Callable[[], float] = time.monotonic) -> None:
        """`log` takes a line and its level."""
        self._log = log
        self._clock = clock
        self._room = float(BURST_LINES)
        self._at = clock()
        self._held: deque[tuple[str, str]] = deque(maxlen=TAIL_LINES)
        self._left_out = 0

    def write(self, text: str, level: str) -> None:
        """Log a line, or hold it back."""
        if self._room >= 1 and not self._held:
            self._room -= 1
            self._log(text, level)
            return
        self._left_out += len(self._held) == TAIL_LINES
        self._held.append((text, level))

    def tick(self) -> None:
        """Make room as time passes, and log what was held back once there is enough. Call it often."""
        at = self._clock()
        self._room = min(self._room + (at - self._at) * LINES_PER_SECOND, BURST_LINES)
        self._at = at
        if self._room >= TAIL_LINES:
            self.flush()

    def flush(self) -> None:
        """Log what is held back."""
        if self._left_out:
            self._log(f"… {self._left_out:,} lines left out: they came faster than a log can take …", "warning")
        for text, level in self._held:
            self._log(text, level)
        self._room -= len(self._held)
        self._held.clear()
        self._left_out = 0
