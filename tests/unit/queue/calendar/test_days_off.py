"""Days without a fire that come from a country's holidays or from a calendar file."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from app.queue.calendar.days_off import BadDays, calendar_days, public_holidays

BERLIN = ZoneInfo("Europe/Berlin")
BEGIN = date(2027, 6, 1)


def ics(*events: str) -> str:
    """Write a calendar file."""
    named = (event if event.startswith("UID:") else f"UID:{number}\r\n{event}" for number, event in enumerate(events))
    inner = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in named)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{inner}END:VCALENDAR\r\n"


def days(*events: str) -> list[str]:
    return [day.isoformat() for day in calendar_days(ics(*events), zone=BERLIN, begin=BEGIN)]


def test_holidays_of_a_country_and_of_a_part_of_it_begin_today() -> None:
    germany, bavaria = public_holidays("DE", begin=BEGIN), public_holidays("de-by", begin=BEGIN)
    assert germany[0] == date(2027, 10, 3)
    assert date(2027, 11, 1) in bavaria
    assert date(2027, 11, 1) not in germany
    assert germany[-1].year == 2032
    assert date(2027, 8, 8) in public_holidays("DE-Augsburg", begin=BEGIN)  # some parts have names
    assert public_holidays("de-augsburg", begin=BEGIN) == public_holidays("DE-Augsburg", begin=BEGIN)


@pytest.mark.parametrize(("place", "said"), [("XX", "two letters"), ("DE-QQ", "DE-BB"), ("", "not known")])
def test_a_place_that_is_not_known_is_said_so(place: str, said: str) -> None:
    with pytest.raises(BadDays, match=said):
        public_holidays(place, begin=BEGIN)


def test_whole_days_end_before_their_end_and_past_ones_are_left_out() -> None:
    assert days("DTSTART;VALUE=DATE:20271224\r\nDTEND;VALUE=DATE:20271227", "DTSTART;VALUE=DATE:20270501") == [
        "2027-12-24",
        "2027-12-25",
        "2027-12-26",
    ]


def test_an_event_with_times_takes_the_local_days_it_touches() -> None:
    assert days("DTSTART:20270701T220000Z\r\nDTEND:20270702T220000Z") == ["2027-07-02"]
    assert days("DTSTART:20270701T100000Z\r\nDTEND:20270702T230000Z") == ["2027-07-01", "2027-07-02", "2027-07-03"]


def test_a_yearly_event_comes_again_but_for_what_is_left_out() -> None:
    found = days(
        "DTSTART;VALUE=DATE:20200801\r\nRRULE:FREQ=YEARLY;UNTIL=20300801\r\nEXDATE;VALUE=DATE:20280801",
        "DTSTART;TZID=Europe/Berlin:20260602T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=YEARLY;COUNT=3",
    )
    assert found == ["2027-06-02", "2027-08-01", "2028-06-02", "2029-08-01", "2030-08-01"]


def test_a_repeated_event_comes_on_the_weekdays_of_its_own_clock() -> None:
    monday_evening = "DTSTART;TZID=America/New_York:20270607T200000\r\nDURATION:PT1H\r\n"
    assert days(f"{monday_evening}RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2") == ["2027-06-08", "2027-06-15"]  # in Berlin
    assert days("DTSTART:20270607T230000Z\r\nRRULE:FREQ=MONTHLY;BYDAY=1MO;COUNT=2") == ["2027-06-08", "2027-07-06"]


def test_one_of_many_that_is_moved_or_cancelled_is_not_there() -> None:
    found = days(
        "UID:party\r\nDTSTART;VALUE=DATE:20270701\r\nRRULE:FREQ=YEARLY;COUNT=3",
        "UID:party\r\nRECURRENCE-ID;VALUE=DATE:20280701\r\nDTSTART;VALUE=DATE:20280703",
        "UID:party\r\nRECURRENCE-ID;VALUE=DATE:20290701\r\nDTSTART;VALUE=DATE:20290701\r\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20270801\r\nSTATUS:CANCELLED",
    )
    assert found == ["2027-07-01", "2028-07-03"]


def test_an_end_and_what_is_left_out_may_be_named_by_their_days() -> None:
    found = days(
        "DTSTART;TZID=Europe/Berlin:20270701T080000\r\nRRULE:FREQ=DAILY;UNTIL=20270704\r\nEXDATE;VALUE=DATE:20270702",
    )
    assert found == ["2027-07-01", "2027-07-03", "2027-07-04"]


def test_a_night_over_a_change_of_the_clock_takes_its_two_days() -> None:
    assert days("DTSTART;TZID=Europe/Berlin:20271030T220000\r\nDTEND;TZID=Europe/Berlin:20271031T030000") == [
        "2027-10-30",
        "2027-10-31",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "BEGIN:VCALENDAR\r\n",
        ics("SUMMARY:no start"),
        ics("DTSTART:soon"),
        ics("DTSTART:19700101T000000Z\r\nRRULE:FREQ=SECONDLY"),
    ],
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(BadDays):
        calendar_days(text, zone=BERLIN, begin=BEGIN)


def test_a_file_that_takes_too_long_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 100, 6))
    monkeypatch.setattr("app.queue.calendar.days_off.monotonic", lambda: next(seconds))
    each = "DTSTART;VALUE=DATE:20270701\r\nRRULE:FREQ=YEARLY"
    assert len(days(each)) == 5
    with pytest.raises(BadDays, match="It has too many events that come again"):
        days(each, each, each)
