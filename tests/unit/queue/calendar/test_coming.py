"""The next instants, and what is particular about their days."""

from datetime import UTC, datetime

from app.queue.calendar.coming import coming
from app.queue.calendar.rule import Rule


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
