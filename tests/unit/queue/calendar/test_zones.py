"""What a zone's clock shows around a change of its offset."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.queue.calendar.zones import changes_of_day, find_zone, first_valid, stretch_at, wall_time

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
SPRING = datetime(2027, 3, 28, 1)
AUTUMN = datetime(2027, 10, 31, 1)


@pytest.mark.parametrize("name", ["Mars/Base", "Europe", "../UTC", "", "UTC\0"])
def test_what_is_no_zone_is_none(name: str) -> None:
    assert find_zone(name) is None


def test_the_clock_goes_on_an_hour_in_spring_and_back_in_autumn() -> None:
    assert changes_of_day(BERLIN, date(2027, 3, 28)) == ((SPRING, HOUR),)
    assert changes_of_day(BERLIN, date(2027, 10, 31)) == ((AUTUMN, -HOUR),)
    assert changes_of_day(BERLIN, date(2027, 3, 29)) == ()
    assert [wall_time(BERLIN, at).hour for at in (SPRING - HOUR, SPRING, AUTUMN - HOUR, AUTUMN)] == [1, 3, 2, 2]


def test_of_a_time_that_comes_twice_the_first_counts_and_of_one_that_is_left_out_the_end_of_the_gap() -> None:
    assert first_valid(BERLIN, datetime(2027, 10, 31, 2, 30)) == AUTUMN - HOUR / 2
    assert first_valid(BERLIN, datetime(2027, 3, 28, 2, 30)) == SPRING


def test_a_day_that_was_left_out_at_the_end_of_a_year_ends_at_the_change() -> None:
    kiritimati = ZoneInfo("Pacific/Kiritimati")  # it went to the other side of the date line without 31 December 1994

    assert changes_of_day(kiritimati, date(1995, 1, 1)) == ((datetime(1994, 12, 31, 10), timedelta(days=1)),)
    assert first_valid(kiritimati, datetime(1994, 12, 31, 23)) == datetime(1994, 12, 31, 10)


def test_a_stretch_begins_and_ends_where_the_offset_changes_or_the_year_does() -> None:
    assert stretch_at(BERLIN, SPRING) == (SPRING, AUTUMN, 2 * HOUR)
    assert stretch_at(BERLIN, AUTUMN) == (AUTUMN, datetime(2028, 1, 1), HOUR)
