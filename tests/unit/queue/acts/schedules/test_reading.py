"""Schedules that are overdue: their job did not start, did not end, or takes far longer than usual."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.db.lifecycle.start import Message
from app.db.models.jobs import Job
from app.db.models.schedules import ScheduleRow
from app.db.queries.schedules import list_fires
from app.db.sql.sessions import session
from app.queue import JobContext, job
from app.queue.acts.schedules import backfilling
from app.queue.acts.schedules.changing import Wish, create, pause
from app.queue.acts.schedules.firing import fire
from app.queue.acts.schedules.reading import get_state, list_overdue
from app.queue.transport import sender
from tests.actors import ME
from tests.store import claimed, done

SIX = datetime(2027, 1, 1, 6, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SetClock = Callable[[datetime], None]
pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def kinds(room: object, set_clock: SetClock) -> None:
    """A kind to schedule."""

    @job(title="Tidy up")
    def tidy(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    set_clock(SIX - 5 * DAY - MINUTE)


def daily(**wish: object) -> int:
    """Make a schedule that fires at six."""
    return create("tidy", Wish(cron=("0 6 * * *",), **wish), by=ME).id  # type: ignore[typeddict-item]  # of a Wish


def begin(schedule_id: int, at: datetime, set_clock: SetClock, *, started: datetime | None = None) -> Message:
    """Let it fire, and its job begin where `started` says so."""
    set_clock(at)
    [one] = fire([schedule_id])
    message = Message(job_id=one.id, token=1, queue="default", priority="normal", kind="tidy")
    if started is not None:
        assert claimed(message)
        _set_start(one.id, started)
    return message


def _set_start(job_id: int, started: datetime) -> None:
    with session(write=True) as opened:
        row = opened.get(Job, job_id)
        assert row is not None
        row.started_at = started


def run_daily(schedule_id: int, days: int, set_clock: SetClock) -> None:
    """Let it run for four minutes on each of the days before."""
    for ago in range(days, 0, -1):
        at = SIX - ago * DAY
        done(begin(schedule_id, at, set_clock, started=at), at=at + 4 * MINUTE)


def said(schedule_id: int) -> str | None:
    late = get_state(schedule_id).overdue
    return late.sentence if late is not None else None


def test_a_job_that_runs_far_longer_than_its_last_ones_is_overdue(set_clock: SetClock) -> None:
    schedule_id = daily()
    run_daily(schedule_id, 3, set_clock)
    begin(schedule_id, SIX, set_clock, started=SIX + 2 * MINUTE)
    set_clock(SIX + 13 * MINUTE)
    assert said(schedule_id) is None
    set_clock(SIX + 40 * MINUTE)
    assert said(schedule_id) == "Expected 06:00, started 06:02, usually 4 min, running 38 min."
    assert [one.schedule.id for one in list_overdue()] == [schedule_id]


def test_two_runs_teach_nothing(set_clock: SetClock) -> None:
    schedule_id = daily()
    run_daily(schedule_id, 2, set_clock)
    begin(schedule_id, SIX, set_clock, started=SIX)
    set_clock(SIX + 10 * 60 * MINUTE)
    assert said(schedule_id) is None


def test_a_limit_that_was_set_counts_instead_of_what_is_usual(set_clock: SetClock) -> None:
    schedule_id = daily(late_after_seconds=600)
    run_daily(schedule_id, 3, set_clock)
    begin(schedule_id, SIX, set_clock, started=SIX + MINUTE)
    set_clock(SIX + 10 * MINUTE)
    assert said(schedule_id) is None
    set_clock(SIX + 11 * MINUTE)
    assert said(schedule_id) == "Expected 06:00, started 06:01, usually 4 min, running 10 min."


def test_an_instant_that_is_skipped_for_a_job_in_its_way_is_no_run_of_the_schedule(set_clock: SetClock) -> None:
    @job(unique="params")
    def alone(ctx: JobContext) -> None:
        """Do nothing."""

    schedule_id = create("alone", Wish(cron=("0 6 * * *",)), by=ME).id
    set_clock(SIX - 2 * DAY)
    [one] = fire([schedule_id])
    set_clock(SIX - DAY)
    assert fire([schedule_id])[0].id == one.id
    message = Message(job_id=one.id, token=1, queue="default", priority="normal", kind="alone")
    assert claimed(message)
    done(message, outcome="failed", at=SIX - DAY)

    skipped, started = list_fires(schedule_id, limit=2)
    assert (str(skipped.outcome), skipped.reason) == (
        "skipped",
        f"Job #{one.id} of the same unique key was unfinished.",
    )
    assert [run.instant for run in get_state(schedule_id).runs] == [started.instant]


def test_a_job_that_does_not_begin_is_overdue_after_five_minutes(set_clock: SetClock) -> None:
    schedule_id = daily()
    begin(schedule_id, SIX, set_clock)
    set_clock(SIX + 5 * MINUTE)
    assert said(schedule_id) is None
    set_clock(SIX + 6 * MINUTE)
    assert said(schedule_id) == "Expected 06:00, not started for 6 min."


def test_an_older_job_that_hangs_is_told_though_a_newer_one_is_in_time(set_clock: SetClock) -> None:
    schedule_id = daily()
    begin(schedule_id, SIX - DAY, set_clock)
    begin(schedule_id, SIX, set_clock, started=SIX)
    set_clock(SIX + MINUTE)
    assert said(schedule_id) == "Expected 06:00, not started for 1 d."


def test_an_instant_of_which_nothing_became_is_overdue_after_half_a_minute(set_clock: SetClock) -> None:
    schedule_id = daily()
    set_clock(SIX - 5 * DAY + timedelta(seconds=31))
    assert said(schedule_id) == "Expected 06:00, and nothing became of it: is a scheduler running?"
    assert [one.schedule.id for one in list_overdue()] == [schedule_id]


def test_of_a_schedule_that_is_paused_or_broken_nothing_is_expected(set_clock: SetClock) -> None:
    paused, broken = daily(), daily()
    pause(paused, reason="holidays", by=ME)
    with session(write=True) as opened:
        row = opened.get(ScheduleRow, broken)
        assert row is not None
        row.kind = "gone"
    set_clock(SIX - 5 * DAY + MINUTE)
    assert list_overdue() == []


def test_a_job_that_is_run_afterwards_is_not_late_at_once(set_clock: SetClock) -> None:
    schedule_id = daily()
    backfilling.start_one(schedule_id, SIX - 20 * DAY, by=ME)
    assert said(schedule_id) is None
    assert list_overdue() == []
