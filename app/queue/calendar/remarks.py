"""What a person should know of a rule before it surprises them: sentences that refuse nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.queue.calendar import cron
from app.queue.calendar.cron import Cron
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import changes_of_day, wall_time

CROWD = 9
"""With so many others at the full hour, a person is told."""
_SIZES = {
    0: (60, "second", "minute", "second 0", r"[*0]"),
    1: (60, "minute", "hour", "minute 0", r"[*0]"),
    2: (24, "hour", "day", "hour 0", r"[*0]"),
    4: (12, "month", "year", "January", r"(?:\*|1|JAN)"),
    5: (7, "day", "week", "Sunday", r"(?:\*|0|SUN)"),
}
"""Field → how many of which unit its whole has, the first of them, and what a step may begin with to go over all."""
_DAY = timedelta(days=1)


def remarks(rule: Rule, *, after: datetime, others: int = 0) -> list[str]:
    """Return sentences about a rule that fits.

    Args:
        rule: which.
        after: from when on; changes of the clock are told for the year from then.
        others: how many other schedules fire at the full hour.
    """
    found = [sentence for text in rule.cron for sentence in _of_expression(cron.read(text), rule, after)]
    if others >= CROWD and any(_is_at_full_hour(cron.read(text)) for text in rule.cron):
        found.append(f"{others} other schedules start at the full hour, too; another minute is quieter.")
    return list(dict.fromkeys(found))


def is_at_full_hour(rule: Rule) -> bool:
    """Say whether a rule fires at the full hour and at few other times."""
    return any(_is_at_full_hour(cron.read(text)) for text in rule.cron)


def _is_at_full_hour(expression: Cron) -> bool:
    return expression.minutes == {0}


def _of_expression(expression: Cron, rule: Rule, after: datetime) -> Iterator[str]:
    fields = expression.fields
    if expression.is_leap_day_only:
        yield "It fires on 29 February only, in leap years."
    if (lacking := expression.passed_over) is not None:
        last = (
            "5L is the last Friday of each month" if lacking.startswith("fifth") else "L is the last day of each month"
        )
        yield f"Months without a {lacking} are passed over; {last}."
    if expression.means_either_day:
        yield "It fires where the day of the month or the day of the week fits: one of both is enough."
    elif fields[3] != "*" and fields[5] != "*":
        yield "It fires where both the day of the month and the day of the week fit: one begins with a star."
    yield from _uneven_steps(expression)
    if fields[3].startswith("*/"):
        yield "Days are counted anew each month: after the last of a month comes the 1st, whatever the step."
    yield from _changes_of_clock(expression, rule.zone, after)


def _uneven_steps(expression: Cron) -> Iterator[str]:
    for number, (size, unit, whole, first, begins) in _SIZES.items():
        step = re.fullmatch(rf"{begins}/(\d+)", expression.fields[number])
        if step is None or ((width := int(step[1])) < size and size % width == 0):
            continue
        if width >= size:
            yield f"Of {expression.fields[number]} only {first} is left: {width} {unit}s are no less than the {whole}."
        else:
            last, begin = size - (size - 1) // width * width, first.removeprefix(f"{unit} ")
            yield (
                f"{expression.fields[number]} does not divide the {whole}: "
                f"from the last to the next {begin} it is {last} {unit}{'s' if last > 1 else ''}, not {width}."
            )


def _changes_of_clock(expression: Cron, zone: ZoneInfo, after: datetime) -> Iterator[str]:
    """Tell for the coming year where a fixed time falls into the gap of spring or the repeated time of autumn."""
    if not expression.is_fixed:
        return
    begin = wall_time(zone, after.astimezone(UTC).replace(tzinfo=None)).date()
    for change, shift in _changes(zone, begin):
        wall = wall_time(zone, change)
        low, high = min(wall, wall - shift), max(wall, wall - shift)
        meant = expression.first_between(low, high)
        if meant is None:
            continue
        if shift > timedelta():
            yield (
                f"On {meant:%Y-%m-%d} there is no {meant:%H:%M}: the clock goes from {low:%H:%M} to {high:%H:%M}. "
                f"It fires at {high:%H:%M}, once."
            )
        else:
            yield (
                f"On {meant:%Y-%m-%d} {meant:%H:%M} comes twice: the clock goes from {high:%H:%M} back to {low:%H:%M}. "
                "It fires the first time only."
            )


@lru_cache(maxsize=256)
def _changes(zone: ZoneInfo, begin: date) -> tuple[tuple[datetime, timedelta], ...]:
    """Return when the offset of a zone changes in the year from a local day on, and by how much."""
    days = (begin + number * _DAY for number in range(366))
    return tuple(change for day in days for change in changes_of_day(zone, day))
