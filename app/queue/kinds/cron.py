"""Cron expressions as cron means them, in a zone: weekday 0 and 7 are Sunday, and a change of the clock fires once.

The rules are cronsim's: APScheduler's own cron numbers weekdays from Monday, fires twice in the repeated hour of autumn
and late in the gap of spring (docs/decisions/0008-cron.md).
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError


def complaint(cron: str, timezone: str) -> str | None:
    """Say what is wrong with an expression or a zone, as a sentence; None: nothing."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"There is no time zone {timezone!r}; write it as Europe/Berlin or UTC."
    try:
        CronSim(cron, datetime.now(zone))
    except CronSimError as error:
        return f"{cron!r} is no cron expression ({error}); write five fields, as 0 3 * * * for every day at three."
    return None


def next_after(cron: str, timezone: str, at: datetime) -> datetime | None:
    """Return the first instant after `at` that an expression means, in UTC; None where it means none in fifty years."""
    try:
        # In the repeated hour of autumn cronsim begins with the instants of the first time it was that late.
        instants = (one.astimezone(UTC) for one in CronSim(cron, at.astimezone(ZoneInfo(timezone))))
        return next(one for one in instants if one > at)
    except (StopIteration, CronSimError):
        return None


def latest_until(cron: str, timezone: str, at: datetime) -> datetime | None:
    """Return the last instant up to `at` that an expression means, in UTC; None where there was none in fifty years."""
    begin = (at.astimezone(ZoneInfo(timezone)) + timedelta(seconds=1)).replace(microsecond=0)
    try:
        return next(CronSim(cron, begin, reverse=True)).astimezone(UTC)
    except (StopIteration, CronSimError):
        return None


@lru_cache(maxsize=512)
def sentence(cron: str) -> str:
    """Put an expression into words."""
    return CronSim(cron, datetime(2026, 1, 1, tzinfo=UTC)).explain()
