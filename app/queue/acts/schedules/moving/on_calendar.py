"""systemd's calendar events and spans of time, as systemd.time(7) of systemd 252 reads them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.queue.calendar.foreign.wall_rule import EVERY, WallRule
from app.queue.calendar.zones import find_zone

_SHORT = {
    "minutely": "*-*-* *:*:00",
    "hourly": "*-*-* *:00:00",
    "daily": "*-*-* 00:00:00",
    "weekly": "Mon *-*-* 00:00:00",
    "monthly": "*-*-01 00:00:00",
    "quarterly": "*-01,04,07,10-01 00:00:00",
    **dict.fromkeys(("semiannually", "semi-annually", "biannually", "bi-annually"), "*-01,07-01 00:00:00"),
    **dict.fromkeys(("yearly", "annually", "anually"), "*-01-01 00:00:00"),
}
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_PART = re.compile(r"(\*)|(\d+)(?:\.\.(\d+))?(?:/(\d+))?", re.ASCII)
_SECONDS = {
    ("", "s", "sec", "second", "seconds"): 1,
    ("us", "usec", "µs"): 1e-6,
    ("ms", "msec"): 1e-3,
    ("m", "min", "minute", "minutes"): 60,
    ("h", "hr", "hour", "hours"): 3600,
    ("d", "day", "days"): 86400,
    ("w", "week", "weeks"): 7 * 86400,
    ("M", "month", "months"): 30.44 * 86400,
    ("y", "year", "years"): 365.25 * 86400,
}
_UNITS = {name: size for names, size in _SECONDS.items() for name in names}


class BadCalendar(ValueError):
    """systemd refuses it, or it has no place here; the message is a sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A calendar event. `timezone`: None: that of the machine. `once`: the only wall time, instead of a rule."""

    timezone: str | None
    rule: WallRule | None
    once: datetime | None = None


def read_event(text: str) -> Event:
    """Read an OnCalendar.

    Raises:
        BadCalendar: it is none, or it names years.
    """
    if (epoch := re.fullmatch(r"@(\d{1,11})", text.strip(), re.ASCII)) is not None:
        return Event(timezone="UTC", rule=None, once=datetime.fromtimestamp(int(epoch[1]), UTC).replace(tzinfo=None))
    words = _SHORT.get(text.strip().lower(), text.strip()).split()
    timezone = _zone(words.pop()) if len(words) > 1 and _zone(words[-1]) is not None else None
    if words and (short := _SHORT.get(words[0].lower())) and len(words) == 1:
        words = short.split()
    weekdays = EVERY["weekdays"]
    if words and words[0][0].isalpha():
        weekdays = _weekdays(words.pop(0), text)
    clock = words.pop() if words and ":" in words[-1] else "00:00:00"
    date = words.pop() if words else "*-*-*"
    if words or not re.search("[-~]", date):
        raise BadCalendar(f"{text!r} is no calendar event of systemd.")
    hours, minutes, seconds = _clock(clock, text)
    year, months, days = _date(date, text)
    rule = WallRule(
        seconds=seconds, minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays, gap="left out"
    )
    if year == "*":
        return Event(timezone=timezone, rule=rule)
    return Event(timezone=timezone, rule=None, once=_once(year, rule, text))


def _zone(word: str) -> str | None:
    """Return the zone that a word names; None: it is another word. Of zones UTC alone may be written in small."""
    if word.upper() == "UTC":
        return "UTC"
    return word if word[0].isalpha() and find_zone(word) is not None else None


def read_span(text: str) -> timedelta:
    """Read a span of time, as `1h 30min`.

    Raises:
        BadCalendar: it is none.
    """
    parts = re.findall(r"([\d.]+)\s*([a-zA-Zµ]*)", text)
    if not parts or re.sub(r"[\d.]+\s*[a-zA-Zµ]*", "", text).strip():
        raise BadCalendar(f"{text!r} is no span of time.")
    try:
        return timedelta(seconds=sum(float(number) * _UNITS[unit] for number, unit in parts))
    except (KeyError, ValueError, OverflowError) as error:
        raise BadCalendar(f"{text!r} is no span of time.") from error


def _once(year: str, rule: WallRule, text: str) -> datetime:
    sets = [rule.months, rule.days, rule.hours, rule.minutes, rule.seconds]
    if not year.isdecimal() or any(len(one) != 1 for one in sets) or rule.weekdays != EVERY["weekdays"]:
        raise BadCalendar(f"{text!r} names years, for which schedules have no word. Make it by hand.")
    try:
        month, day, hour, minute, second = (min(one) for one in sets)
        return datetime(_year(int(year)), month, day, hour, minute, second)
    except ValueError as error:
        raise BadCalendar(f"{text!r} is no date.") from error


def _year(number: int) -> int:
    """Return the year that is meant; systemd takes two digits for one from 1970 to 2069."""
    return number + (2000 if number < 70 else 1900 if number < 100 else 0)


def _weekdays(text: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        bounds = [_weekday(one, whole) for one in re.split(r"\.\.|-", part)]
        first, last = bounds[0], bounds[-1]
        if len(bounds) > 2 or first > last:
            raise BadCalendar(f"{part!r} goes backwards; systemd refuses {whole!r}.")
        found.update(day % 7 for day in range(first, last + 1))
    return frozenset(found)


def _weekday(text: str, whole: str) -> int:
    """Return the number of a weekday: 1 is Monday, 7 Sunday."""
    for number, name in enumerate(_DAYS):
        if text.lower() in (name, name[:3]):
            return number or 7
    raise BadCalendar(f"{text!r} is no weekday; systemd refuses {whole!r}.")


def _clock(text: str, whole: str) -> Sequence[frozenset[int]]:
    parts = text.split(":")
    if len(parts) == 2:
        parts.append("00")
    if len(parts) != 3:
        raise BadCalendar(f"{whole!r} is no calendar event of systemd.")
    bounds = ((0, 23), (0, 59), (0, 59))
    return [_numbers(part, low, high, whole) for part, (low, high) in zip(parts, bounds, strict=True)]


def _date(text: str, whole: str) -> tuple[str, frozenset[int], frozenset[int]]:
    head, tilde, tail = text.partition("~")
    parts = [*head.split("-"), tail] if tilde else head.split("-")
    year, month, day = parts if len(parts) == 3 else ("*", *parts) if len(parts) == 2 else ("", "", "")
    if not year:
        raise BadCalendar(f"{whole!r} is no calendar event of systemd.")
    months = _numbers(month, 1, 12, whole)
    if not tilde:
        return year, months, _numbers(day, 1, 31, whole)
    return year, months, _from_the_end(day, whole)


def _from_the_end(text: str, whole: str) -> frozenset[int]:
    """Return days as they are counted from the end of the month, -1 for the last; a step goes towards it."""
    found: set[int] = set()
    for part in text.split(","):
        first, slash, step = part.partition("/")
        counted = _numbers(first, 1, 31, whole)
        if slash:
            if len(counted) != 1 or not step.isdecimal() or int(step[:3]) == 0:
                raise BadCalendar(f"{part!r} in {whole!r} cannot be read.")
            counted = frozenset(range(max(counted), 0, -int(step[:3])))
        found.update(-day for day in counted)
    return frozenset(found)


def _numbers(text: str, low: int, high: int, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        read = _PART.fullmatch(part)
        if read is None:
            raise BadCalendar(f"{part!r} in {whole!r} cannot be read.")
        star, first, last, step = read.groups()
        begin = low if star else int(first)
        end = int(last) if last is not None else high if star or step else begin
        if not low <= begin <= end <= high or step == "0":
            raise BadCalendar(f"{part!r} in {whole!r} goes from {low} to {high}; systemd refuses it.")
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)
