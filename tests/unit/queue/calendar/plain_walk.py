"""The judge of the calendar: a walk over every minute of a time, with a reader of its own for plain expressions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import compress
from zoneinfo import ZoneInfo

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Asia/Jerusalem",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Australia/Adelaide",
    "Pacific/Chatham",
    "Atlantic/Azores",
)
EXPRESSIONS = (
    "30 * * * *",
    "*/15 * * * *",
    "*/7 3 * * *",
    "10 */2 * * *",
    "* 2 * * *",
    "0 0 * * *",
    "30 2 * * *",
    "15,45 1,2,3 * * *",
    "59 23 * * *",
    "0 3 * * 0",
    "5 0 13 * 5",
    "0 9 */2 * 1",
    "0 12 29 2 *",
    "5,35 1-4 * * 0,6",
    "40 */6 1,15 * *",
)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60
_BEFORE = timedelta(hours=3)
"""So long before a time a minute may have shown the same already, or a gap may have begun."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An expression of numbers, stars, steps, ranges and lists: the values of its five fields."""

    values: tuple[frozenset[int], ...]
    is_fixed: bool
    is_either_day: bool

    def is_day(self, day: date) -> bool:
        """Say whether it fires on a day."""
        of_month, of_week = day.day in self.values[2], day.isoweekday() % 7 in self.values[4]
        is_either = of_month or of_week if self.is_either_day else of_month and of_week
        return is_either and day.month in self.values[3]


def read(expression: str) -> Plain:
    """Read an expression, plainly."""
    fields = expression.split()
    values = tuple(frozenset(_values(field, *bounds)) for field, bounds in zip(fields, _RANGES, strict=True))
    stars = [field.startswith("*") for field in fields]
    return Plain(values, is_fixed=not (stars[0] or stars[1]), is_either_day=not (stars[2] or stars[4]))


def _values(field: str, low: int, high: int) -> Iterator[int]:
    for part in field.split(","):
        span, _, step = part.partition("/")
        begin, _, end = span.partition("-")
        first = low if span == "*" else int(begin)
        last = high if span == "*" else int(end or begin)
        yield from range(first, last + 1, int(step or 1))


class Walk:
    """A walk over every minute of a time, with what a clock in a zone shows at each: then any expression is held
    against it.
    """

    def __init__(self, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        """Walk from `begin` on and before `end`."""
        self._start, self._from = begin - _BEFORE, _BEFORE // _MINUTE
        minutes = (end - self._start) // _MINUTE
        self._walls = [_shown((self._start + number * _MINUTE).astimezone(zone)) for number in range(minutes)]
        self._low = min(self._walls)
        # The first minute that shows a time; where none does, the first that shows a later one.
        self._first = [-1] * (max(self._walls) - self._low + 1)
        for number, wall in enumerate(self._walls):
            if self._first[wall - self._low] < 0:
                self._first[wall - self._low] = number
        following = -1
        for place in reversed(range(len(self._first))):
            following = self._first[place] if self._first[place] >= 0 else following
            self._first[place] = following

    def instants(self, expression: str) -> list[datetime]:
        """Return the instants that an expression means.

        A time of day is meant once: at the first minute that shows it, else at the first valid one after it. What has a
        star in the minute or the hour is meant whenever a minute shows it.
        """
        plain = read(expression)
        named = self._named(plain)
        if plain.is_fixed:
            found = sorted({self._first[place] for place in compress(range(len(named)), named)})
        else:
            low = self._low
            found = [number for number, wall in enumerate(self._walls) if named[wall - low]]
        return [self._start + number * _MINUTE for number in found if number >= self._from]

    def _named(self, plain: Plain) -> bytearray:
        """Say for each time that the clock may show whether an expression names it."""
        day = bytes(minute in plain.values[0] and hour in plain.values[1] for hour in range(24) for minute in range(60))
        first, last = self._low // _DAY, (self._low + len(self._first) - 1) // _DAY
        named = bytearray()
        for number in range(first, last + 1):
            named += day if plain.is_day(date.fromordinal(number)) else bytes(_DAY)
        begin = self._low - first * _DAY
        return named[begin : begin + len(self._first)]


class Minutes:
    """The same walk over many years: a byte for each minute, and a clock that is read every six hours, and each minute
    of those in which it was changed.
    """

    def __init__(self, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        """Walk from `begin` on and before `end`."""
        self._before = _DAY
        self._runs: list[tuple[int, int]] = []
        """What the clock shows at a minute from which on it goes evenly, and for how many minutes."""
        start = begin - self._before * _MINUTE
        for number in range((end - start) // (_EVENLY * _MINUTE)):
            at = start + number * _EVENLY * _MINUTE
            shown, following = _shown(at.astimezone(zone)), _shown((at + _EVENLY * _MINUTE).astimezone(zone))
            if following - shown == _EVENLY:
                self._add(shown, _EVENLY)
            else:
                for minute in range(_EVENLY):
                    self._add(_shown((at + minute * _MINUTE).astimezone(zone)), 1)

    def fires(self, expression: str) -> bytearray:
        """Return for each minute whether the expression means it: 1 or 0."""
        is_fixed, low = read(expression).is_fixed, self._runs[0][0]
        until = low
        fires = bytearray()
        for shown, count in self._runs:
            run = _named_between(expression, shown, shown + count)
            if is_fixed:  # a time of day is meant once, and if no minute shows it, in the first one after it
                again = min(max(until - shown, 0), count)
                run[:again] = bytes(again)
                if shown > until and any(_named_between(expression, until, shown)):
                    run[0] = 1
            until = max(until, shown + count)
            fires += run
        return fires[self._before :]

    def _add(self, shown: int, count: int) -> None:
        if self._runs and sum(self._runs[-1]) == shown:
            shown, before = self._runs.pop()
            count += before
        self._runs.append((shown, count))


_EVENLY = 6 * 60
"""Minutes; no zone is changed and changed back within so short a time."""


def _named_between(expression: str, begin: int, end: int) -> bytearray:
    first = begin // _DAY
    return _named_days(expression, first, -(-end // _DAY))[begin - first * _DAY : end - first * _DAY]


@lru_cache(maxsize=64)
def _named_days(expression: str, first: int, end: int) -> bytearray:
    """Say for each minute of the days from `first` on and before `end` whether the expression names it."""
    plain, named = read(expression), bytearray()
    day = bytes(minute in plain.values[0] and hour in plain.values[1] for hour in range(24) for minute in range(60))
    for number in range(first, end):
        named += day if plain.is_day(date.fromordinal(number)) else bytes(_DAY)
    return named


def _shown(local: datetime) -> int:
    return local.toordinal() * _DAY + local.hour * 60 + local.minute
