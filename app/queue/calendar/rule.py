"""A rule: when a schedule fires, with the days and the hours in which it does not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.db.clock import LAST_INSTANT
from app.errors import FieldError
from app.queue.calendar import cron
from app.queue.calendar.cron import BadCron
from app.queue.calendar.zones import find_zone, first_valid, is_same_everywhere, stretch_at, wall_time

MAX_EXPRESSIONS = 20
MAX_EXCLUDED = 2000
MAX_WINDOWS = 20
MAX_EVERY_SECONDS = 10 * 365 * 24 * 3600
_MOST_SKIPPED = 4000
"""A rule of which so many instants in a row are excluded fires never: more than ten years of a daily one."""
_SECOND, _DAY = timedelta(seconds=1), timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Window = tuple[time, time]
"""From when until before when, of the wall clock; over midnight where the end is the smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a schedule fires: by cron expressions, every so many seconds, or once.

    Attributes:
        timezone: where the wall clock of `cron`, `exclude` and `not_between` is.
        cron: expressions; it fires where any of them does, once.
        every_seconds: instead of them, so many seconds apart.
        is_aligned: those fall on multiples of `every_seconds` since 1970-01-01T00:00Z; else each is counted from the
            start before.
        at: instead of both, this instant alone.
        exclude: local days on which it does not fire.
        not_between: hours of each day in which it does not fire.
    """

    timezone: str = "UTC"
    cron: tuple[str, ...] = ()
    every_seconds: int | None = None
    is_aligned: bool = True
    at: datetime | None = None
    exclude: tuple[date, ...] = ()
    not_between: tuple[Window, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The zone; the rule was checked."""
        found = find_zone(self.timezone)
        return found if found is not None else ZoneInfo("UTC")

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first instant after `at`, in UTC; None: it fires no more."""
        zone = self.zone
        for _ in range(_MOST_SKIPPED):
            found = self._next(at, zone)
            if found is None:
                return None
            end = self._end_of_rest(found, zone)
            if end is None:
                return found
            at = max(found, end - _SECOND)
            if self.every_seconds is not None and not self.is_aligned:
                at = end - timedelta(seconds=self.every_seconds)  # what is due meanwhile comes when the rest is over
        return None

    def latest_until(self, at: datetime) -> datetime | None:
        """Return the last instant up to `at`, in UTC; None: none, or each is counted from a start."""
        zone = self.zone
        for _ in range(_MOST_SKIPPED):
            found = self._latest(at, zone)
            if found is None:
                return None
            if self._end_of_rest(found, zone) is None:
                return found
            at = min(found - _SECOND, self._begin_of_rest(found, zone))
        return None

    def coming(self, after: datetime) -> Iterator[datetime]:
        """Yield its instants after `after`, in order."""
        if len(self.cron) == 1 and not self.exclude and not self.not_between:  # to begin anew at each takes longer
            yield from cron.read(self.cron[0]).coming(after, self.zone)
            return
        while (found := self.next_after(after)) is not None:
            yield found
            after = found

    def _next(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        if self.at is not None:
            return self.at if self.at > at else None
        if self.every_seconds is not None:
            if not self.is_aligned:
                return at + timedelta(seconds=self.every_seconds)
            step = timedelta(seconds=self.every_seconds)
            return _EPOCH + ((at - _EPOCH) // step + 1) * step
        found = [one for text in self.cron if (one := cron.read(text).next_after(at, zone)) is not None]
        return min(found, default=None)

    def _latest(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        if self.at is not None:
            return self.at if self.at <= at else None
        if self.every_seconds is not None:
            step = timedelta(seconds=self.every_seconds)
            return _EPOCH + (at - _EPOCH) // step * step if self.is_aligned else None
        found = [one for text in self.cron if (one := cron.read(text).latest_until(at, zone)) is not None]
        return max(found, default=None)

    def _end_of_rest(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """Return until when it may not fire, where it may not at `at`; None: it may."""
        if not self.exclude and not self.not_between:
            return None
        instant = at.replace(tzinfo=None)
        wall = wall_time(zone, instant)
        if wall.date() in self.exclude:
            end = datetime.combine(wall.date() + _DAY, time())
        else:
            window = self._window_of(wall.time())
            if window is None:
                return None
            end = datetime.combine(wall.date(), window[1])
            end += _DAY if end <= wall else timedelta()
        # A change of the clock may lie in between, and part of the time up to the end may be outside of the rest.
        return min(first_valid(zone, end), stretch_at(zone, instant).end).replace(tzinfo=UTC)

    def _begin_of_rest(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Return an instant before the rest that `at` is in, or one of it."""
        instant = at.replace(tzinfo=None)
        wall = wall_time(zone, instant)
        window = None if wall.date() in self.exclude else self._window_of(wall.time())
        begin = datetime.combine(wall.date(), window[0] if window else time())
        begin -= _DAY if begin > wall else timedelta()
        stretch = stretch_at(zone, instant)
        return (max(begin - stretch.offset, stretch.begin) - _SECOND).replace(tzinfo=UTC)

    def _window_of(self, wall: time) -> Window | None:
        for begin, end in self.not_between:
            if begin <= wall < end if begin < end else wall >= begin or wall < end:
                return begin, end
        return None


