"""The next instants of a rule, each with what is particular about its day: the clock changes, or the time is moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from app.queue.calendar import cron
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import changes_of_day, wall_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One instant to come.

    Attributes:
        at: the instant, in UTC.
        local: the same in the zone of the rule.
        remark: what is particular about it, as a sentence; None: nothing.
    """

    at: datetime
    local: datetime
    remark: str | None


def coming(rule: Rule, *, after: datetime, count: int) -> list[Coming]:
    """Return the next instants of a rule, at most `count`."""
    zone = rule.zone
    return [
        Coming(at=at, local=at.astimezone(zone), remark=_remark(rule, at, zone))
        for at in islice(rule.coming(after), count)
    ]


def _remark(rule: Rule, at: datetime, zone: ZoneInfo) -> str | None:
    instant = at.replace(tzinfo=None)
    wall = wall_time(zone, instant)
    changes = changes_of_day(zone, wall.date())
    if not changes:
        return None
    change, shift = changes[0]
    before = wall_time(zone, change) - shift
    clock = f"the clock goes from {before:%H:%M} to {before + shift:%H:%M}"
    if instant == change and shift > timedelta() and _is_moved(rule, wall):
        return f"On this day {clock}: a time in between comes at {wall:%H:%M}, once."
    begin = change if shift > timedelta() else change + shift
    if shift < timedelta() and begin <= instant < change - shift:
        which = "first" if instant < change else "second"
        return f"On this day {clock}: this is {wall:%H:%M} for the {which} time."
    return f"On this day {clock}."


def _is_moved(rule: Rule, wall: datetime) -> bool:
    """Say whether no expression names this time itself."""
    return bool(rule.cron) and not any(cron.read(text).matches(wall) for text in rule.cron)
