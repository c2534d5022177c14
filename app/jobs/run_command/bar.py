"""How far a command is, read from the progress bar that it draws."""

import re
from dataclasses import dataclass

_PERCENT = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d+)?) ?%")
_COUNTED = re.compile(r"(?<![\w.,:/])(\d+(?:\.\d+)?) ?(?:/|of) ?(\d+(?:\.\d+)?)(?![\w.,:/%])")
_DRAWING = re.compile(r"[\[|(]?(?:[\u2500-\u259f\u2800-\u28ff#=>.*\- ]){4,}[\])|]?")
"""The bar itself: blocks, braille, `#`, `=`, …"""
_ROUNDING = 1.0
"""Percent by which a count may differ from the percentage beside it, which is rounded or cut."""


@dataclass(frozen=True, slots=True)
class Bar:
    """What a progress bar says: `done` of `total`, and the words around it."""

    done: float
    total: float
    message: str


def read_bar(line: str) -> Bar | None:
    """Read a line that was drawn again: `50%`, `3/10`, `3 of 10`; None where neither is in it.

    Where both are, the count is taken if it says the same, for it has a unit.
    """
    percents = [float(found.replace(",", ".")) for found in _PERCENT.findall(line)]
    percent = next((found for found in percents if found <= 100), None)
    counts = [(float(done), float(total)) for done, total in _COUNTED.findall(line)]
    for done, total in counts:
        if not 0 <= done <= total or total == 0:
            continue
        if percent is None or abs(100 * done / total - percent) <= _ROUNDING:
            return Bar(done, total, _words(line))
    return None if percent is None else Bar(percent, 100, _words(line))


def _words(line: str) -> str:
    return " ".join(_DRAWING.sub(" ", line).split())
