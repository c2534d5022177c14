"""Time zones: the stretches of time in which a zone keeps its offset, and what its clock shows around a change.

Instants are naive `datetime`s in UTC here, unless a name says otherwise; wall times are naive, too.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_PROBE = timedelta(hours=3)
"""No zone of the time zone database has changed its offset and changed it back within so short a time since 1970."""
_SECOND = timedelta(seconds=1)


class Stretch(NamedTuple):
    """A time in which a zone keeps one offset: from `begin` on, until before `end`. It lies within a year of UTC."""

    begin: datetime
    end: datetime
    offset: timedelta


@lru_cache(maxsize=256)
def find_zone(name: str) -> ZoneInfo | None:
    """Return a zone by its name, as Europe/Berlin; None: there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is an OSError
        return None


def is_same_everywhere(name: str) -> bool:
    """Say whether a zone means the same on each machine, and counts no leap seconds, as those below right/ do."""
    return not name.startswith(("posix/", "right/")) and name not in ("Factory", "localtime", "posixrules")


def stretch_at(zone: ZoneInfo, at: datetime) -> Stretch:
    """Return the stretch that an instant is in."""
    stretches = _stretches(zone, at.year)
    return stretches[bisect_right(stretches, at, key=lambda one: one.begin) - 1]


def wall_time(zone: ZoneInfo, at: datetime) -> datetime:
    """Return what a clock in the zone shows."""
    return at + stretch_at(zone, at).offset


def first_valid(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return the instant of a wall time: the first of two, and the end of the gap where spring leaves the time out."""
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC).replace(tzinfo=None)
    stretch = stretch_at(zone, at)
    if at + stretch.offset == wall:
        return at
    while (before := stretch_at(zone, stretch.begin - _SECOND)).offset == stretch.offset:
        stretch = before  # a year has ended between the change and the instant
    return stretch.begin


def instant_at(zone: ZoneInfo, wall: datetime) -> datetime:
    """Return the instant of a wall time that somebody wrote, aware and in UTC: as `first_valid`.

    Raises:
        ValueError: it has a zone of its own, or lies so early or late that the instant has no year.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no zone")
    try:
        return first_valid(zone, wall).replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("before the first year, or after the last") from error


@lru_cache(maxsize=4096)
def changes_of_day(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, timedelta], ...]:
    """Return when the offset of a zone changes on a local day, and by how much; mostly nothing."""
    begin = first_valid(zone, datetime.combine(day, time()))
    end = first_valid(zone, datetime.combine(day + timedelta(days=1), time()))
    found = []
    stretch = stretch_at(zone, begin - _SECOND)
    while stretch.end < end:
        following = stretch_at(zone, stretch.end)
        if following.offset != stretch.offset:
            found.append((following.begin, following.offset - stretch.offset))
        stretch = following
    return tuple(found)


@lru_cache(maxsize=2048)
def _stretches(zone: ZoneInfo, year: int) -> tuple[Stretch, ...]:
    begin, end = datetime(year, 1, 1), datetime(year + 1, 1, 1)
    found = []
    at, offset = begin, _offset(zone, begin)
    while at < end:
        following = min(at + _PROBE, end)
        if following < end and _offset(zone, following) != offset:
            change = _change_between(zone, at, following)
            found.append(Stretch(begin, change, offset))
            begin, offset = change, _offset(zone, change)
        at = following
    return (*found, Stretch(begin, end, offset))


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    offset = _offset(zone, low)
    while high - low > _SECOND:
        middle = low + timedelta(seconds=(high - low) // _SECOND // 2)
        low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: datetime) -> timedelta:
    offset = at.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset
