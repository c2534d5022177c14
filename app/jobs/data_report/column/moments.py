"""Dates and times of any year as text, and back to a place on an axis.

Python's `date` ends at the years 1 and 9999, and a column may well hold 0001-01-01 and 9999-12-31 for "unknown": a mean
or an edge of a bar then lies close to the end or past it. The calendar is the proleptic Gregorian one. Years outside
0000 to 9999 have a sign, as ISO 8601 writes them. The arithmetic is that of Howard Hinnant
(https://howardhinnant.github.io/date_algorithms.html).
"""

import re

_ERA_DAYS, _ERA_YEARS = 146_097, 400
_UNIX_EPOCH = 719_468  # days from 0000-03-01, where an era begins, to 1970-01-01
_DAY_SECONDS = 86_400
_MOMENT = re.compile(r"([-+]?\d{4,})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d(?:\.\d+)?)Z?)?")


def day_text(days: int) -> str:
    """Return the date that lies `days` after 1970-01-01: "2024-02-29"."""
    era, day_of_era = divmod(days + _UNIX_EPOCH, _ERA_DAYS)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153  # 0 is March, so that the odd day of a leap year comes last
    day = day_of_year - (153 * month + 2) // 5 + 1
    year = year_of_era + era * _ERA_YEARS + (month >= 10)
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04}-{month + 3 if month < 10 else month - 9:02}-{day:02}"


def time_text(ticks: int, *, ticks_per_second: int) -> str:
    """Return the time that lies `ticks` after 1970-01-01T00:00:00: "2024-02-29T10:00:00.5"."""
    seconds, part = divmod(ticks, ticks_per_second)
    days, second = divmod(seconds, _DAY_SECONDS)
    digits = len(str(ticks_per_second)) - 1
    fraction = f".{part:0{digits}}".rstrip("0") if part else ""
    return f"{day_text(days)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}{fraction}"


def place(text: str) -> float:
    """Return how many days after 1970-01-01 a date or time of this module lies.

    Raises:
        ValueError: the text is neither.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError(f"neither a date nor a time: {text}")
    year, month, day, hour, minute, second = found.groups(default="0")
    seconds = int(hour) * 3600 + int(minute) * 60 + float(second)
    return _days(int(year), int(month), int(day)) + seconds / _DAY_SECONDS


def _days(year: int, month: int, day: int) -> int:
    era, year_of_era = divmod(year - (month <= 2), _ERA_YEARS)
    day_of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    return era * _ERA_DAYS + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - _UNIX_EPOCH
