"""When cron, systemd and Celery fire, and where a rule of ours differs. What they do was seen by running them."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest

from app.queue.calendar import cron
from app.queue.calendar.foreign.comparing import differences
from app.queue.calendar.foreign.wall_rule import EVERY, LAST_DAY, Foreign, Gap, WallRule
from app.queue.calendar.foreign.writing import CannotBeWritten, written
from app.queue.calendar.rule import Rule

NEW_YORK = ZoneInfo("America/New_York")
SPRING, AUTUMN = datetime(2027, 3, 14, tzinfo=UTC), datetime(2027, 11, 7, tzinfo=UTC)
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def numbers(*values: int) -> frozenset[int]:
    return frozenset(values)


def clock(rule: WallRule, day: datetime) -> list[str]:
    """Return when it fires on a day of UTC."""
    coming = rule.coming(day - timedelta(seconds=1), NEW_YORK)
    return [f"{at:%H:%M}" for at in takewhile(lambda at: at < day + timedelta(days=1), coming)]


@pytest.mark.parametrize(("gap", "fires"), [("first valid", ["07:00"]), ("shifted", ["07:30"]), ("left out", [])])
def test_a_time_in_the_gap_of_spring_comes_at_its_end_or_later_or_not(gap: Gap, fires: list[str]) -> None:
    assert clock(WallRule(minutes=numbers(30), hours=numbers(2), gap=gap), SPRING) == fires


@pytest.mark.parametrize(("comes_twice", "fires"), [(False, ["05:30"]), (True, ["05:30", "06:30"])])
def test_a_time_of_the_repeated_hour_comes_once_or_twice(comes_twice: bool, fires: list[str]) -> None:
    assert clock(WallRule(minutes=numbers(30), hours=numbers(1), comes_twice=comes_twice), AUTUMN) == fires


def test_days_fit_both_or_either_and_the_last_of_a_month_is_known() -> None:
    both = WallRule(minutes=numbers(0), hours=numbers(0), days=numbers(13), weekdays=numbers(5))
    either = WallRule(minutes=numbers(0), hours=numbers(0), days=numbers(13), weekdays=numbers(5), either_day=True)
    last = WallRule(minutes=numbers(0), hours=numbers(0), days=numbers(LAST_DAY), months=numbers(2))
    days = [[f"{next(one.coming(NOON, ZoneInfo('UTC'))):%Y-%m-%d}"] for one in (both, either, last)]
    assert days == [["2027-08-13"], ["2026-12-04"], ["2027-02-28"]]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (WallRule(minutes=numbers(0, 15, 30, 45)), "*/15 * * * *"),
        (WallRule(minutes=numbers(5), hours=numbers(1, 2, 3, 9), seconds=numbers(10)), "10 5 1-3,9 * * *"),
        (WallRule(minutes=numbers(0), hours=numbers(0), days=numbers(LAST_DAY)), "0 0 L * *"),
        (
            WallRule(minutes=numbers(0), hours=numbers(0), days=numbers(13), weekdays=numbers(5), either_day=True),
            "0 0 13 * 5",
        ),
        (
            WallRule(minutes=numbers(0), hours=numbers(3), days=frozenset(range(8, 15)), weekdays=numbers(1, 5)),
            "0 3 * * 1#2,5#2",
        ),
        (
            WallRule(minutes=numbers(0), hours=numbers(3), days=numbers(1, 9), weekdays=numbers(2)),
            "0 3 */31,1,9 * 2",
        ),
        (
            WallRule(minutes=numbers(0), hours=numbers(3), days=numbers(9), weekdays=numbers(0, 2)),
            "0 3 9 * */7,0,2",
        ),
    ],
)
def test_sets_are_written_as_an_expression_that_means_the_same_here(rule: WallRule, text: str) -> None:
    assert written(rule) == text
    expression = cron.read(text)
    theirs = rule.coming(NOON, ZoneInfo("UTC"))
    at = NOON
    for _ in range(20):
        found = expression.next_after(at, ZoneInfo("UTC"))
        assert found == next(theirs)
        at = found


def test_days_for_which_cron_has_no_words_are_refused() -> None:
    with pytest.raises(CannotBeWritten, match="a day of the month and a weekday at once"):
        written(WallRule(minutes=numbers(0), hours=numbers(3), days=numbers(9, 10), weekdays=numbers(2)))


def test_what_differs_is_told_for_the_changes_of_the_clock_in_the_coming_year() -> None:
    fixed = WallRule(minutes=numbers(30), hours=numbers(2), gap="shifted")
    there = Foreign(program="Celery", timezone="America/New_York", rules=(fixed,))
    [one] = differences(there, Rule(cron=("30 2 * * *",), timezone="America/New_York"), after=NOON)
    assert (one.instant_there, one.instant_here) == (SPRING.replace(hour=7, minute=30), SPRING.replace(hour=7))
    assert one.why == "The clock goes from 02:00 to 03:00: Celery fires at 03:30, Jobdeck at 03:00."


def test_an_interval_by_the_clock_differs_where_its_program_is_silent_in_the_repeated_hour() -> None:
    there = Foreign(
        program="Celery", timezone="America/New_York", rules=(WallRule(minutes=numbers(0, 30), gap="shifted"),)
    )
    found = differences(there, Rule(cron=("*/30 * * * *",), timezone="America/New_York"), after=NOON)
    assert [(one.instant_there, f"{one.instant_here:%m-%d %H:%M}") for one in found] == [
        (None, "11-07 06:00"),
        (None, "11-07 06:30"),
    ]
    assert "does not fire in the repeated time, Jobdeck does in both passes" in found[0].why


def test_other_days_are_told_among_the_next_hundred_instants() -> None:
    there = Foreign(
        program="cron",
        timezone="UTC",
        rules=(WallRule(minutes=numbers(0), hours=numbers(9), weekdays=EVERY["weekdays"]),),
    )
    found = differences(there, Rule(cron=("0 9 * * 1-5",)), after=NOON)
    assert [f"{one.instant_there:%a}" for one in found[:2]] == ["Sat", "Sun"]
    assert all(one.instant_here is None for one in found)
    assert len(found) == 28
