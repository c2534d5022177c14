"""From the bytes that a command writes to whole lines, in bounded memory however much it writes."""

import re
from collections.abc import Callable

MAX_LINE_BYTES = 16_384
"""Of a longer line the rest is left out. A log line holds 10,000 characters."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
"""Colours, cursor movements and titles (ECMA-48): meant for a terminal."""
_TO_THE_BEGINNING = re.compile(rb"\x1b\[[01]?G")
"""The cursor to the first column: another way to say carriage return."""


class Lines:
    """Splits one stream of a command into lines.

    A program that draws a progress bar writes its line again and again, after a carriage return or backspaces. That
    is one line: what was drawn last.
    """

    def __init__(self, add: Callable[[bytes], None], redraw: Callable[[str], None]) -> None:
        """Begin with nothing.

        Args:
            add: takes whole lines, any number at once, each with its line end.
            redraw: takes a line that was drawn again, as it is now.
        """
        self._add = add
        self._redraw = redraw
        self._begun = b""
        self._is_cut = False
        self._last = b""

    @property
    def last(self) -> str:
        """The last line that was not empty."""
        return plain(self._last).strip()

    def feed(self, data: bytes) -> None:
        """Take in what was read."""
        if self._is_cut:
            _, end, data = data.partition(b"\n")
            if not end:
                return
            self._put(self._begun + " …\n".encode())
            self._begun, self._is_cut = b"", False
        data = self._begun + data
        if b"\r" in data or b"\b" in data or b"\x1b[" in data:
            data = self._drawn(_TO_THE_BEGINNING.sub(b"\r", data).replace(b"\r\n", b"\n"))
        whole, end, self._begun = data.rpartition(b"\n")
        if end:
            self._put(whole + end)
        if len(self._begun) > MAX_LINE_BYTES:
            self._begun, self._is_cut = self._begun[:MAX_LINE_BYTES], True

    def close(self) -> None:
        """Take what has no line end as a line."""
        if self._begun:
            self.feed(b"\n")

    def _put(self, lines: bytes) -> None:
        self._last = lines.rstrip().rpartition(b"\n")[2] or self._last
        self._add(lines)

    def _drawn(self, data: bytes) -> bytes:
        """Return the data with each line as it was drawn last, and tell of the last that was drawn again."""
        *ended, begun = data.split(b"\n")
        shown = [_drawn_last(line) for line in ended]
        again = next((line for line, was in zip(reversed(shown), reversed(ended), strict=True) if line != was), None)
        drawn = _drawn_last(begun)
        if drawn != begun:
            again = drawn
        if again:
            self._redraw(plain(again))
        # What comes next is drawn over this one, where it ends in a carriage return.
        return b"\n".join([*shown, drawn + b"\r" if begun.endswith(b"\r") else drawn])


def plain(data: bytes) -> str:
    """Return bytes as text without what is meant for a terminal."""
    text = data.decode("utf-8", "replace")
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def _drawn_last(line: bytes) -> bytes:
    if b"\b" in line:
        line = _taken_back(line)
    return next((part for part in reversed(line.split(b"\r")) if part.strip()), b"") if b"\r" in line else line


def _taken_back(line: bytes) -> bytes:
    """Return a line without the characters that backspaces go back over."""
    first, *parts = line.split(b"\b")
    left = bytearray(first)
    for part in parts:
        while left and left[-1] & 0xC0 == 0x80:  # the later bytes of one character in UTF-8
            left.pop()
        del left[-1:]
        left += part
    return bytes(left)
