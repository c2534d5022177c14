"""Days on which a schedule is not to fire, from elsewhere: the public holidays of a country, and calendar files."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Event

YEARS = 5
"""So far ahead days are taken over, from today on; what a schedule leaves out is a list of days, and ends there."""
MAX_CHARACTERS = 2_000_000
MOST_STARTS = 2000
"""So many times an event comes at most: once a day in that time is less."""
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

    country, _, part = place.strip().upper().partition("-")
    years = range(begin.year, begin.year + YEARS + 1)
    try:
        found = holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError as error:
        known = holidays.list_supported_countries()
        parts = ", ".join(f"{country}-{one}" for one in known.get(country, [])[:8])
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
        for event in Calendar.from_ical(text).events:
            found.update(day for day in _days_of(event, zone, begin) if begin <= day < _years_after(begin))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadDays(f"It cannot be read as a calendar: {str(error)[:120]}.") from error
    return sorted(found)


def _days_of(event: "Event", zone: ZoneInfo, begin: date) -> Iterator[date]:
    first, last = _local(event.start, zone), _local(event.end, zone)
    is_whole = not isinstance(event.start, datetime)
    ends_before = is_whole or (isinstance(event.end, datetime) and last.time() == time() and last > first)
    length = max((last.date() - first.date()).days + (0 if ends_before else 1), 1)
    for start in _starts(event, first, zone, begin - length * _DAY):
        yield from (start.date() + number * _DAY for number in range(min(length, MOST_STARTS)))


def _starts(event: "Event", first: datetime, zone: ZoneInfo, begin: date) -> Iterator[datetime]:
    """Give the local starts of an event: its own, and those of its rule and of its added dates."""
    from dateutil.rrule import rrulestr  # comes with icalendar

    left_out = {_local(one, zone) for one in event.exdates}
    starts = {first, *(_local(one[0] if isinstance(one, tuple) else one, zone) for one in event.rdates)}
    for rule in event.rrules:
        if rule.get("FREQ", [""])[0] not in _DAYS_OR_MORE:
            raise ValueError("an event comes more often than daily")  # dateutil would count each since its first
        # dateutil wants an end in the same form as the start: both are wall times here.
        until = [_local(one, zone) for one in rule.get("UNTIL", [])]
        plain = ";".join(part for part in rule.to_ical().decode().split(";") if not part.startswith("UNTIL="))
        after = max(first, datetime.combine(begin, time()))
        for number, start in enumerate(rrulestr(plain, dtstart=first).xafter(after, inc=True)):
            if start.date() >= _years_after(begin) or number > MOST_STARTS or (until and start > until[0]):
                break
            starts.add(start)
    yield from sorted(starts - left_out)


def _local(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        return datetime.combine(at, time())
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo is not None else at


def _years_after(begin: date) -> date:
    return begin + timedelta(days=366 * YEARS)
