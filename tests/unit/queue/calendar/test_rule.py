"""Rules: expressions, intervals and single instants, and the days and hours in which they do not fire."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import pytest

from app.queue.calendar.coming import coming
from app.queue.calendar.remarks import remarks
from app.queue.calendar.rule import Rule, problems
from app.queue.calendar.sentences import sentence

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


def test_a_rule_is_said_in_words() -> None:
    assert sentence(Rule(cron=("0 3 * * *",), not_between=NIGHT)) == "At 03:00 every day; not between 22:00 and 06:00"
    assert sentence(Rule(cron=("0 3 * * *", "0 15 * * 1"))) == "At 03:00 every day; and at 15:00 on Monday"
    assert sentence(Rule(cron=("0 0 13 * 5",))) == "At 00:00 on the 13th day of month, and also on Friday"
    assert sentence(Rule(every_seconds=5400)) == "Every 90 minutes"
    assert sentence(Rule(every_seconds=1)) == "Every second"
    assert sentence(Rule(every_seconds=86400, is_aligned=False)) == "Every day, counted from the start before"
    at = datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert sentence(Rule(at=at, timezone="Asia/Tokyo")) == "Once, on 2027-01-01 at 21:00"
    assert sentence(Rule(every_seconds=60, exclude=(date(2027, 12, 24),))) == "Every minute; not on 2027-12-24"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 0 29 2 *", "29 February only"),
        ("0 0 13 * 5", "one of both is enough"),
        ("0 0 */2 * 1", "both"),
        ("*/7 * * * *", "to the next 0 it is 4 minutes, not 7"),
        ("0 */7 * * *", "to the next 0 it is 3 hours, not 7"),
        ("*/60 * * * *", "only minute 0 is left"),
        ("0 9 */2 * *", "after the last of a month comes the 1st"),
        ("30 2 * * *", "On 2027-03-28 there is no 02:30: the clock goes from 02:00 to 03:00. It fires at 03:00, once."),
        ("30 2 * * *", "On 2027-10-31 02:30 comes twice: the clock goes from 03:00 back to 02:00. It fires the first"),
    ],
)
def test_what_surprises_is_told_beforehand(expression: str, said: str) -> None:
    told = remarks(Rule(cron=(expression,), timezone="Europe/Berlin"), after=NOON)
    assert any(said in one for one in told), told


def test_of_an_expression_without_surprises_nothing_is_told() -> None:
    for expression in ("0 4 * * *", "*/15 * * * *", "0 9 * * 1-5", "30 * * * *", "0 0 1 */3 *"):
        assert remarks(Rule(cron=(expression,), timezone="Europe/Berlin"), after=NOON) == []


def test_a_crowd_at_the_full_hour_is_told_to_those_that_join_it() -> None:
    assert remarks(Rule(cron=("0 4 * * *",)), after=NOON, others=8) == []
    [said] = remarks(Rule(cron=("0 4 * * *",)), after=NOON, others=9)
    assert said.startswith("9 other schedules")
    assert remarks(Rule(cron=("5 4 * * *",)), after=NOON, others=9) == []


def test_the_days_on_which_the_clock_changes_are_marked() -> None:
    berlin = Rule(cron=("30 2 * * *",), timezone="Europe/Berlin")
    spring = coming(berlin, after=datetime(2027, 3, 27, 12, tzinfo=UTC), count=2)
    assert [f"{one.local:%d %H:%M}" for one in spring] == ["28 03:00", "29 02:30"]
    assert spring[0].remark == (
        "On this day the clock goes from 02:00 to 03:00: a time in between comes at 03:00, once."
    )
    assert spring[1].remark is None
    half_hours = Rule(cron=("*/30 * * * *",), timezone="Europe/Berlin")
    autumn = coming(half_hours, after=datetime(2027, 10, 31, 0, 15, tzinfo=UTC), count=4)
    assert [(f"{one.local:%H:%M}", (one.remark or "")[-37:]) for one in autumn] == [
        ("02:30", "00: this is 02:30 for the first time."),
        ("02:00", "0: this is 02:00 for the second time."),
        ("02:30", "0: this is 02:30 for the second time."),
        ("03:00", "y the clock goes from 03:00 to 02:00."),
    ]
