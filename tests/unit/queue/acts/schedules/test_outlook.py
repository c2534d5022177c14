"""What the coming hours hold."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from app.queue import JobContext, job
from app.queue.acts.schedules.changing import Wish, create, pause
from app.queue.acts.schedules.outlook import Outlook, look_ahead
from app.queue.acts.schedules.reading import list_states
from app.queue.transport import sender
from tests.actors import ME

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = [pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def kinds(room: object, set_clock: Callable[[datetime], None]) -> None:
    """A kind to schedule, at noon."""

    @job(title="Tidy up")
    def tidy(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    set_clock(NOON)


def make(**wish: Any) -> int:
    return create("tidy", cast("Wish", wish), by=ME).id


def look(length: timedelta = DAY) -> Outlook:
    return look_ahead(list_states(), since=NOON, length=length)


def test_each_schedule_has_its_instants_of_the_time() -> None:
    make(name="hourly", cron=("0 * * * *",))
    make(name="minutely", cron=("* * * * *",))
    make(name="next week", cron=("0 0 8 1 *",))
    found = {line.state.title: (len(line.starts), line.count) for line in look().lines}
    assert found == {"hourly": (23, 23), "minutely": (0, 201)}


def test_a_pause_hides_what_it_skips() -> None:
    for_good, for_hours = make(cron=("0 * * * *",)), make(cron=("30 * * * *",))
    pause(for_good, by=ME)
    pause(for_hours, until=NOON + 6 * HOUR, by=ME)
    [line] = look().lines
    assert (line.state.schedule.id, line.starts[0], line.count) == (for_hours, NOON + 6.5 * HOUR, 18)


def test_where_jobs_meet_is_told_with_how_many() -> None:
    for name in ("a", "b", "c"):
        make(name=name, cron=("0 18 * * *",))
    make(name="d", cron=("30 18 * * *",))
    found = look()
    [meeting] = found.meetings
    assert (meeting.begin, meeting.end, meeting.count) == (NOON + 6 * HOUR, NOON + 6 * HOUR + timedelta(minutes=1), 3)
    assert found.busiest == meeting


def test_one_after_the_other_do_not_meet() -> None:
    make(name="a", cron=("0 18 * * *",))
    make(name="b", cron=("1 18 * * *",))
    assert look().meetings == []
    assert look().busiest is None
