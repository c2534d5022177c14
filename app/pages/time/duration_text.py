"""Durations as people type them: "1h 30m", "90", "00:05:00". Showing a duration that passes is not done here."""

import re
from datetime import timedelta
from decimal import Decimal

_UNIT_MICROSECONDS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
}
_WORDS = {
    "w": "w wk wks week weeks",
    "d": "d day days",
    "h": "h hr hrs hour hours",
    "m": "m min mins minute minutes",
    "s": "s sec secs second seconds",
    "ms": "ms msec msecs millisecond milliseconds",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
"""By each word for it. Another is refused: "1 month" is no minute."""
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?", re.ASCII)
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)

EXAMPLES = "For example 1h 30m, 45s, or a number of seconds."


def parse_duration(text: str) -> timedelta:
    """Read a duration, exact to the microsecond.

    Args:
        text: parts with a unit (`1h 30m`), hours and minutes (`1:30`, `1:30:00`), or a number of seconds; a minus in
            front of it all makes it negative.

    Raises:
        ValueError: with a sentence for a person.
    """
    cleaned = text.strip()
    sign = -1 if cleaned.startswith("-") else 1
    try:
        return sign * timedelta(microseconds=_microseconds(cleaned.removeprefix("-").lstrip()))
    except OverflowError as problem:
        raise ValueError("That is too long.") from problem


def _microseconds(text: str) -> int:
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return int(hours) * 3_600_000_000 + int(minutes) * 60_000_000 + _times(seconds or "0", 1_000_000)
    if _SECONDS.fullmatch(text):
        return _times(text, 1_000_000)
    parts = [(number, _UNITS.get(word.lower())) for number, word in _PART.findall(text)]
    if not parts or _PART.sub("", text).strip(" ,") or any(unit is None for _, unit in parts):
        raise ValueError(f"Not a duration. {EXAMPLES}")
    return sum(_times(number, _UNIT_MICROSECONDS[unit]) for number, unit in parts if unit is not None)


def _times(number: str, microseconds: int) -> int:
    return round(Decimal(number) * microseconds)


def duration_text(duration: timedelta) -> str:
    """Write a duration so that `parse_duration` reads the same again: "1h 30m"."""
    left = abs(duration) // timedelta(microseconds=1)
    parts = []
    for unit in ("d", "h", "m"):
        count, left = divmod(left, _UNIT_MICROSECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    if left or not parts:
        seconds = Decimal(left) / 1_000_000
        parts.append(f"{seconds:f}s")
    return f"{'-' if duration < timedelta(0) else ''}{' '.join(parts)}"
