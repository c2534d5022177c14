"""Where a rule fires at other instants than the program that it was taken from, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from typing import Protocol

from app.queue.calendar.foreign.wall_rule import HORIZON, Foreign
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import changes_of_day, find_zone, wall_time

COMPARED = 100
"""So many next instants are compared, and those around each change of the clock in the coming year."""
MOST_AROUND = 3000
"""So many instants around a change of the clock are looked at: one a minute for two days."""
_NEAR = timedelta(hours=3)
_DAY = timedelta(days=1)


class Coming(Protocol):
    """What has instants to come."""

    def coming(self, after: datetime) -> Iterator[datetime]:
        """Yield them in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An instant at which only one of both fires, or both at different times. In UTC; None: it does not."""

    instant_there: datetime | None
    instant_here: datetime | None
    why: str


def differences(there: Foreign, here: Rule, *, after: datetime) -> list[Difference]:
    """Compare the next instants of both, and those around each change of the clock in the coming year."""
    theirs, ours = _next_of_both(there, here, after)
    for change in {*_changes(there.timezone, after), *_changes(here.timezone, after)}:
        begin, end = change - _DAY, change + _DAY
        if begin > after:
            theirs |= _between(there, begin, end)
            ours |= _between(here, begin, end)
    return [
        Difference(instant_there=left, instant_here=right, why=_why(there, here, left, right))
        for left, right in _pairs(sorted(theirs - ours), sorted(ours - theirs))
    ]


def _next_of_both(there: Coming, here: Coming, after: datetime) -> tuple[set[datetime], set[datetime]]:
    horizon = after + HORIZON - _DAY
    theirs, ours = (list(islice(takewhile(horizon.__gt__, one.coming(after)), COMPARED)) for one in (there, here))
    ends = [one[-1] for one in (theirs, ours) if len(one) == COMPARED]
    end = min([*ends, horizon])
    return {at for at in theirs if at <= end}, {at for at in ours if at <= end}


def _between(one: Coming, begin: datetime, end: datetime) -> set[datetime]:
    return set(islice(takewhile(lambda at: at < end, one.coming(begin)), MOST_AROUND))


def _changes(timezone: str, after: datetime) -> list[datetime]:
    zone = find_zone(timezone)
    if zone is None:
        return []
    first: date = wall_time(zone, after.astimezone(UTC).replace(tzinfo=None)).date()
    days = (first + number * _DAY for number in range(366))
    return [change.replace(tzinfo=UTC) for day in days for change, _ in changes_of_day(zone, day)]


def _pairs(theirs: list[datetime], ours: list[datetime]) -> Iterator[tuple[datetime | None, datetime | None]]:
    """Put together what is meant as the same fire: the instants that only one of both has, where they are near."""
    while theirs or ours:
        if theirs and ours and abs(theirs[0] - ours[0]) <= _NEAR:
            yield theirs.pop(0), ours.pop(0)
        elif not ours or (theirs and theirs[0] < ours[0]):
            yield theirs.pop(0), None
        else:
            yield None, ours.pop(0)


def _why(there: Foreign, here: Rule, theirs: datetime | None, ours: datetime | None) -> str:
    at = theirs or ours
    assert at is not None
    zone = here.zone
    wall = wall_time(zone, at.replace(tzinfo=None))
    changes = changes_of_day(zone, wall.date())
    if not changes:
        return there.why or f"{there.program} reads the expression in another way."
    change, shift = changes[0]
    before = wall_time(zone, change) - shift
    clock = f"The clock goes from {before:%H:%M} to {before + shift:%H:%M}"
    if theirs and ours:
        return f"{clock}: {there.program} fires at {_clock(theirs, there)}, Jobdeck at {ours.astimezone(zone):%H:%M}."
    if theirs and theirs.second:
        return f"{clock}: {there.program} fires at {_clock(theirs, there)}, too; Jobdeck once for all that is left out."
    if theirs:
        return f"{clock}: {there.program} fires at {_clock(theirs, there)}, and Jobdeck does not."
    if shift < timedelta():
        return f"{clock}: {there.program} does not fire in the repeated time, Jobdeck does in both passes."
    return f"{clock}: {there.program} leaves out what is in the gap; Jobdeck fires at {ours:%H:%M} UTC, once."


def _clock(at: datetime, there: Foreign) -> str:
    zone = find_zone(there.timezone)
    return f"{at.astimezone(zone):%H:%M:%S}".removesuffix(":00")
