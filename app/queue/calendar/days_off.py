"""Days on which a schedule is not to fire, from elsewhere: the public holidays of a country, and calendar files."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Event

YEARS = 5
"""So far ahead days are taken over, from today on; what a schedule leaves out is a list of days, and ends there."""
MAX_CHARACTERS = 2_000_000
MOST_STARTS = 2000
"""So many times an event comes at most: once a day in that time is less."""
MOST_SECONDS = 10.0
"""After so long no further event of a file is read: of each that comes again all starts are counted from its first
on, and of a rule that names no day there is until the year 9999.
"""
_DAY = timedelta(days=1)
_DAYS_OR_MORE = frozenset({"YEARLY", "MONTHLY", "WEEKLY", "DAILY"})


class BadDays(ValueError):
    """There is no such country, or a text is no calendar; the message is a sentence for people."""


def public_holidays(place: str, *, begin: date) -> list[date]:
    """Return the public holidays of a country, as DE, or of a part of it, as DE-BY, from a day on for `YEARS`.

    Raises:
        BadDays: the place is not known.
    """
    import holidays  # 2 MB in the web process, where few ask for them

    country, _, part = place.strip().partition("-")
    country, years = country.upper(), range(begin.year, begin.year + YEARS + 1)
    known = holidays.list_supported_countries().get(country, []) if part else []
    part = next((one for one in known if one.casefold() == part.casefold()), part)
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        parts = ", ".join(f"{country}-{one}" for one in known[:8])
        hint = f" It has {parts} …" if parts else " Write its two letters, as DE, or a part of it, as DE-BY."
        raise BadDays(f"The holidays of {place!r} are not known.{hint}") from error
    return sorted(day for day in found if begin <= day < _years_after(begin))


def calendar_days(text: str, *, zone: ZoneInfo, begin: date) -> list[date]:
    """Return the local days that the events of a calendar file (.ics) lie on, from a day on for `YEARS`.

    Args:
        text: the file.
        zone: where the days are, for events with a time.
        begin: the first day.

    Raises:
        BadDays: it is none.
    """
    from icalendar import Calendar  # 3 MB, the same

    if len(text) > MAX_CHARACTERS:
        raise BadDays(f"A calendar may have {MAX_CHARACTERS:,} characters.")
    found: set[date] = set()
    try:
        events = Calendar.from_ical(text).events
        moved, deadline = _moved(events), monotonic() + MOST_SECONDS
        for event in events:
            if monotonic() > deadline:
                raise BadDays("It has too many events that come again; leave out what began long ago.")
            left_out = () if "RECURRENCE-ID" in event else moved.get(str(event.get("UID")), ())
            if str(event.get("STATUS", "")).upper() != "CANCELLED":
                days = _days_of(event, left_out, zone, begin)
                found.update(day for day in days if begin <= day < _years_after(begin))
    except BadDays:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadDays(f"It cannot be read as a calendar: {str(error)[:120]}.") from error
    return sorted(found)


def _moved(events: Sequence["Event"]) -> dict[str, list[date]]:
    """Return which times of repeated events stand elsewhere in the file, moved or cancelled, by the events' UIDs."""
    found: dict[str, list[date]] = {}
    for event in events:
        if "RECURRENCE-ID" in event:
            found.setdefault(str(event.get("UID")), []).append(event.decoded("RECURRENCE-ID"))
    return found


def _days_of(event: "Event", left_out: Sequence[date], zone: ZoneInfo, begin: date) -> Iterator[date]:
    is_whole = not isinstance(event.start, datetime)
    own = (event.start.tzinfo if isinstance(event.start, datetime) else None) or zone
    length = event.end - event.start
    near = begin - length - 2 * _DAY, _years_after(begin) + 2 * _DAY  # clocks differ by a day at most
    for wall in _starts(event, left_out, own, near):
        if is_whole:
            yield from _touched(wall, wall + max(length, _DAY))
        else:
            at = wall.replace(tzinfo=own).astimezone(UTC)
            yield from _touched(_wall(at, zone), _wall(at + length, zone))


def _touched(begin: datetime, end: datetime) -> Iterator[date]:
    """Give the days of a time that ends before `end`."""
    last = end.date() - _DAY if end.time() == time() and end > begin else end.date()
    count = min((last - begin.date()).days + 1, MOST_STARTS)
    yield from (begin.date() + number * _DAY for number in range(count))


def _starts(event: "Event", left_out: Sequence[date], own: tzinfo, near: tuple[date, date]) -> Iterator[datetime]:
    """Give the starts of an event between two days, as its own clock shows them: a Monday is one where the event is."""
    from dateutil.rrule import rrulestr  # comes with icalendar

    first = _wall(event.start, own)
    starts = {first, *(_wall(one[0] if isinstance(one, tuple) else one, own) for one in event.rdates)}
    for rule in event.rrules:
        if rule.get("FREQ", [""])[0] not in _DAYS_OR_MORE:
            raise ValueError("an event comes more often than daily")  # dateutil would count each since its first
        # dateutil wants an end in the same form as the start: both are wall times here.
        until = [_end_of(one, own) for one in rule.get("UNTIL", [])]
        plain = ";".join(part for part in rule.to_ical().decode().split(";") if not part.startswith("UNTIL="))
        after = max(first, datetime.combine(near[0], time()))
        for number, start in enumerate(rrulestr(plain, dtstart=first).xafter(after, inc=True)):
            if start.date() > near[1] or number > MOST_STARTS or (until and start > until[0]):
                break
            starts.add(start)
    days = {one for one in (*event.exdates, *left_out) if not isinstance(one, datetime)}
    times = {_wall(one, own) for one in (*event.exdates, *left_out)}
    yield from sorted(one for one in starts - times if one.date() not in days)


def _end_of(until: date, own: tzinfo) -> datetime:
    """Return the last moment of a rule: of a day that is named, its end."""
    return _wall(until, own) if isinstance(until, datetime) else datetime.combine(until, time.max)


def _wall(at: date, clock: tzinfo) -> datetime:
    """Return what a clock shows at a moment; a day begins at midnight, and what has no zone is meant by this one."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time())
    return at.astimezone(clock).replace(tzinfo=None) if at.tzinfo is not None else at


def _years_after(begin: date) -> date:
    return begin + timedelta(days=366 * YEARS)
