"""Durations as people type them: "1h 30m", "90", "00:05:00". Showing a duration that passes is not done here."""

import re
from datetime import timedelta

_UNIT_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "min": 60, "s": 1, "sec": 1, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|sec|w|d|h|m|s)[a-z]*", re.IGNORECASE)
_CLOCK = re.compile(r"(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")

EXAMPLES = "For example 1h 30m, 45s, or a number of seconds."


def parse_duration(text: str) -> timedelta:
    """Read a duration.

    Args:
        text: parts with a unit (`1h 30m`), hours and minutes (`1:30`, `1:30:00`), or a number of seconds.

    Raises:
        ValueError: with a sentence for a person.
    """
    cleaned = text.strip()
    try:
        return timedelta(seconds=_seconds(cleaned))
    except OverflowError as problem:
        raise ValueError("That is too long.") from problem


def _seconds(text: str) -> float:
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, seconds = clock.groups()
        return int(hours) * 3_600 + int(minutes) * 60 + float(seconds or 0)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not text or _PART.sub("", text).strip(" ,"):
        raise ValueError(f"Not a duration. {EXAMPLES}")
    return sum(float(number) * _UNIT_SECONDS[unit.lower()] for number, unit in _PART.findall(text))


def duration_text(duration: timedelta) -> str:
    """Write a duration so that `parse_duration` reads the same again: "1h 30m"."""
    seconds, parts = duration.total_seconds(), []
    for unit in ("d", "h", "m"):
        count, seconds = divmod(seconds, _UNIT_SECONDS[unit])
        if count:
            parts.append(f"{count:.0f}{unit}")
    if seconds or not parts:
        parts.append(f"{seconds:g}s")
    return " ".join(parts)
