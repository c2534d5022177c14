"""Rules in words."""

from datetime import UTC, date, datetime, time

from app.queue.calendar.rule import Rule
from app.queue.calendar.sentences import sentence

NIGHT = ((time(22), time(6)),)


def test_numbers_and_steps_are_said_as_people_say_them() -> None:
    assert sentence(Rule(cron=("0 0 31 * *",))) == "At 00:00 on the 31st day of every month"
    assert sentence(Rule(cron=("0 0 22,23 * *",))) == "At 00:00 on the 22nd and the 23rd day of month"
    assert sentence(Rule(cron=("*/13 * * * *",))) == "Every 13th minute of every hour"
    assert sentence(Rule(cron=("*/61 * * * *",))) == "At the start of every hour"
    assert sentence(Rule(cron=("0 0 * */12 *",))) == "At 00:00 every day in January"
    assert sentence(Rule(cron=("0 0 * * */7",))) == "At 00:00 on Sunday"
    assert sentence(Rule(cron=("0 0 */31 * *",))) == "At 00:00 on the first day of every month"


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
