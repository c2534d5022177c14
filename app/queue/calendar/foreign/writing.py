"""Sets of numbers as a cron expression of ours."""

from collections.abc import Iterable
from itertools import product

from app.queue.calendar.foreign.wall_rule import EVERY, LAST_DAY, WallRule

_WEEKS = ((1, 7), (8, 14), (15, 21), (22, 28), (29, 31))
_LAST_WEEK = frozenset(range(-7, 0))


class CannotBeWritten(ValueError):
    """No cron expression names exactly these times; the message is a sentence for people."""


def written(rule: WallRule) -> str:
    """Write a rule as a cron expression: five fields, or six where it has other seconds than 0.

    Raises:
        CannotBeWritten: its days need both a day of the month and a weekday, in a way that cron has no words for.
    """
    days, weekdays = _days(rule)
    fields = [
        _field(rule.minutes, EVERY["minutes"]),
        _field(rule.hours, EVERY["hours"]),
        days,
        _field(rule.months, EVERY["months"]),
        weekdays,
    ]
    if rule.seconds != EVERY["seconds"]:
        fields.insert(0, _field(rule.seconds, EVERY["minutes"]))
    return " ".join(fields)


def _days(rule: WallRule) -> tuple[str, str]:
    if any(day < LAST_DAY for day in rule.days):
        return _before_the_end(rule)
    is_any_day, is_any_weekday = rule.days == EVERY["days"], rule.weekdays == EVERY["weekdays"]
    if rule.either_day and (is_any_day or is_any_weekday):
        return "*", "*"
    days, weekdays = _field(rule.days, EVERY["days"]), _field(rule.weekdays, EVERY["weekdays"])
    if rule.either_day:
        return _without_star(days, rule.days), _without_star(weekdays, rule.weekdays)
    if is_any_day or is_any_weekday or days.startswith("*") or weekdays.startswith("*"):
        return days, weekdays
    # Both have to fit, which cron means where one field begins with a star. */31 is the 1st, */7 is Sunday.
    if 1 in rule.days:
        return f"*/31,{days}", weekdays
    if 0 in rule.weekdays:
        return days, f"*/7,{weekdays}"
    weeks = [number for number, bounds in enumerate(_WEEKS, 1) if rule.days >= set(range(bounds[0], bounds[1] + 1))]
    whole = {day for number in weeks for day in range(_WEEKS[number - 1][0], _WEEKS[number - 1][1] + 1)}
    if rule.days != whole:
        raise CannotBeWritten(
            "It wants a day of the month and a weekday at once; cron has no words for these days. Make it by hand."
        )
    return "*", ",".join(f"{day}#{number}" for day, number in product(sorted(rule.weekdays), weeks))


def _before_the_end(rule: WallRule) -> tuple[str, str]:
    """Write days that are counted from the end of the month: of them cron has words for its last Monday alone."""
    if rule.days != _LAST_WEEK or rule.either_day or rule.weekdays == EVERY["weekdays"]:
        raise CannotBeWritten(
            "It counts days from the end of the month; of them the last day and a last weekday have a word here."
        )
    return "*", ",".join(f"{day}L" for day in sorted(rule.weekdays))


def _field(values: frozenset[int], every: frozenset[int]) -> str:
    """Write a set: `*`, `*/15` where it is that, else its numbers and ranges."""
    if values == every:
        return "*"
    if values == {LAST_DAY}:
        return "L"
    low, high = min(every), max(every)
    ordered = sorted(values)
    if len(ordered) > 2 and ordered[0] == low:
        step = ordered[1] - low
        if ordered == list(range(low, high + 1, step)):
            return f"*/{step}"
    return ",".join(_ranges(values))


def _ranges(values: Iterable[int]) -> list[str]:
    found: list[list[int]] = []
    for value in sorted(values, key=lambda one: (one == LAST_DAY, one)):
        if found and value == found[-1][-1] + 1:
            found[-1].append(value)
        else:
            found.append([value])
    return ["L" if run == [LAST_DAY] else str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in found]


def _without_star(text: str, values: frozenset[int]) -> str:
    return ",".join(_ranges(values)) if text.startswith("*") else text
