"""From what is stored of a schedule to its rule, and back."""

import contextlib
import re
from collections.abc import Sequence
from datetime import date, time
from typing import Any

from app.db.models.schedules import ScheduleRow
from app.db.snapshots.schedule import Schedule
from app.queue.calendar.rule import Rule, Window


def rule_of(schedule: Schedule | ScheduleRow) -> Rule:
    """Return when a schedule fires."""
    cron = schedule.cron
    return Rule(
        timezone=schedule.timezone,
        cron=tuple(cron.split("\n") if cron else ()) if isinstance(cron, str) else cron,
        every_seconds=schedule.every_seconds,
        is_aligned=schedule.is_aligned,
        at=schedule.at,
        exclude=tuple(map(date.fromisoformat, schedule.exclude)),
        not_between=tuple(map(_window, schedule.not_between)),
    )


def columns_of(rule: Rule) -> dict[str, Any]:
    """Return what a row keeps of a rule."""
    return {
        "timezone": rule.timezone,
        "cron": "\n".join(text.strip() for text in rule.cron),
        "every_seconds": rule.every_seconds,
        "is_aligned": rule.is_aligned,
        "at": rule.at,
        "exclude": [day.isoformat() for day in sorted(set(rule.exclude))],
        "not_between": [[written(begin), written(end)] for begin, end in rule.not_between],
    }


def read_day(text: str) -> date:
    """Read a day as it is written here, like 2027-12-24.

    Raises:
        ValueError: it is none; the message is a sentence for people.
    """
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        with contextlib.suppress(ValueError):  # the same is said of the 31st of February as of a word
            return date.fromisoformat(text)
    raise ValueError("It must be a day, like 2027-12-24.")


def read_time(text: str) -> time:
    """Read a time of day as it is written here, like 22:00, to the second at most.

    Raises:
        ValueError: it is none; the message is a sentence for people.
    """
    if re.fullmatch(r"(?!24)\d\d:\d\d(:\d\d)?", text, re.ASCII):  # Python 3.14 reads 24:00 as 00:00
        with contextlib.suppress(ValueError):  # the same is said of 25:00 as of a word
            return time.fromisoformat(text)
    raise ValueError("It must be a time of day, like 22:00.")


def written(at: time) -> str:
    """Write a time of day as 22:00, with its seconds where it has some."""
    return at.isoformat("seconds" if at.second else "minutes")


def _window(bounds: Sequence[str]) -> Window:
    begin, end = map(time.fromisoformat, bounds)
    return begin, end
