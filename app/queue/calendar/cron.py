"""Cron expressions as cron means them, in a zone: weekday 0 and 7 are Sunday, and a change of the clock fires once.

What an expression means is cronsim's (docs/decisions/0008-cron.md): its fields, and which wall times match them. What
that is in a zone is told here: cronsim goes by whole hours, and where summer time is half an hour, as on Lord Howe, it
passes over real instants.
"""

import copy
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from app.queue.calendar.zones import first_valid, stretch_at

MAX_CHARACTERS = 300
ALIASES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""The words that stand for five fields, as crontab(5) has them."""
_FIELDS = ("second", "minute", "hour", "day of the month", "month", "day of the week")
_SECOND = timedelta(seconds=1)
_YEARS = 50
"""What fires less often than this never fires."""
_ANY_DAY = datetime(2026, 1, 1)


class BadCron(ValueError):
    """A text is no cron expression; the message is a sentence for people."""


class Cron:
    """A cron expression of five fields, or of six with the seconds first."""

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            BadCron: it is none, or it fires never.
        """
        self.text = text.strip()
        self.is_short = False
        """Whether it has five fields."""
        self._simulation = self._read()
        fields = self._simulation.parts
        self.fields: tuple[str, ...] = tuple(fields)
        """Six fields, the seconds first."""
        # A time of day is meant once a day, whatever the clock does. What has a star there is meant by elapsed time.
        self.is_fixed = not any(field.startswith("*") for field in fields[:3])

    def next_after(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the first instant after `at` that is meant, in UTC; None where there is none in fifty years."""
        now = _naive(at)
        found = self._next_fixed(now, zone) if self.is_fixed else self._next_elapsed(now, zone)
        return None if found is None else found.replace(tzinfo=UTC)

    def latest_until(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Return the last instant up to `at` that was meant, in UTC; None where there was none in fifty years."""
        now = _naive(at)
        found = self._latest_fixed(now, zone) if self.is_fixed else self._latest_elapsed(now, zone)
        return None if found is None else found.replace(tzinfo=UTC)

    def matches(self, wall: datetime) -> bool:
        """Say whether it names a wall time."""
        return self.first_between(wall, wall + _SECOND) is not None

    def first_between(self, begin: datetime, end: datetime) -> datetime | None:
        """Return the first wall time that it names, from `begin` on and before `end`; None: there is none."""
        found = next(self._walk(begin - _SECOND), None)
        return found if found is not None and found < end else None

    @property
    def minutes(self) -> frozenset[int]:
        """The minutes of the hour that it names."""
        return frozenset(self._simulation.minutes)

    @property
    def means_either_day(self) -> bool:
        """Whether a day of the month and a day of the week are named, and one of both is enough."""
        return not self._simulation.day_and

    def explain(self) -> str:
        """Put the expression into words."""
        said = self._simulation.explain()
        if self.means_either_day:  # "on the 13th day of month and on Friday" is read as both by some
            said = re.sub(r" and (?=on [^,]*?$)", ", and also ", said, count=1)
        return said

    def _read(self) -> CronSim:
        text = ALIASES.get(self.text.lower(), self.text)
        count = len(text.split())
        if not text.isascii() or len(text) > MAX_CHARACTERS or count not in (5, 6):
            raise BadCron(_wrong_form(text))
        self.is_short = count == 5
        try:
            return CronSim(text, _ANY_DAY)
        except CronSimError as error:
            raise BadCron(_wrong_field(text, str(error))) from error

    def _walk(self, begin: datetime, *, back: bool = False) -> Iterator[datetime]:
        """Yield the wall times that match, after `begin`, or before it."""
        walk = copy.copy(self._simulation)  # to read the text again would take most of the time
        walk.dt, walk.tick_direction = begin, -1 if back else 1
        try:
            yield from walk
        except (OverflowError, ValueError):  # the end of the calendar
            return

    def _next_fixed(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        for wall in self._walk(now + stretch_at(zone, now).offset):
            if (at := first_valid(zone, wall)) > now:  # else, in the repeated hour, it was in the first pass
                return at
        return None

    def _latest_fixed(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        wall = now + stretch_at(zone, now).offset
        repeated = now - first_valid(zone, wall)  # in the second pass, what follows in the first is past, too
        for before in self._walk(wall + repeated + _SECOND, back=True):
            if (at := first_valid(zone, before)) <= now:
                return at
        return None

    def _next_elapsed(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        stretch = stretch_at(zone, now)
        begin, last = now + stretch.offset, now.year + _YEARS
        while stretch.begin.year <= last:
            wall = next(self._walk(begin), None)
            if wall is None:
                return None
            if (at := wall - stretch.offset) < stretch.end:
                return at
            stretch = stretch_at(zone, stretch.end)
            begin = stretch.begin + stretch.offset - _SECOND
        return None

    def _latest_elapsed(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        stretch = stretch_at(zone, now)
        begin, first = now + stretch.offset + _SECOND, now.year - _YEARS
        while stretch.begin.year >= first:
            wall = next(self._walk(begin, back=True), None)
            if wall is None:
                return None
            if (at := wall - stretch.offset) >= stretch.begin:
                return at
            stretch = stretch_at(zone, stretch.begin - _SECOND)
            begin = stretch.end + stretch.offset
        return None


@lru_cache(maxsize=4096)
def read(text: str) -> Cron:
    """Return an expression, read once.

    Raises:
        BadCron: it is none, or it fires never.
    """
    return Cron(text)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _wrong_form(text: str) -> str:
    if len(text) > MAX_CHARACTERS:
        return f"A cron expression has at most {MAX_CHARACTERS} characters; write several instead."
    if not text.isascii():
        return f"{text!r} has other signs than the plain letters and digits of a cron expression."
    if text.lower().startswith("@"):
        return f"{text!r} is not known; there are {', '.join(ALIASES)}."
    count = len(text.split())
    return (
        f"{text!r} has {count} field{'' if count == 1 else 's'}; write five, as 0 3 * * * for every day at three, "
        "or six with the seconds first."
    )


def _wrong_field(text: str, said: str) -> str:
    fields = text.split()
    if len(fields) == 5:
        fields.insert(0, "0")
    for number, (name, field) in enumerate(zip(_FIELDS, fields, strict=True)):
        alone = ["0", "0", "0", "*", "*", "*"]
        alone[number] = field
        try:
            CronSim(" ".join(alone), _ANY_DAY)
        except CronSimError:
            return f"{field!r} is no {name}{_hint(field, name)}"
    if "day-of-month" in said:
        return f"{text!r} fires never: there is no day {fields[3]} in month {fields[4]}."
    return f"{text!r} is no cron expression: {said}."


_RANGES = {
    "second": "0 to 59",
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of the month": "1 to 31, L for the last or LW for the last working day",
    "month": "1 to 12 or JAN to DEC",
    "day of the week": "0 to 7 or SUN to SAT (0 and 7 are Sunday), 5L for the last Friday or 5#2 for the second",
}


def _hint(field: str, name: str) -> str:
    known = f"; it is {_RANGES[name]}."
    if "?" in field:
        return f"; write * for any{known}"
    if re.fullmatch(r"\d+W", field.upper()):
        return f"; the working day next to a date cannot be named{known}"
    if re.search(r"\w-\w", field):
        return f"; a range goes upwards, as 1-5, and the rest is added by a comma, as 5,6,0{known}"
    return known
