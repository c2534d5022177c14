"""Cron expressions over ten years in twenty zones. The judge is a plain walk over every minute of them.

The two that fire most often take half of the time: here they are held against it where clocks change in other ways than
most, in all zones by `python -m bench.cron_instants`.
"""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from app.queue.calendar.rule import Rule
from tests.unit.queue.calendar.plain_walk import EXPRESSIONS, ZONES, Minutes

BEGIN, END = datetime(2025, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OFTEN = ("*/15 * * * *", "* 2 * * *")
OFTEN_IN = ("Australia/Lord_Howe", "Africa/Casablanca", "America/Santiago", "Europe/Dublin")


def fires(expression: str, timezone: str) -> bytearray:
    """Return for each minute of the years how often the calendar fires in it."""
    found = bytearray((END - BEGIN) // MINUTE)
    following = Rule(timezone=timezone, cron=(expression,)).coming(BEGIN - timedelta(seconds=1))
    for at in takewhile(END.__gt__, following):
        found[(at - BEGIN) // MINUTE] += 1 if not at.second else 100
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("timezone", ZONES)
def test_in_ten_years_it_fires_in_the_minutes_that_a_walk_over_all_of_them_names(timezone: str) -> None:
    walk = Minutes(ZoneInfo(timezone), BEGIN, END)
    for expression in EXPRESSIONS if timezone in OFTEN_IN else sorted({*EXPRESSIONS} - {*OFTEN}):
        expected = walk.fires(expression)
        assert expected.count(1) > 0
        assert fires(expression, timezone) == expected, expression
