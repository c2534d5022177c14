"""Wall times as another program names them, and when it fires: each has its own way with a clock that is changed."""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import product
from typing import Literal
from zoneinfo import ZoneInfo

from app.queue.calendar.zones import changes_of_day, first_valid, stretch_at, wall_time

Gap = Literal["first valid", "one after the other", "shifted", "left out"]
"""What becomes of a time that spring leaves out: it comes at the end of the gap, with others some seconds after each
other, as late as it was in it, or not."""
LAST_DAY = -1
"""In `days`: the last of the month; -2 is the one before it, and so on."""
EVERY = {
    "seconds": frozenset({0}),
    "minutes": frozenset(range(60)),
    "hours": frozenset(range(24)),
    "days": frozenset(range(1, 32)),
    "months": frozenset(range(1, 13)),
    "weekdays": frozenset(range(7)),
}
HORIZON = timedelta(days=9 * 366)
"""So far is looked ahead: there may be eight years between two 29ths of February."""
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_MINUTE, _PAUSE = timedelta(minutes=1), timedelta(seconds=10)
"""Between two times of the gap that cron makes up for (`main` of its cron.c, case medium)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WallRule:
    """The wall times that match sets of numbers; weekdays are 0 (Sunday) to 6.

    Attributes:
        either_day: a day fits where the day of the month or the weekday does; else both have to.
        gap: what becomes of a time that spring leaves out.
        comes_twice: whether a time of the hour that autumn repeats comes in both passes, else in the first alone.
    """

    seconds: frozenset[int] = EVERY["seconds"]
    minutes: frozenset[int] = EVERY["minutes"]
    hours: frozenset[int] = EVERY["hours"]
    days: frozenset[int] = EVERY["days"]
    months: frozenset[int] = EVERY["months"]
    weekdays: frozenset[int] = EVERY["weekdays"]
    either_day: bool = False
    gap: Gap = "first valid"
    comes_twice: bool = False

    def coming(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the instants after `after`, in UTC, in order."""
        begin = after.astimezone(UTC).replace(tzinfo=None)
        day = wall_time(zone, begin).date() - _DAY
        parts = product(sorted(self.hours), sorted(self.minutes), sorted(self.seconds))
        times = [timedelta(hours=hour, minutes=minute, seconds=second) for hour, minute, second in parts]
        for number in range(HORIZON.days):
            if self._fits(fitting := day + number * _DAY):
                instants = self._of_day(fitting, times, zone)
                for at in instants[bisect_right(instants, begin) :]:
                    begin = at
                    yield at.replace(tzinfo=UTC)

    def _of_day(self, day: date, times: Sequence[timedelta], zone: ZoneInfo) -> list[datetime]:
        begin = datetime(day.year, day.month, day.day)
        changes = changes_of_day(zone, day)
        if not changes:
            midnight = first_valid(zone, begin)
            return [midnight + time for time in times]
        (change, shift), *more = changes
        after = stretch_at(zone, change).offset
        before = after - shift
        low, high = sorted((change + before, change + after))
        found = set[datetime]()
        for time in times:
            wall = begin + time
            if more or low <= wall < high:
                found.update(self._instants(wall, zone))
            else:
                found.add(wall - (before if wall < low else after))
        return sorted(found | set(self._made_up(found, day, zone)))

    def _fits(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        of_month = day.day in self.days or day.day - monthrange(day.year, day.month)[1] - 1 in self.days
        of_week = day.isoweekday() % 7 in self.weekdays
        return (of_month or of_week) if self.either_day else (of_month and of_week)

    def _made_up(self, found: Collection[datetime], day: date, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the instants of what comes one after the other at the end of a gap, beside the first of them."""
        if self.gap != "one after the other":
            return
        for change, shift in changes_of_day(zone, day):
            if shift > timedelta() and change in found:
                end = wall_time(zone, change)
                walls = (end - number * _MINUTE for number in range(shift // _MINUTE + 1))
                times = sum(wall.hour in self.hours and wall.minute in self.minutes for wall in walls)
                yield from (change + number * _PAUSE for number in range(1, times))

    def _instants(self, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        at = first_valid(zone, wall)
        if wall_time(zone, at) == wall:
            yield at
            again = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(tzinfo=None)
            if self.comes_twice and again != at:
                yield again
        elif self.gap in ("first valid", "one after the other"):
            yield at
        elif self.gap == "shifted":
            yield wall - stretch_at(zone, at - _SECOND).offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """When another program fires.

    Attributes:
        program: what people call it.
        timezone: where its wall times are; it is known.
        rules: it fires where any of them does.
        why: why it may fire at other times, beside changes of the clock, as a sentence; empty: for no other reason.
    """

    program: str
    timezone: str
    rules: tuple[WallRule, ...]
    why: str = ""

    def coming(self, after: datetime) -> Iterator[datetime]:
        """Yield its instants after `after`, in UTC, in order."""
        zone, last = ZoneInfo(self.timezone), None
        for at in merge(*(rule.coming(after, zone) for rule in self.rules)):
            if at != last:
                last = at
                yield at
