"""Rules: expressions, intervals and single instants, and the days and hours in which they do not fire."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from app.queue.calendar.rule import Rule, problems

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
NIGHT = ((time(22), time(6)),)


def first(rule: Rule, count: int, after: datetime = NOON) -> list[str]:
    """Return the next local times of a rule, as "02 03:00"."""
    return [f"{at.astimezone(rule.zone):%d %H:%M}" for at in islice(rule.coming(after), count)]


def test_several_expressions_fire_where_any_does_and_once_where_two_do() -> None:
    rule = Rule(cron=("0 3 * * *", "0 */3 * * *"))
    assert first(rule, 6) == ["01 15:00", "01 18:00", "01 21:00", "02 00:00", "02 03:00", "02 06:00"]


def test_an_interval_falls_on_its_multiples_or_counts_from_the_start_before() -> None:
    after = NOON + timedelta(minutes=7)
    assert first(Rule(every_seconds=900), 2, after) == ["01 12:15", "01 12:30"]
    assert first(Rule(every_seconds=900, is_aligned=False), 2, after) == ["01 12:22", "01 12:37"]


def test_an_interval_from_the_start_before_goes_on_when_the_rest_is_over() -> None:
    evening = NOON.replace(hour=21)
    assert first(Rule(every_seconds=5400, is_aligned=False, not_between=NIGHT), 2, evening) == ["02 06:00", "02 07:30"]
    day = (date(2027, 1, 2),)
    assert first(Rule(every_seconds=5400, is_aligned=False, exclude=day), 1, NOON.replace(hour=23)) == ["03 00:00"]
    both = Rule(every_seconds=5400, is_aligned=False, exclude=day, not_between=NIGHT)
    assert first(both, 1, evening) == ["03 06:00"]


def test_an_interval_goes_on_through_both_passes_of_the_repeated_hour() -> None:
    rule = Rule(every_seconds=1800, timezone="Europe/Berlin")
    after = datetime(2027, 10, 30, 23, 59, tzinfo=UTC)
    assert first(rule, 5, after) == ["31 02:00", "31 02:30", "31 02:00", "31 02:30", "31 03:00"]


def test_a_single_instant_comes_once() -> None:
    rule = Rule(at=NOON + timedelta(hours=1))
    assert first(rule, 2) == ["01 13:00"]
    assert rule.next_after(NOON + timedelta(hours=1)) is None
    assert rule.latest_until(NOON + timedelta(hours=2)) == NOON + timedelta(hours=1)


def test_excluded_days_and_hours_are_those_of_the_zone() -> None:
    rule = Rule(cron=("0 * * * *",), timezone="America/New_York", not_between=NIGHT, exclude=(date(2027, 1, 2),))
    after = datetime(2027, 1, 2, 1, 30, tzinfo=UTC)  # 20:30 on the first in New York
    assert first(rule, 3, after) == ["01 21:00", "03 06:00", "03 07:00"]
    assert rule.latest_until(datetime(2027, 1, 3, 11, 30, tzinfo=UTC)) == datetime(2027, 1, 3, 11, tzinfo=UTC)
    assert rule.latest_until(datetime(2027, 1, 3, 10, 59, tzinfo=UTC)) == datetime(2027, 1, 2, 2, tzinfo=UTC)


def test_a_window_ends_before_its_end_and_may_lie_within_a_day() -> None:
    rule = Rule(cron=("*/30 * * * *",), not_between=((time(12, 30), time(13, 30)),))
    assert first(rule, 2) == ["01 13:30", "01 14:00"]


def test_a_window_around_the_repeated_hour_keeps_what_lies_outside_of_it_in_the_second_pass() -> None:
    rule = Rule(cron=("*/10 * * * *",), timezone="Europe/Berlin", not_between=((time(2, 50), time(3, 10)),))
    after = datetime(2027, 10, 31, 0, 35, tzinfo=UTC)  # 02:35 for the first time
    assert first(rule, 7, after) == [
        "31 02:40",
        "31 02:00",
        "31 02:10",
        "31 02:20",
        "31 02:30",
        "31 02:40",
        "31 03:10",
    ]


def test_every_second_outside_of_the_night_is_found_at_once_from_either_side() -> None:
    rule = Rule(cron=("* * * * * *",), not_between=NIGHT)
    evening, morning = NOON.replace(hour=22), NOON.replace(day=2, hour=6)
    assert rule.next_after(evening) == morning
    assert rule.latest_until(morning - timedelta(seconds=1)) == evening - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("rule", "field", "said"),
    [
        (Rule(cron=("0 3 * * *",), timezone="Mars/Base"), "timezone", "no time zone 'Mars/Base'"),
        (Rule(cron=("0 3 * * *",), timezone="Europe"), "timezone", "no time zone 'Europe'"),
        (Rule(cron=("0 3 * * *",), timezone="../UTC"), "timezone", "no time zone"),
        (Rule(cron=("0 3 * * *",), timezone="right/UTC"), "timezone", "no time zone"),  # 27 s off
        (Rule(cron=("0 3 * * *",), timezone="localtime"), "timezone", "no time zone"),  # another one on each machine
        (Rule(cron=("0 0 31 2 *",)), "cron", "fires never"),
        (Rule(), "cron", "one of cron, every_seconds and at"),
        (Rule(cron=("0 3 * * *",), every_seconds=5), "cron", "one of cron, every_seconds and at"),
        (Rule(every_seconds=0), "every_seconds", "whole number of seconds"),
        (Rule(at=NOON - timedelta(seconds=1)), "at", "past"),
        (Rule(at=datetime(2027, 1, 2, 12)), "at", "time zone"),
        (Rule(at=NOON.replace(hour=23), not_between=NIGHT), "at", "excluded"),
        (Rule(cron=("0 23 * * *",), not_between=NIGHT), "not_between", "fires never"),
        (Rule(cron=("0 23 * * *",), not_between=((time(3), time(3)),)), "not_between", "whole day"),
        (Rule(cron=("0 3 * * *",) * 21), "cron", "At most 20"),
    ],
)
def test_what_cannot_be_followed_is_told_with_its_field(rule: Rule, field: str, said: str) -> None:
    [problem, *_] = problems(rule, after=NOON)
    assert problem.field == field
    assert said in problem.message
