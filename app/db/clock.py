"""The present instant, and how far clocks may differ."""

from datetime import UTC, datetime, timedelta


def minute_of(at: datetime) -> int:
    """Return the minutes since the epoch."""
    return int(at.timestamp()) // 60


CLOCK_STEP = timedelta(seconds=5)
"""A time so far in the future was written before the clock was set back; clocks of two machines differ by less."""


LAST_INSTANT = datetime(9990, 1, 1, tzinfo=UTC)
"""Nothing is planned for later: near the end of the years that there are, not every zone can tell an instant."""


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
