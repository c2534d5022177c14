"""What surprises of a rule is told beforehand, and nothing else."""

from datetime import UTC, datetime

import pytest

from app.queue.calendar.remarks import remarks
from app.queue.calendar.rule import Rule

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("0 0 29 2 *", "29 February only"),
        ("0 0 29 FEB *", "29 February only"),
        ("0 0 29-31 02 *", "29 February only"),
        ("0 0 31 * *", "Months without a 31st are passed over; L is the last day of each month."),
        ("0 0 30 2,4 *", "Months without a 30th are passed over"),
        ("0 0 * * MON#5", "Months without a fifth Monday are passed over; 5L is the last Friday"),
        ("0 0 13 * 5", "one of both is enough"),
        ("0 0 */2 * 1", "both"),
        ("*/7 * * * *", "to the next 0 it is 4 minutes, not 7"),
        ("0 */7 * * *", "to the next 0 it is 3 hours, not 7"),
        ("0/7 * * * *", "to the next 0 it is 4 minutes, not 7"),
        ("0 0 1 */5 *", "to the next January it is 2 months, not 5"),
        ("0 0 * * */2", "to the next Sunday it is 1 day, not 2"),
        ("*/60 * * * *", "only minute 0 is left"),
        ("0 0 1 */12 *", "only January is left"),
        ("0 9 */2 * *", "after the last of a month comes the 1st"),
        ("30 2 * * *", "On 2027-03-28 there is no 02:30: the clock goes from 02:00 to 03:00. It fires at 03:00, once."),
        ("30 2 * * *", "On 2027-10-31 02:30 comes twice: the clock goes from 03:00 back to 02:00. It fires the first"),
    ],
)
def test_what_surprises_is_told_beforehand(expression: str, said: str) -> None:
    told = remarks(Rule(cron=(expression,), timezone="Europe/Berlin"), after=NOON)
    assert any(said in one for one in told), told


def test_of_an_expression_without_surprises_nothing_is_told() -> None:
    for expression in (
        "0 4 * * *",
        "*/15 * * * *",
        "0 9 * * 1-5",
        "30 * * * *",
        "0 0 1 */3 *",
        "0 0 L * *",
        "0 0 31 1,3 *",
    ):
        assert remarks(Rule(cron=(expression,), timezone="Europe/Berlin"), after=NOON) == []


def test_a_crowd_at_the_full_hour_is_told_to_those_that_join_it() -> None:
    assert remarks(Rule(cron=("0 4 * * *",)), after=NOON, others=8) == []
    [said] = remarks(Rule(cron=("0 4 * * *",)), after=NOON, others=9)
    assert said.startswith("9 other schedules")
    assert remarks(Rule(cron=("5 4 * * *",)), after=NOON, others=9) == []
