"""The turn of an hour, and with it of a day, a month or a year: no test begins shortly before it.

Jobdeck counts by hour and by day, and starts jobs at full hours. A test that did something before the turn and looks
after it would see nothing of today, or a job more.
"""

from datetime import UTC, datetime, timedelta

from tests.waiting import until

BEFORE, AFTER = timedelta(seconds=15), timedelta(seconds=3)
"""As long as nearly all tests take at most, also on a busy machine; and as long as what begins with an hour takes."""


def is_near(at: datetime) -> bool:
    """Say whether an hour begins soon, or has begun just now."""
    return (at + BEFORE).hour != at.hour or (at - AFTER).hour != at.hour


def let_pass() -> None:
    """Wait until the turn is over where it is near; else return at once."""
    if is_near(datetime.now(UTC)):
        until(lambda: not is_near(datetime.now(UTC)), seconds=60)
