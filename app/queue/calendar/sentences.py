"""Rules in words."""

from datetime import datetime, time
from functools import lru_cache

from app.queue.calendar import cron
from app.queue.calendar.rule import Rule

_UNITS = ((7 * 86400, "week"), (86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def sentence(rule: Rule) -> str:
    """Say when a rule fires: "At 03:00 every day; not between 22:00 and 06:00"."""
    parts = [_when(rule)]
    if rule.not_between:
        parts.append(
            "not " + " or ".join(f"between {_clock(begin)} and {_clock(end)}" for begin, end in rule.not_between)
        )
    if rule.exclude:
        days = sorted(rule.exclude)
        named = f"on {days[0].isoformat()}" if len(days) == 1 else f"on {len(days)} days"
        parts.append(f"not {named}")
    return "; ".join(parts)


def _when(rule: Rule) -> str:
    if rule.at is not None:
        return f"Once, on {_local(rule.at, rule)}"
    if rule.every_seconds is not None:
        span = _span(rule.every_seconds)
        return f"Every {span}" if rule.is_aligned else f"Every {span}, counted from the start before"
    said = list(dict.fromkeys(map(of_expression, rule.cron)))
    return "; and ".join([said[0], *(one[0].lower() + one[1:] for one in said[1:])]) if said else "Never"


@lru_cache(maxsize=4096)
def of_expression(text: str) -> str:
    """Put a cron expression into words."""
    return cron.read(text).explain()


def _span(seconds: int) -> str:
    for size, unit in _UNITS:
        if seconds % size == 0:
            count = seconds // size
            return unit if count == 1 else f"{count} {unit}s"
    raise AssertionError("each number of seconds is a multiple of one second")


def _local(at: datetime, rule: Rule) -> str:
    local = at.astimezone(rule.zone)
    return f"{local:%Y-%m-%d} at {_clock(local.time())}"


def _clock(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