def problems(rule: Rule, *, after: datetime) -> list[FieldError]:
    """Say what is wrong with a rule, by field; nothing: it can be followed.

    Args:
        rule: what somebody asks for.
        after: from when on it has to fire at all.
    """
    found = [FieldError(field=field, message=message) for field, message in _unfit(rule)]
    if not found and rule.next_after(after) is None:
        if rule.at is not None:
            message = "This time is past. Choose one that is to come."
            if rule.at > after:
                message = "At this time it may not fire: the day or the hour is excluded."
            return [FieldError(field="at", message=message)]
        message = "With the days and hours that are excluded, it fires never."
        return [
            FieldError(
                field="not_between" if rule.not_between else "exclude" if rule.exclude else "cron",
                message=message if rule.not_between or rule.exclude else "It fires never.",
            )
        ]
    return found


def _unfit(rule: Rule) -> Iterator[tuple[str, str]]:
    if find_zone(rule.timezone) is None or not is_same_everywhere(rule.timezone):
        yield "timezone", f"There is no time zone {rule.timezone!r}; write it as Europe/Berlin or UTC."
    said = [bool(rule.cron), rule.every_seconds is not None, rule.at is not None]
    if sum(said) != 1:
        yield "cron", "Say when it fires by one of cron, every_seconds and at."
    if len(rule.cron) > MAX_EXPRESSIONS:
        yield "cron", f"At most {MAX_EXPRESSIONS} expressions; make a second schedule for the rest."
    for text in rule.cron[:MAX_EXPRESSIONS]:
        try:
            cron.read(text)
        except BadCron as error:
            yield "cron", str(error)
    if rule.every_seconds is not None and not 1 <= rule.every_seconds <= MAX_EVERY_SECONDS:
        yield "every_seconds", f"A whole number of seconds from 1 to {MAX_EVERY_SECONDS}."
    if rule.at is not None and rule.at.tzinfo is None:
        yield "at", "Say the time zone, as in 2026-01-31T08:30:00Z."
    elif rule.at is not None and rule.at >= LAST_INSTANT:
        yield "at", f"Choose a time before the year {LAST_INSTANT.year}."
    if len(rule.exclude) > MAX_EXCLUDED:
        yield "exclude", f"At most {MAX_EXCLUDED} days."
    if len(rule.not_between) > MAX_WINDOWS:
        yield "not_between", f"At most {MAX_WINDOWS} windows."
    if any(begin == end for begin, end in rule.not_between):
        yield (
            "not_between",
            "A window that begins and ends at the same time is the whole day: pause the schedule instead.",
        )
