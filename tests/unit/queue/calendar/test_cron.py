"""Cron expressions in a zone, also where the clock changes. The judge is a plain walk over the minutes.

The walk over each minute of ten years in twenty zones is in test_cron_years.py; here it goes over the hours around each
change of a year, one instant asked for after the other and backwards, too, and over a day without one.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.queue.calendar.cron import BadCron, Cron, read
from app.queue.calendar.zones import changes_of_day
from tests.unit.queue.calendar.plain_walk import EXPRESSIONS, ZONES, Walk

YEAR = 2027


def instants(expression: str, timezone: str, after: str, count: int) -> list[str]:
    """List the next instants of an expression, as local times."""
    zone = ZoneInfo(timezone)
    at, found = datetime.fromisoformat(after).replace(tzinfo=zone), []
    for _ in range(count):
        following = read(expression).next_after(at, zone)
        assert following is not None
        at = following
        found.append(at.astimezone(zone).isoformat())
    return found


def changes(zone: ZoneInfo, year: int = YEAR) -> list[datetime]:
    """Return when the offset of a zone changes in a year."""
    days = (datetime(year, 1, 1) + timedelta(days=number) for number in range(365))
    return [at.replace(tzinfo=UTC) for day in days for at, _ in changes_of_day(zone, day.date())]


def forwards(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> list[datetime]:
    """Return the instants of a time by `next_after`."""
    cron, found, at = read(expression), [], begin - timedelta(seconds=1)
    while (following := cron.next_after(at, zone)) is not None and following < end:
        found.append(following)
        at = following
    return found


def backwards(expression: str, zone: ZoneInfo, begin: datetime, end: datetime) -> list[datetime]:
    """Return the instants of a time by `latest_until`."""
    cron, found, at = read(expression), [], end - timedelta(seconds=1)
    while (before := cron.latest_until(at, zone)) is not None and before >= begin:
        found.append(before)
        at = before - timedelta(seconds=1)
    return found[::-1]


def hold_against_a_walk(zone: ZoneInfo, middle: datetime) -> None:
    """Compare the hours around an instant, forwards and backwards."""
    begin, end = middle - timedelta(hours=2, minutes=10), middle + timedelta(hours=3)
    walk = Walk(zone, begin, end)
    for expression in EXPRESSIONS:
        expected = walk.instants(expression)
        assert forwards(expression, zone, begin, end) == expected, (expression, middle)
        assert backwards(expression, zone, begin, end) == expected, (expression, middle)


@pytest.mark.parametrize("name", ZONES)
def test_around_each_change_of_the_clock_it_fires_when_a_walk_over_the_minutes_says(name: str) -> None:
    zone = ZoneInfo(name)
    for middle in (*changes(zone), datetime(2027, 12, 31, 22, tzinfo=UTC)):
        hold_against_a_walk(zone, middle)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Pacific/Apia", 2011),  # left out a day
        ("Europe/Moscow", 2014),  # changed without summer time
        ("Asia/Pyongyang", 2015),
        ("America/Caracas", 2016),  # by half an hour
        ("Europe/Istanbul", 2016),  # stayed in summer time
        ("Asia/Pyongyang", 2018),
        ("America/Sao_Paulo", 2019),  # its last summer time
        ("Asia/Amman", 2022),
        ("America/Nuuk", 2023),
        ("Africa/Cairo", 2023),  # took it up again
    ],
)
def test_where_a_zone_changed_its_rules_it_fires_when_a_walk_over_the_minutes_says(name: str, year: int) -> None:
    zone = ZoneInfo(name)
    assert changes(zone, year)
    for middle in changes(zone, year):
        hold_against_a_walk(zone, middle)


@pytest.mark.parametrize("year", [2027, 2028, 2100])
def test_on_the_last_of_february_it_fires_when_a_walk_over_the_minutes_says(year: int) -> None:
    hold_against_a_walk(ZoneInfo("Europe/Berlin"), datetime(year, 2, 28, 22, tzinfo=UTC))
    hold_against_a_walk(ZoneInfo("Europe/Berlin"), datetime(year, 2, 28, 12, tzinfo=UTC) + timedelta(days=1))


def test_the_judge_sees_the_changes_of_twenty_zones() -> None:
    seen = {name: len(changes(ZoneInfo(name))) for name in ZONES if name != "Africa/Casablanca"}  # of 2026f it has none
    assert [name for name, count in seen.items() if count == 0] == [
        "UTC",
        "America/Sao_Paulo",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Tokyo",
    ]
    assert seen["Europe/Berlin"] == 2


def test_a_time_that_spring_skips_fires_once_when_the_clock_has_moved() -> None:
    assert instants("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", 2) == [
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_time_that_autumn_repeats_fires_once_with_seconds_too() -> None:
    for expression in ("30 2 * * *", "0 30 2 * * *"):
        assert instants(expression, "Europe/Berlin", "2026-10-24T12:00", 2) == [
            "2026-10-25T02:30:00+02:00",
            "2026-10-26T02:30:00+01:00",
        ]


def test_an_interval_fires_in_both_passes_of_the_repeated_hour() -> None:
    assert instants("*/30 * * * *", "Europe/Berlin", "2026-10-25T01:45", 5) == [
        "2026-10-25T02:00:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-25T02:00:00+01:00",
        "2026-10-25T02:30:00+01:00",
        "2026-10-25T03:00:00+01:00",
    ]


def test_midnight_that_a_zone_leaves_out_comes_at_the_first_moment_of_the_day() -> None:
    assert instants("0 0 * * *", "America/Santiago", "2027-09-04T12:00", 2) == [
        "2027-09-05T01:00:00-03:00",
        "2027-09-06T00:00:00-03:00",
    ]


def test_a_day_that_a_zone_left_out_fires_at_the_beginning_of_the_next() -> None:
    assert instants("0 12 30 12 *", "Pacific/Apia", "2011-12-01T00:00", 1) == ["2011-12-31T00:00:00+14:00"]


def test_half_an_hour_of_summer_time_passes_over_nothing() -> None:
    assert instants("30 * * * *", "Australia/Lord_Howe", "2027-10-03T01:00", 2) == [
        "2027-10-03T01:30:00+10:30",
        "2027-10-03T02:30:00+11:00",
    ]
    assert instants("10 */2 * * *", "Australia/Lord_Howe", "2027-04-04T01:00", 1) == ["2027-04-04T02:10:00+10:30"]


def test_weekdays_are_counted_as_cron_counts_them() -> None:
    assert instants("0 9 * * 1", "UTC", "2026-11-20T00:00", 1) == ["2026-11-23T09:00:00+00:00"]  # a Monday
    assert instants("0 9 * * 7", "UTC", "2026-11-20T00:00", 1) == ["2026-11-22T09:00:00+00:00"]  # a Sunday
    assert instants("0 9 * * 0", "UTC", "2026-11-20T00:00", 1) == ["2026-11-22T09:00:00+00:00"]
    assert instants("0 9 * * FRI", "UTC", "2026-11-20T10:00", 1) == ["2026-11-27T09:00:00+00:00"]


def test_two_day_fields_mean_either_unless_one_begins_with_a_star() -> None:
    assert instants("0 0 13 * 5", "UTC", "2026-11-09T00:00", 3) == [
        "2026-11-13T00:00:00+00:00",
        "2026-11-20T00:00:00+00:00",
        "2026-11-27T00:00:00+00:00",
    ]
    assert instants("0 0 */2 * 1", "UTC", "2026-11-01T00:00", 2) == [
        "2026-11-09T00:00:00+00:00",
        "2026-11-23T00:00:00+00:00",
    ]


def test_the_last_day_the_last_friday_and_the_second_monday_are_named() -> None:
    assert instants("0 0 L * *", "UTC", "2027-02-01T00:00", 1) == ["2027-02-28T00:00:00+00:00"]
    assert instants("0 0 LW * *", "UTC", "2027-02-01T00:00", 1) == ["2027-02-26T00:00:00+00:00"]
    assert instants("0 0 * * 5L", "UTC", "2027-02-01T00:00", 1) == ["2027-02-26T00:00:00+00:00"]
    assert instants("0 0 * * MON#2", "UTC", "2027-02-01T00:00", 1) == ["2027-02-08T00:00:00+00:00"]


@pytest.mark.parametrize(
    ("alias", "first"),
    [
        ("@hourly", "2026-11-25T13:00:00+00:00"),
        ("@daily", "2026-11-26T00:00:00+00:00"),
        ("@midnight", "2026-11-26T00:00:00+00:00"),
        ("@weekly", "2026-11-29T00:00:00+00:00"),  # a Sunday
        ("@monthly", "2026-12-01T00:00:00+00:00"),
        ("@yearly", "2027-01-01T00:00:00+00:00"),
        ("@Annually", "2027-01-01T00:00:00+00:00"),
    ],
)
def test_the_names_of_crontabs_are_known(alias: str, first: str) -> None:
    assert instants(alias, "UTC", "2026-11-25T12:30", 1) == [first]


def test_a_leap_day_is_waited_for_and_what_never_comes_is_refused() -> None:
    assert instants("0 0 29 2 *", "Europe/Berlin", "2096-03-01T00:00", 1) == ["2104-02-29T00:00:00+01:00"]
    with pytest.raises(BadCron, match="fires never"):
        Cron("0 0 31 2 *")
    with pytest.raises(BadCron, match="fires never"):
        Cron("0 0 31 APR,JUN *")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "0 fields"),
        ("* * * *", "4 fields"),
        ("60 * * * *", "'60' is no minute"),
        ("* 24 * * *", "'24' is no hour"),
        ("* * 0 * *", "'0' is no day of the month"),
        ("* * * 13 *", "'13' is no month"),
        ("* * * * 8", "'8' is no day of the week"),
        ("0 9 * * FRI-SUN", "a range goes upwards"),
        ("0 9 * * 5-1", "a range goes upwards"),
        ("0 9 15W * *", "the working day next to a date"),
        ("0 9 ? * 1", "write [*] for any"),
        ("*/0 * * * *", "'[*]/0' is no minute"),
        ("@reboot", "'@reboot' is not known"),
        ("٣ * * * *", "plain letters"),
        ("0 " * 400, "at most 300 characters"),
    ],
)
def test_what_is_no_expression_is_told_in_a_sentence_that_names_the_field(text: str, said: str) -> None:
    with pytest.raises(BadCron, match=said):
        Cron(text)


def test_within_the_hour_that_autumn_repeats_the_next_instant_is_not_a_past_one() -> None:
    zone = ZoneInfo("Europe/Berlin")
    at = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Berlin, for the second time
    assert read("30 2 * * *").next_after(at, zone) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert read("30 2 * * *").latest_until(at, zone) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_latest_instant_is_the_one_of_now_itself() -> None:
    at, zone = datetime(2026, 1, 1, 12, 0, tzinfo=UTC), ZoneInfo("UTC")
    assert read("0 12 * * *").latest_until(at, zone) == at
    assert read("0 12 * * *").latest_until(at - timedelta(seconds=1), zone) == at - timedelta(days=1)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("expression", "name"), [("*/30 2 * 3 7L", "Europe/Berlin"), ("*/15 2 * 3 0#2", "America/New_York")]
)
def test_an_interval_in_an_hour_that_each_spring_leaves_out_never_fires(expression: str, name: str) -> None:
    cron, zone = Cron(expression), ZoneInfo(name)

    assert cron.next_after(datetime(2026, 1, 1, tzinfo=UTC), zone) is None
    assert cron.next_after(datetime(9990, 1, 1, tzinfo=UTC), zone) is None
