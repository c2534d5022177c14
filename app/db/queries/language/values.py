"""How the values in a query are read: numbers, durations, instants, states, patterns. Each says what it expects."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from app.db.queries.cursors import MAX_ID
from app.db.states import State

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|[smhdw])")
_DURATION = re.compile(rf"(?:{_PART.pattern}\s*)+")
_NUMBER = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS_FROM_TODAY = {"today": 0, "yesterday": -1, "tomorrow": 1}
_MOST_SECONDS = 100 * 366 * 86400.0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text to compare with. Where it is a pattern, `*` stands for any characters."""

    text: str
    is_pattern: bool = False

    @property
    def is_anything(self) -> bool:
        """Whether everything that has a value matches."""
        return self.is_pattern and not self.text.strip("*")

    def as_like(self) -> str:
        """Return it for SQL's LIKE with `/` as the sign before what is meant as it is."""
        escaped = re.sub(r"([/%_])", r"/\1", self.text)
        return escaped.replace("*", "%") if self.is_pattern else escaped

    def as_glob(self) -> str:
        """Return a pattern for SQLite's GLOB."""
        return re.sub(r"([?\[])", r"[\1]", self.text)


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant as a query says it; what it is depends on now, and on the zone of who asks.

    Attributes:
        at: the instant; None: one of the others says it.
        local: a day, or a day and a time, without a zone.
        days: whole days from today's beginning.
        weekday: the latest such day before today, Monday is 0.
        ago: a time before now.
    """

    at: datetime | None = None
    local: datetime | None = None
    days: int | None = None
    weekday: int | None = None
    ago: timedelta | None = None

    def resolve(self, now: datetime, zone: tzinfo) -> datetime:
        """Return the instant, aware. A time that comes twice in the zone means the first; a time that it leaves out
        is moved on.
        """
        if self.at is not None:
            return self.at
        if self.local is not None:
            return self.local.replace(tzinfo=zone)
        if self.ago is not None:
            return now - self.ago
        today = now.astimezone(zone).date()
        days = self.days if self.days is not None else -((today.weekday() - (self.weekday or 0) - 1) % 7 + 1)
        return datetime.combine(today + timedelta(days=days), time(), tzinfo=zone)


def read_pattern(text: str, is_quoted: bool) -> Pattern:
    """Read a text; in quotes `*` is a star.

    Raises:
        ValueError: the text is empty.
    """
    if not text:
        raise ValueError("A text is expected.")
    return Pattern(text, is_pattern="*" in text and not is_quoted)


def read_value(text: str, is_quoted: bool) -> Pattern:
    """Read what a parameter may be: a text, which may be empty in quotes."""
    return read_pattern(text, is_quoted) if text else Pattern("")


def read_schedule(text: str, is_quoted: bool) -> Pattern:
    """Read the number of a schedule, or its kind.

    Raises:
        ValueError: it is empty, or a number that none can have.
    """
    wanted = read_pattern(text, is_quoted)
    number_of_schedule(wanted)
    return wanted


def number_of_schedule(wanted: Pattern) -> int | None:
    """Return the number that a schedule is asked for by; None: by its kind."""
    digits = wanted.text.removeprefix("#")
    return read_id(digits) if digits.isascii() and digits.isdecimal() else None


def read_states(text: str) -> frozenset[State]:
    """Read one state, or several with commas between them.

    Raises:
        ValueError: a word is no state.
    """
    try:
        return frozenset(State(name.strip()) for name in text.casefold().split(","))
    except ValueError:
        raise ValueError(f"One of {', '.join(State)} is expected.") from None


def read_id(text: str) -> int:
    """Read a job's number, with or without `#`.

    Raises:
        ValueError: the text is no number that a job can have.
    """
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 19 and 0 < int(digits) <= MAX_ID):
        raise ValueError("A number such as 12 is expected.")
    return int(digits)


def read_count(text: str) -> int:
    """Read a whole number that is not negative.

    Raises:
        ValueError: the text is no such number, or has more than nine digits.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ValueError("A whole number such as 2 is expected.")
    return int(text)


def read_seconds(text: str) -> float:
    """Read a duration such as `30s`, `1h30m` or `250ms`; a bare number is seconds.

    Raises:
        ValueError: the text is no duration, or one of more than 100 years.
    """
    if not _DURATION.fullmatch(text) and not _NUMBER.fullmatch(text):
        raise ValueError("A duration such as 30s, 5m, 1h30m or 250ms is expected.")
    parts = _PART.findall(text)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else float(text)
    if not 0 <= seconds <= _MOST_SECONDS:
        raise ValueError("A duration from 0 s to 100 years is expected.")
    return seconds


def read_number(text: str) -> float | None:
    """Return the number that a text is; None: it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def has_neighbours(number: float) -> bool:
    """Say whether other whole numbers of 64 bits are the same one as a float: then their digits tell them apart."""
    return 2**53 <= abs(number) < 2**63


def read_moment(text: str) -> Moment:
    """Read a day, an instant, or words for one.

    Raises:
        ValueError: the text names no instant.
    """
    word = " ".join(text.casefold().split())
    if word == "now":
        return Moment(ago=timedelta())
    if word in _DAYS_FROM_TODAY:
        return Moment(days=_DAYS_FROM_TODAY[word])
    if word in _WEEKDAYS:
        return Moment(weekday=_WEEKDAYS.index(word))
    ago = word.removesuffix("ago").strip().removeprefix("-")
    if _DURATION.fullmatch(ago):
        return Moment(ago=timedelta(seconds=read_seconds(ago)))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "A day (2026-11-01), a time (2026-11-01T08:30), now, today, yesterday, monday or a duration (2h: so long "
            "ago) is expected."
        ) from None
    if not 1970 <= at.year <= 9000:
        raise ValueError("A year from 1970 to 9000 is expected.")
    return Moment(local=at) if at.tzinfo is None else Moment(at=at)
