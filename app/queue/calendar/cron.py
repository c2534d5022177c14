"""Cron expressions as cron means them, in a zone: weekday 0 and 7 are Sunday, and a change of the clock fires once.

What an expression means is cronsim's (docs/decisions/0008-cron.md): its fields, and which days and times match them.
What that is in a zone is told here: cronsim goes by whole hours, and where summer time is half an hour, as on Lord
Howe, it passes over real instants. Its own walk goes minute by minute, and takes many times as long.
"""

import copy
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import takewhile
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
_WHOLES = {0: (60, "0"), 1: (60, "0"), 2: (24, "0"), 3: (31, "1"), 4: (12, "1"), 5: (7, "0")}
"""Field → how many there are, and the first."""
_OTHER_DAY = {3: 5, 5: 3}
"""The fields of the days: their star says what both mean together."""
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_SHORTEST = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIFTH = 5
_ORDINAL = re.compile(r"\b(\d*(?<!1)[123])th\b")
_SUFFIXES = {"1": "st", "2": "nd", "3": "rd"}
"""What cronsim writes 31th for."""
_SECOND, _HOUR, _DAY, _MONTH = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), timedelta(days=32)
_FAR = timedelta(days=2)
"""A day so far from any change of the clock shows each of its times once, whatever the offset."""
_MOST_KEPT = 24 * 60
_YEARS = 50
"""What fires less often than this never fires."""
_ANY_DAY = datetime(2026, 1, 1)
_LAST_MONTH = date.max.replace(day=1)
_LAST_YEAR = date.max.year - 2  # to know when a stretch ends, the year after it is looked at


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
        return next(self.coming(at, zone), None)

    def coming(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Yield the instants after `after` that are meant, in UTC and in order, until there is none in fifty years."""
        now = _naive(after)
        return self._coming_fixed(now, zone) if self.is_fixed else self._coming_elapsed(now, zone)

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
        said = CronSim(" ".join(self._plainly()), _ANY_DAY).explain()
        said = _ORDINAL.sub(lambda found: f"{found[1]}{_SUFFIXES[found[1][-1]]}", said)
        if self.means_either_day:  # "on the 13th day of month and on Friday" is read as both by some
            said = re.sub(r" and (?=on [^,]*?$)", ", and also ", said, count=1)
        return said

    @property
    def is_leap_day_only(self) -> bool:
        """Whether of all days only 29 February is named."""
        return self._simulation.months == {2} and not self.means_either_day and min(self._simulation.days) == 29

    @property
    def passed_over(self) -> str | None:
        """What some months lack, which are passed over: "31st", "fifth Monday"; None: it fires in all of its own."""
        one = self._simulation
        if self.means_either_day or self.is_leap_day_only:
            return None
        if (first := min(one.days)) > min(_SHORTEST[month] for month in one.months):
            return f"{first}{'st' if first == 31 else 'th'}"
        fifths = sorted(day[0] % 7 for day in one.weekdays if isinstance(day, tuple) and day[1] == _FIFTH)
        return f"fifth {' or '.join(_WEEKDAYS[day] for day in fifths)}" if len(fifths) == len(one.weekdays) else None

    def _plainly(self) -> list[str]:
        """Return the fields for their sentence: of a step as long as its whole only the first is left."""
        fields = list(self.fields)
        for number, (size, first) in _WHOLES.items():
            step = re.fullmatch(r"\*/(\d+)", fields[number])
            other = _OTHER_DAY.get(number)
            if step is not None and int(step[1]) >= size and (other is None or fields[other] == "*"):
                fields[number] = first
        return fields

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

    def _days(self, day: date, end: date = date.max) -> Iterator[date]:
        """Yield the days that match, from `day` to `end`, until there is none in fifty years."""
        last, months, is_match = day.year + _YEARS, self._simulation.months, self._simulation.match_day
        while day <= end and day.year <= last:
            if day.month in months:
                if is_match(day):
                    last = day.year + _YEARS
                    yield day
                following = day + _DAY if day < date.max else None
            else:
                following = (day.replace(day=1) + _MONTH).replace(day=1) if day < _LAST_MONTH else None
            if following is None:
                return
            day = following

    @cached_property
    def _hours(self) -> list[timedelta]:
        return [timedelta(hours=hour) for hour in sorted(self._simulation.hours)]

    @cached_property
    def _within(self) -> list[timedelta]:
        """The times that match within an hour."""
        one = self._simulation
        minutes = (timedelta(minutes=minute) for minute in sorted(one.minutes))
        return [minute + timedelta(seconds=second) for minute in minutes for second in sorted(one.seconds)]

    @cached_property
    def _whole_day(self) -> list[timedelta] | None:
        """The times that match within a day, where they are not so many that to keep them takes much memory."""
        is_kept = len(self._hours) * len(self._within) <= _MOST_KEPT
        return [hour + time for hour in self._hours for time in self._within] if is_kept else None

    def _times(self, after: timedelta = -_SECOND) -> Iterable[timedelta]:
        """Return the times that match within a day, after one of them."""
        if self._whole_day is not None:
            return self._whole_day[bisect_right(self._whole_day, after) :]
        return self._times_by_hour(after)

    def _times_by_hour(self, after: timedelta) -> Iterator[timedelta]:
        for hour in self._hours:
            if hour + _HOUR > after:
                begin = bisect_right(self._within, after - hour)
                yield from (hour + time for time in self._within[begin:])

    def _coming_fixed(self, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        wall, last = now + stretch_at(zone, now).offset, now
        for day in self._days(wall.date()):
            midnight = datetime(day.year, day.month, day.day)
            stretch = stretch_at(zone, midnight)
            if midnight > wall and stretch.begin + _FAR <= midnight <= stretch.end - _FAR:
                begin = midnight.replace(tzinfo=UTC) - stretch.offset
                yield from (begin + time for time in self._times())
                continue
            for time in self._times(wall - midnight):
                # In the repeated hour it was in the first pass; of several in the gap there is one.
                if (at := first_valid(zone, midnight + time)) > last:
                    last = at
                    yield at.replace(tzinfo=UTC)

    def _coming_elapsed(self, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        stretch = stretch_at(zone, now)
        wall, last = now + stretch.offset, now.year + _YEARS
        while stretch.begin.year <= min(last, _LAST_YEAR):
            end = stretch.end + stretch.offset
            for day in self._days(wall.date(), end.date()):
                midnight = datetime(day.year, day.month, day.day)
                begin, times = midnight.replace(tzinfo=UTC) - stretch.offset, self._times(wall - midnight)
                if midnight + _DAY > end:
                    times = takewhile((end - midnight).__gt__, times)
                for time in times:
                    last = day.year + _YEARS
                    yield begin + time
            stretch = stretch_at(zone, stretch.end)
            wall = stretch.begin + stretch.offset - _SECOND

    def _latest_fixed(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        wall = now + stretch_at(zone, now).offset
        repeated = now - first_valid(zone, wall)  # in the second pass, what follows in the first is past, too
        for before in self._walk(wall + repeated + _SECOND, back=True):
            if (at := first_valid(zone, before)) <= now:
                return at
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
