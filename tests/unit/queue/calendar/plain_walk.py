"""The judge of the calendar: a walk over every minute of a time, with a reader of its own for plain expressions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MINUTE = timedelta(minutes=1)


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

    def matches(self, wall: datetime) -> bool:
        """Say whether it names a wall time."""
        return wall.minute in self.values[0] and wall.hour in self.values[1] and self.is_day(wall.date())


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


def walk(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> list[datetime]:
    """Return the instants that an expression means from `begin` on and before `end`, minute by minute."""
    plain = read(expression)
    return sorted(_once(plain, zone, begin, end) if plain.is_fixed else _each(plain, zone, begin, end))


def _each(plain: Plain, zone: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    at = begin
    while at < end:
        if plain.matches(at.astimezone(zone).replace(tzinfo=None, fold=0)):
            yield at
        at += _MINUTE


def _once(plain: Plain, zone: ZoneInfo, begin: datetime, end: datetime) -> set[datetime]:
    """Walk over the wall clock: each time once, the first of two, and the first valid minute where there is none."""
    found = set()
    wall = begin.astimezone(zone).replace(tzinfo=None, fold=0) - timedelta(hours=3)
    last = end.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(hours=3)
    while wall < last:
        if plain.matches(wall):
            valid = wall
            while (at := valid.replace(tzinfo=zone).astimezone(UTC)).astimezone(zone).replace(tzinfo=None) != valid:
                valid += _MINUTE
            if begin <= at < end:
                found.add(at)
        wall += _MINUTE
    return found
