"""How counted text is read without the engine: numbers, truth values, and where days and times stand on their axis.

Each function reads what the pattern of its shape lets through. None: there is no such day. `ValueError`: the engine has
to decide. tests/unit/jobs/test_data_report_reading.py holds both against each other.
"""

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

_FIRST_DAY = date(1970, 1, 1).toordinal()
_FIRST, _FIRST_UTC = datetime(1970, 1, 1), datetime(1970, 1, 1, tzinfo=UTC)  # a time without a zone
_TICK = timedelta(microseconds=1)
_DAY_TICKS = timedelta(days=1) // _TICK
_SECOND = timedelta(seconds=1)
_NO_DIGIT = {point: re.compile(f"[^0-9{point}]") for point in ".,"}
_NO_PLAIN_SIGN, _FIRST_ZERO = re.compile(r"[^0-9eE+\-. \n]"), re.compile(r"\n *[-+]?0[0-9]")
_FRACTION = re.compile(r"\.([0-9]+)")
# What 64 bits of nanoseconds hold, less a second.
_LEAST, _MOST = -(2**63) + 10**9, 2**63 - 10**9
_OLDEST_SHORT_YEAR = 69  # as in `strptime` of C, and in the engine


def truth(text: str, *, yes: str) -> bool:
    """Return whether a word is the one for true."""
    return text.strip().lower() == yes


def number(text: str, *, point: str = ".", left_out: str = "") -> float:
    """Return a number. `left_out`: a sign that says nothing, such as that of thousands."""
    if left_out:
        text = text.replace(left_out, "")
    if point != ".":
        text = text.replace(point, ".")
    found = float(text)
    if math.isinf(found) and "n" not in text.lower():
        raise ValueError("too large for a number")
    return found


def plain_numbers(texts: Sequence[str]) -> list[float] | None:
    """Return many numbers that are written plainly: by functions of C alone, as most columns of numbers can be read.

    None: one is no number, an infinite one, or written in another way; each has to be looked at.
    """
    lines = "\n" + "\n".join(texts)
    if lines.count("\n") != len(texts) or _NO_PLAIN_SIGN.search(lines) or _FIRST_ZERO.search(lines):
        return None
    try:
        found = list(map(float, texts))
    except ValueError:
        return None
    return None if math.inf in found or -math.inf in found else found


def grouped(text: str, *, group: str) -> int:
    """Return a whole number whose thousands are parted by `group`."""
    return int(text.replace(group, ""))


def amount(text: str, *, point: str) -> float:
    """Return an amount of money; below zero it has a minus somewhere, or stands in parentheses."""
    size = float(_NO_DIGIT[point].sub("", text).replace(point, "."))
    if math.isinf(size):
        raise ValueError("too large for a number")
    return -size if "-" in text or "(" in text or "\u2212" in text else size


def iso_day(text: str) -> int | None:
    """Return the days from 1970-01-01 to a date."""
    return _days(int(text[:4]), int(text[5:7]), int(text[8:]))


def iso_time(text: str) -> int:
    """Return the microseconds from 1970 to a time."""
    return _since_1970(text) // _TICK


def iso_nanoseconds(text: str) -> int:
    """Return the nanoseconds from 1970 to a time."""
    found = _FRACTION.search(text)
    whole = text if found is None else text.replace(found[0], "")
    moment = _since_1970(whole) // _SECOND * 10**9 + (0 if found is None else int(found[1].ljust(9, "0")))
    if not _LEAST < moment < _MOST:
        raise ValueError("too far away for nanoseconds")
    return moment


def _since_1970(text: str) -> timedelta:
    if text.endswith(("UTC", "GMT")):
        text = f"{text[:-3].rstrip()}Z"
    moment = datetime.fromisoformat(text)
    return moment - (_FIRST if moment.tzinfo is None else _FIRST_UTC)


def day(text: str, *, order: str) -> int | None:
    """Return the days from 1970-01-01 to a date written as `order` says: "%d.%m.%y"."""
    parts = dict(zip(order[1::3], map(int, text.split(order[2])), strict=True))
    if "y" in parts:
        parts["Y"] = parts["y"] + (1900 if parts["y"] >= _OLDEST_SHORT_YEAR else 2000)
    return _days(parts["Y"], parts["m"], parts["d"])


def day_without_time(text: str, *, order: str) -> int | None:
    """Return the microseconds from 1970 to a date that may have a time behind it, but has none."""
    if " " in text:
        raise ValueError("a time")
    found = day(text, order=order)
    return None if found is None else found * _DAY_TICKS


def _days(year: int, month: int, number: int) -> int | None:
    try:
        return date(year, month, number).toordinal() - _FIRST_DAY
    except ValueError:
        if year < 1:  # which the engine knows
            raise
        return None
