"""Wall times as another program names them, and when it fires: each has its own way with a clock that is changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import product
from typing import Literal
from zoneinfo import ZoneInfo

from app.queue.calendar.zones import changes_of_day, first_valid, stretch_at, wall_time

Gap = Literal["first valid", "shifted", "left out"]
"""What becomes of a time that spring leaves out: it comes at the end of the gap, as late as it was in it, or not."""
LAST_DAY = -1
"""In `days`: the last of the month."""
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
        last = None
        for number in range(HORIZON.days):
            for at in self._of_day(day + number * _DAY, zone):
                if at > begin and (last is None or at > last):
                    last = at
                    yield at.replace(tzinfo=UTC)

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        if not self._fits(day):
            return
        times = product(sorted(self.hours), sorted(self.minutes), sorted(self.seconds))
        walls = (datetime.combine(day, time(*parts)) for parts in times)
        begin = datetime.combine(day, time())
        if not changes_of_day(zone, day):
            offset = stretch_at(zone, first_valid(zone, begin)).offset
            yield from (wall - offset for wall in walls)
            return
        yield from sorted({at for wall in walls for at in self._instants(wall, zone)})

    def _fits(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        is_last = (day + _DAY).month != day.month
        of_month = day.day in self.days or (is_last and LAST_DAY in self.days)
        of_week = day.isoweekday() % 7 in self.weekdays
        return (of_month or of_week) if self.either_day else (of_month and of_week)

    def _instants(self, wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        at = first_valid(zone, wall)
        if wall_time(zone, at) == wall:
            yield at
            again = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(tzinfo=None)
            if self.comes_twice and again != at:
                yield again
        elif self.gap == "first valid":
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
