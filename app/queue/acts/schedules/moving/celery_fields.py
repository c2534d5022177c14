"""Celery's `crontab(…)` as celery 5.7 reads it (`celery/schedules.py`): both days have to fit, 0 is Sunday."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.queue.calendar.foreign.wall_rule import WallRule

NAMES = ("minute", "hour", "day_of_week", "day_of_month", "month_of_year")
"""In the order of its arguments, which is not that of a crontab's fields."""
_BOUNDS = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day_of_week": (0, 6),
    "day_of_month": (1, 31),
    "month_of_year": (1, 12),
}
_WORDS = {
    "day_of_week": ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"),
    "month_of_year": (
        *("january", "february", "march", "april", "may", "june"),
        *("july", "august", "september", "october", "november", "december"),
    ),
}
_PART = re.compile(r"(?:\*|(\w+)-(\w+))(?:/(\d+))?|(\w+)", re.ASCII)


MOST_DIGITS = 6
"""A longer number is none that a field may have, and Python refuses to read very long ones."""


class BadCrontab(ValueError):
    """Celery refuses it; the message is a sentence for people."""


def wall_rule(given: Mapping[str, Any]) -> WallRule:
    """Return the wall times of a crontab by the names of its arguments.

    Raises:
        BadCrontab: an argument is not known, or what it says.
    """
    if given.get("nowfun") is not None:
        raise BadCrontab("It goes by a clock of its own (nowfun), which nobody else knows. Make it by hand.")
    if unknown := given.keys() - {*NAMES, "nowfun"}:
        raise BadCrontab(f"crontab() has no {', '.join(sorted(unknown))}.")
    sets = {name: _numbers(given.get(name, "*"), name) for name in NAMES}
    return WallRule(
        minutes=sets["minute"],
        hours=sets["hour"],
        days=sets["day_of_month"],
        months=sets["month_of_year"],
        weekdays=sets["day_of_week"],
        gap="shifted",
    )


def by_fields(text: str) -> dict[str, Any]:
    """Return the arguments of `crontab.from_string`, which has them in the order of a crontab.

    Raises:
        BadCrontab: there are not five.
    """
    fields = text.split()
    if len(fields) != len(NAMES):
        raise BadCrontab(f"{text!r} has not five fields.")
    minute, hour, day, month, weekday = fields
    return {"minute": minute, "hour": hour, "day_of_month": day, "month_of_year": month, "day_of_week": weekday}


def _numbers(given: Any, name: str) -> frozenset[int]:
    if isinstance(given, bool) or not isinstance(given, int | str | Sequence | set | frozenset):
        raise BadCrontab(f"{given!r} is no {name}.")
    if isinstance(given, int):
        return frozenset({_number(str(given), name)})
    if isinstance(given, str):
        return frozenset().union(*(_part(part.strip(), name) for part in given.split(",")))
    return frozenset().union(*(_numbers(one, name) for one in given)) if given else frozenset({_number("", name)})


def _part(text: str, name: str) -> frozenset[int]:
    found = _PART.fullmatch(text)
    if found is None:
        raise BadCrontab(f"{text!r} is no {name}.")
    low, high, step, one = found.groups()
    if one is not None:
        return frozenset({_number(one, name)})
    least, most = _BOUNDS[name]
    first, last = (least, most) if low is None else (_number(low, name), _number(high, name))
    values = list(range(first, last + 1)) if first <= last else [*range(first, most + 1), *range(least, last + 1)]
    width = 1 if step is None else int(step[:MOST_DIGITS])
    if width == 0:
        raise BadCrontab(f"{text!r} is no {name}.")
    return frozenset(values[::width])


def _number(text: str, name: str) -> int:
    words = [word[:3] for word in _WORDS.get(name, ())]  # Celery looks at three letters: thurs is Thursday
    least, most = _BOUNDS[name]
    value = (
        words.index(text[:3].lower()) + least
        if text[:3].lower() in words
        else int(text[:MOST_DIGITS])
        if text.isdecimal()
        else -1
    )
    if not least <= value <= most:
        hint = "; Celery counts from 0, Sunday, to 6" if name == "day_of_week" and value == 7 else ""
        raise BadCrontab(f"{text!r} is no {name}{hint}.")
    return value
