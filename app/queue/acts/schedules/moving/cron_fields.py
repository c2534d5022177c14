"""The five fields of a crontab's line as cron reads them, and the same as an expression of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.queue.calendar import cron
from app.queue.calendar.cron import BadCron
from app.queue.calendar.foreign.wall_rule import EVERY, WallRule
from app.queue.calendar.foreign.writing import written

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_DAYS = {name: number for number, name in enumerate("sun mon tue wed thu fri sat".split())}
_FIELDS: tuple[tuple[str, int, int, Mapping[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)
_WORD = "[A-Za-z0-9]+"
_PART = re.compile(rf"(?:(?P<star>\*)|(?P<low>{_WORD})-(?P<high>{_WORD}))(?:/(?P<step>{_WORD}))?|(?P<one>{_WORD})")
_MOST_STEP = 10**6


MOST_DIGITS = 6
"""A longer number is none that a field may have, and Python refuses to read very long ones."""


class BadField(ValueError):
    """Cron refuses the line; the message is a sentence for people."""


class NeverFires(ValueError):
    """Cron takes the line, and never fires it; the message is a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CronFields:
    """What cron makes of five fields. `remarks`: where that is not what they seem to say."""

    text: str
    rule: WallRule
    remarks: tuple[str, ...]

    def expression(self) -> str:
        """Return an expression that means here what the fields mean there: the fields as they are, where they do.

        Raises:
            CannotBeWritten: there is none.
        """
        try:
            ours = cron.read(self.text)
        except BadCron:
            return written(self.rule)
        rule = self.rule
        is_same = not self.remarks and ours.minutes == rule.minutes and ours.means_either_day == rule.either_day
        return self.text if is_same else written(rule)


def read_fields(text: str) -> CronFields:
    """Read five fields.

    Raises:
        BadField: cron refuses them.
        NeverFires: cron takes them and never fires.
    """
    values, remarks = [], []
    texts = text.split()
    for field, (name, low, high, names) in zip(texts, _FIELDS, strict=True):
        found, rest = _read(field, name, low=low, high=high, names=names)
        if rest:
            remarks.append(
                f"Cron passes over {rest!r} in {field!r} and takes the {name} for {_said(found)}. It stays so; "
                "change the expression where that was not meant."
            )
        values.append(found)
    minutes, hours, days, months, weekdays = values
    either_day = not texts[2].startswith("*") and not texts[4].startswith("*")
    has_day = (days or weekdays) if either_day else (days and weekdays)
    if not (minutes and hours and months and has_day):
        raise NeverFires(
            f"Cron took {text!r} and never fired it: a range that goes down is empty there. "
            "Write the range upwards, as 5,6,0,1 for Friday to Monday."
        )
    is_fixed = not texts[0].startswith("*") and not texts[1].startswith("*")
    rule = WallRule(
        minutes=minutes,
        hours=hours,
        days=days,
        months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either_day=either_day,
        gap="one after the other" if is_fixed else "left out",
        comes_twice=not is_fixed,
    )
    return CronFields(text=text, rule=rule, remarks=tuple(remarks))


def _read(text: str, name: str, *, low: int, high: int, names: Mapping[str, int]) -> tuple[frozenset[int], str]:
    """Return the numbers of a field, and what of it cron passes over."""
    found: set[int] = set()
    place = 0
    while (part := _PART.match(text, place)) is not None:
        if part["one"] is not None:
            found.add(_number(part["one"], name, low, high, names))
            if text[part.end() : part.end() + 1] in ("-", "/"):
                break  # no range, and a step of nothing: older ones passed over it, as over anything else
        else:
            first = low if part["star"] else _number(part["low"], name, low, high, names)
            last = high if part["star"] else _number(part["high"], name, low, high, names)
            step = 1 if part["step"] is None else _number(part["step"], name, 1, _MOST_STEP, {})
            found.update(range(first, last + 1, step))
            if part["step"] is None and text[part.end() : part.end() + 1] == "/":
                break
        place = part.end()
        if place == len(text) or text[place] != ",":
            return frozenset(found), text[place:]
        place += 1
    raise BadField(f"{text!r} is no {name}; cron refuses the line.")


def _number(text: str, name: str, low: int, high: int, names: Mapping[str, int]) -> int:
    is_number = text.isdecimal() and len(text.lstrip("0")) <= MOST_DIGITS
    value = int(text) if is_number else names.get(text.lower(), -1)
    if not low <= value <= high:
        raise BadField(f"{text!r} is no {name}; cron refuses the line.")
    return value


def _said(values: frozenset[int]) -> str:
    return "every one" if len(values) >= len(EVERY["weekdays"]) else ", ".join(map(str, sorted(values))) or "none"
