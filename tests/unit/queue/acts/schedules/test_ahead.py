"""Schedules are made ready before they are due; what they start is what they say at their instant."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

import pytest
from pydantic import Field

from app.db import JobFilter, JobSnapshot
from app.db.models.schedules import ScheduleRow
from app.db.queries import jobs
from app.db.queries.schedules import get_schedule, list_fires
from app.db.sql.sessions import session
from app.queue import JobContext, job
from app.queue.acts.schedules.ahead import Ahead
from app.queue.acts.schedules.changing import Wish, create, delete, edit, pause
from app.queue.transport import sender
from tests.actors import ME

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SetClock = Callable[[datetime], None]
pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def each(room: object) -> None:
    """A kind to schedule."""

    @job
    def tidy(ctx: JobContext, size: int = 3) -> None:
        """Do nothing."""

    sender.connect(None)


def made_ready(at: datetime, set_clock: SetClock) -> Ahead:
    """Make all ready that is due soon, at an instant."""
    set_clock(at)
    ahead = Ahead()
    ahead.look()
    while not ahead.make_some_ready():
        pass
    return ahead


def started() -> list[JobSnapshot]:
    """Return the jobs that were started, the earliest first."""
    return list(jobs.list_jobs(JobFilter(), limit=200).items)[::-1]


def fire(ahead: Ahead, at: datetime, set_clock: SetClock) -> None:
    """Decide on what is due at an instant."""
    set_clock(at)
    ahead.fire_due()


def test_the_next_instant_of_any_schedule_is_told_when_it_is_near(set_clock: SetClock) -> None:
    set_clock(NOON)
    create("tidy", Wish(at=NOON + 60 * SECOND), by=ME)
    create("tidy", Wish(at=NOON + 5 * SECOND), by=ME)
    assert Ahead().look() == NOON + 5 * SECOND
    set_clock(NOON - 30 * SECOND)
    assert Ahead().look() is None


@pytest.mark.thorough
def test_many_that_are_due_at_one_instant_start_one_job_each_and_come_again(set_clock: SetClock) -> None:
    set_clock(NOON - 5 * SECOND)
    ids = [create("tidy", Wish(cron=("0 * * * *",)), by=ME).id for _ in range(120)]
    ahead = made_ready(NOON - 5 * SECOND, set_clock)
    fire(ahead, NOON, set_clock)
    fire(ahead, NOON, set_clock)
    assert sorted(one.schedule_id or 0 for one in started()) == ids
    assert {one.scheduled_for for one in started()} == {NOON}
    assert {get_schedule(one).next_at for one in ids} == {NOON + timedelta(hours=1)}


def test_what_changes_after_a_schedule_was_made_ready_counts(set_clock: SetClock) -> None:
    set_clock(NOON - 5 * SECOND)
    edited, paused, deleted, moved = (create("tidy", Wish(cron=("0 * * * *",)), by=ME).id for _ in range(4))
    ahead = made_ready(NOON - 5 * SECOND, set_clock)
    edit(edited, Wish(params={"size": 7}), by=ME)
    pause(paused, reason="the disk is full", by=ME)
    delete(deleted, by=ME)
    edit(moved, Wish(cron=("30 * * * *",)), by=ME)

    fire(ahead, NOON, set_clock)

    assert [(one.schedule_id, one.params) for one in started()] == [(edited, {"size": 7})]
    assert [one.reason for one in list_fires(paused, limit=10)] == ["Paused by me: the disk is full"]
    assert list_fires(moved, limit=10) == []


def test_a_default_of_the_moment_is_that_of_the_instant(set_clock: SetClock) -> None:
    moments = iter(("too early", "at the instant"))

    @job
    def stamp(ctx: JobContext, moment: Annotated[str, Field(default_factory=lambda: next(moments))]) -> None:
        """Do nothing."""

    set_clock(NOON - 5 * SECOND)
    with session(write=True) as opened:
        opened.add(
            ScheduleRow(kind="stamp", cron="0 * * * *", timezone="UTC", params={}, created_at=NOON, next_at=NOON)
        )
    ahead = made_ready(NOON - 5 * SECOND, set_clock)
    next(moments)
    fire(ahead, NOON, set_clock)
    assert [one.params for one in started()] == [{"moment": "at the instant"}]


def test_a_row_that_cannot_be_read_keeps_no_other_from_firing(set_clock: SetClock) -> None:
    set_clock(NOON - 5 * SECOND)
    with session(write=True) as opened:
        opened.add(ScheduleRow(kind="tidy", cron="nonsense", timezone="UTC", params={}, created_at=NOON, next_at=NOON))
    good = create("tidy", Wish(cron=("0 * * * *",)), by=ME).id
    ahead = made_ready(NOON - 5 * SECOND, set_clock)
    fire(ahead, NOON, set_clock)
    assert [one.schedule_id for one in started()] == [good]


def test_what_the_clock_moved_too_far_comes_back_when_it_is_right(set_clock: SetClock) -> None:
    set_clock(NOON + timedelta(hours=1))  # it is an hour ahead
    schedule_id = create("tidy", Wish(cron=("*/10 * * * *",)), by=ME).id
    assert get_schedule(schedule_id).next_at == NOON + timedelta(minutes=70)
    set_clock(NOON)
    Ahead().look()
    assert get_schedule(schedule_id).next_at == NOON + timedelta(minutes=10)
    version = get_schedule(schedule_id).version
    Ahead().look()
    assert get_schedule(schedule_id).version == version
