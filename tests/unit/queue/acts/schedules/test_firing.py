"""What becomes of instants that were missed, that meet an unfinished job, or that come while a schedule is paused."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.db import JobFilter, JobSnapshot, State
from app.db.lifecycle.start import Message
from app.db.queries import jobs
from app.db.queries.schedules import get_schedule, list_fires
from app.errors import Unavailable
from app.queue import JobContext, cancel, job, start
from app.queue.acts.schedules import firing, planning
from app.queue.acts.schedules.changing import Wish, create, delete, pause, resume, run_now
from app.queue.acts.schedules.reading import get_state
from app.queue.events.types import JobEvent, SchedulesChanged
from app.queue.kinds.registry import registry
from app.queue.transport import sender
from tests.actors import ME, person
from tests.store import claimed, done

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SetClock = Callable[[datetime], None]
pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def each(room: object) -> None:
    """A kind to schedule."""

    @job
    def tidy(ctx: JobContext, size: int = 3) -> None:
        """Do nothing."""

    sender.connect(None)


def hourly(set_clock: SetClock, **wish: object) -> int:
    """Make an hourly schedule at noon."""
    set_clock(NOON)
    return create("tidy", Wish(cron=("0 * * * *",), **wish), by=ME).id  # type: ignore[typeddict-item]


def hourly_alone(set_clock: SetClock, **wish: object) -> int:
    """Make an hourly schedule at noon, of a kind of which one job at a time may be unfinished."""

    @job(unique="params")
    def alone(ctx: JobContext) -> None:
        """Do nothing."""

    set_clock(NOON)
    return create("alone", Wish(cron=("0 * * * *",), **wish), by=ME).id  # type: ignore[typeddict-item]


def fired(schedule_id: int) -> list[tuple[int, str]]:
    """Return what became of the instants: the hour and the outcome, the earliest first."""
    return [(one.instant.hour, str(one.outcome)) for one in reversed(list_fires(schedule_id, limit=100))]


def reasons(schedule_id: int) -> list[str]:
    """Return why, the earliest first."""
    return [one.reason for one in reversed(list_fires(schedule_id, limit=100))]


def end(started: JobSnapshot, outcome: str = "succeeded") -> None:
    """Run a job to its end."""
    message = Message(job_id=started.id, token=1, kind="tidy", queue="default", priority="normal")
    assert claimed(message)
    assert done(message, outcome=outcome) is not None


def test_one_job_makes_up_for_all_that_was_missed(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock)
    set_clock(NOON + 3 * HOUR + timedelta(minutes=20))

    [started] = firing.fire([schedule_id])

    assert started.scheduled_for == NOON + 3 * HOUR
    assert fired(schedule_id) == [(13, "skipped"), (14, "skipped"), (15, "started")]
    assert reasons(schedule_id) == [
        "It was missed; the job for 2027-01-01 15:00:00 UTC makes up for it.",
        "It was missed; the job for 2027-01-01 15:00:00 UTC makes up for it.",
        "It was late by 1200 s.",
    ]
    assert get_schedule(schedule_id).next_at == NOON + 4 * HOUR


def test_all_that_was_missed_is_made_up_for_one_by_one(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, misfire="all")
    set_clock(NOON + 3 * HOUR + timedelta(minutes=20))
    assert [one.scheduled_for for one in firing.fire([schedule_id])] == [NOON + count * HOUR for count in (1, 2, 3)]
    assert firing.fire([schedule_id]) == []


def test_what_was_missed_is_skipped_and_what_is_within_the_tolerance_was_not_missed(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, misfire="skip", misfire_after_seconds=30)
    set_clock(NOON + 2 * HOUR + timedelta(seconds=29))
    [started] = firing.fire([schedule_id])
    assert started.scheduled_for == NOON + 2 * HOUR
    set_clock(NOON + 3 * HOUR + timedelta(seconds=30))
    assert firing.fire([schedule_id]) == []
    assert fired(schedule_id) == [(13, "skipped"), (14, "started"), (15, "skipped")]


def test_of_a_long_time_the_last_instants_are_told_one_by_one_and_the_rest_in_one_row(set_clock: SetClock) -> None:
    set_clock(NOON)
    schedule_id = create("tidy", Wish(every_seconds=1), by=ME).id
    set_clock(NOON + timedelta(days=300))
    [started, *more] = firing.fire([schedule_id])
    assert started.scheduled_for is not None
    assert len(more) == 59  # those of the last minute are in time
    told = list_fires(schedule_id, limit=1000)
    assert len(told) == planning.MOST_LISTED + 1
    assert told[-1].reason.startswith("This one and all others before 2027-10-28 11:58:21 UTC were missed.")


def test_an_instant_is_skipped_while_a_job_of_the_schedule_is_unfinished(
    set_clock: SetClock, told: list[JobEvent]
) -> None:
    schedule_id = hourly(set_clock, overlap="skip")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    set_clock(NOON + 2 * HOUR)
    told.clear()
    assert firing.fire([schedule_id]) == []
    assert reasons(schedule_id)[-1] == f"Job #{first.id} of this schedule was unfinished."
    assert told == [SchedulesChanged(schedule_ids=[schedule_id])]  # no job tells the open pages
    end(first)
    set_clock(NOON + 3 * HOUR)
    assert len(firing.fire([schedule_id])) == 1


def test_a_job_that_a_person_started_now_counts_as_unfinished_too(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, overlap="skip")
    run_now(schedule_id, by=ME)
    set_clock(NOON + HOUR)
    assert firing.fire([schedule_id]) == []


def test_one_instant_waits_for_the_job_before_and_no_second_one(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, overlap="wait")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    for hours in (2, 3):
        set_clock(NOON + hours * HOUR)
        assert firing.fire([schedule_id]) == []
    assert fired(schedule_id) == [(13, "started"), (14, "waiting"), (15, "skipped")]
    assert firing.start_waiting() == []

    end(first)
    [second] = firing.start_waiting()

    assert second.scheduled_for == NOON + 2 * HOUR
    assert firing.start_waiting() == []
    assert fired(schedule_id) == [(13, "started"), (14, "started"), (15, "skipped")]


def test_what_waited_starts_before_what_comes_after_it(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, overlap="wait")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    set_clock(NOON + 2 * HOUR)
    assert firing.fire([schedule_id]) == []

    end(first)  # at the moment in which the next instant comes: nobody has looked yet for what waits
    set_clock(NOON + 3 * HOUR)
    assert firing.fire([schedule_id]) == []

    assert fired(schedule_id) == [(13, "started"), (14, "started"), (15, "waiting")]


def test_an_instant_whose_unique_key_is_taken_is_told(set_clock: SetClock, told: list[JobEvent]) -> None:
    schedule_id = hourly_alone(set_clock)
    start("alone", {}, by=ME)
    set_clock(NOON + HOUR)
    told.clear()

    firing.fire([schedule_id])

    assert fired(schedule_id) == [(13, "skipped")]
    assert told == [SchedulesChanged(schedule_ids=[schedule_id])]


@pytest.mark.parametrize("why", ["paused", "deleted", "same key"])
def test_what_waited_and_starts_no_job_is_told(set_clock: SetClock, told: list[JobEvent], why: str) -> None:
    schedule_id = hourly_alone(set_clock, overlap="wait")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    set_clock(NOON + 2 * HOUR)
    firing.fire([schedule_id])
    end(first)
    if why == "paused":
        pause(schedule_id, by=ME)
    elif why == "deleted":
        delete(schedule_id, by=ME)
    else:
        start("alone", {}, by=ME)
    told.clear()

    firing.start_waiting()

    assert fired(schedule_id)[-1] == (14, "skipped")
    assert told == [SchedulesChanged(schedule_ids=[schedule_id])]


@pytest.mark.parametrize(("error", "is_raised"), [(ZeroDivisionError(), False), (Unavailable("away"), True)])
def test_a_waiting_instant_that_cannot_be_started_keeps_no_other_schedule_from_firing(
    set_clock: SetClock, monkeypatch: pytest.MonkeyPatch, error: Exception, is_raised: bool
) -> None:
    waits, other = hourly(set_clock, overlap="wait"), hourly(set_clock)
    set_clock(NOON + HOUR)
    first, _ = firing.fire([waits, other])
    set_clock(NOON + 2 * HOUR)
    firing.fire([waits, other])
    end(first)
    set_clock(NOON + 3 * HOUR)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("app.db.schedules.waiting.end", fail)
    with pytest.raises(Unavailable) if is_raised else contextlib.nullcontext():
        firing.fire([waits, other])

    assert ((15, "started") in fired(other)) is not is_raised


def test_what_waited_for_a_cancelled_job_gives_way_to_an_instant_that_comes_when_that_has_ended(
    set_clock: SetClock,
) -> None:
    schedule_id = hourly(set_clock, overlap="cancel")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    message = Message(job_id=first.id, token=1, kind="tidy", queue="default", priority="normal")
    assert claimed(message)
    set_clock(NOON + 2 * HOUR)
    assert firing.fire([schedule_id]) == []
    assert done(message, outcome="cancelled") is not None

    set_clock(NOON + 3 * HOUR)
    [latest] = firing.fire([schedule_id])

    assert latest.scheduled_for == NOON + 3 * HOUR
    assert fired(schedule_id) == [(13, "started"), (14, "skipped"), (15, "started")]
    assert firing.start_waiting() == []


def test_the_old_job_is_cancelled_and_the_latest_instant_starts_when_it_has_ended(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, overlap="cancel")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    message = Message(job_id=first.id, token=1, kind="tidy", queue="default", priority="normal")
    assert claimed(message)
    for hours in (2, 3):
        set_clock(NOON + hours * HOUR)
        assert firing.fire([schedule_id]) == []
    assert jobs.get_job(first.id).cancel_requested_at is not None
    assert fired(schedule_id) == [(13, "started"), (14, "skipped"), (15, "waiting")]

    assert done(message, outcome="cancelled") is not None

    [second] = firing.start_waiting()
    assert second.scheduled_for == NOON + 3 * HOUR


def test_what_waits_when_its_schedule_is_deleted_starts_nothing(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, overlap="wait")
    set_clock(NOON + HOUR)
    [first] = firing.fire([schedule_id])
    set_clock(NOON + 2 * HOUR)
    firing.fire([schedule_id])
    delete(schedule_id, by=ME)
    cancel(first.id, by=ME)
    assert firing.start_waiting() == []
    assert fired(schedule_id)[-1] == (14, "skipped")


def test_each_instant_of_a_pause_is_kept_with_who_paused_it_and_why(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock)
    pause(schedule_id, until=NOON + timedelta(minutes=150), reason="the disk is full", by=person("ops"))
    for hours in (1, 2, 3):
        set_clock(NOON + hours * HOUR)
        firing.fire([schedule_id])
    assert fired(schedule_id) == [(13, "skipped"), (14, "skipped"), (15, "started")]
    assert reasons(schedule_id)[0] == "Paused by ops: the disk is full"


def test_a_paused_schedule_shows_the_first_instant_after_the_pause(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock)
    pause(schedule_id, until=NOON + 2 * HOUR, by=ME)
    assert get_state(schedule_id).next == NOON + 2 * HOUR
    pause(schedule_id, by=ME)
    assert get_state(schedule_id).next is None
    resume(schedule_id, by=ME)
    assert get_state(schedule_id).next == NOON + HOUR


def test_after_so_many_failures_in_a_row_it_pauses_and_says_so(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, pause_after_failures=2)
    for hours in (1, 2):
        set_clock(NOON + hours * HOUR)
        [started] = firing.fire([schedule_id])
        end(started, "failed")
    assert get_state(schedule_id).schedule.paused_at is None

    set_clock(NOON + 3 * HOUR)
    assert firing.fire([schedule_id]) == []

    schedule = get_schedule(schedule_id)
    assert (schedule.paused_by, schedule.paused_reason) == ("system", "Its last 2 jobs failed.")
    assert fired(schedule_id)[-1] == (15, "skipped")
    resume(schedule_id, by=ME)
    set_clock(NOON + 4 * HOUR)
    assert len(firing.fire([schedule_id])) == 1  # those before the resume are not counted again


def test_what_failed_counts_from_the_next_instant_on_and_what_still_runs_does_not(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, pause_after_failures=2)
    runs: list[JobSnapshot] = []
    for hours in (1, 2, 3):
        set_clock(NOON + hours * HOUR)
        runs += firing.fire([schedule_id])
    assert len(runs) == 3
    end(runs[0], "failed")
    end(runs[1], "failed")
    assert get_schedule(schedule_id).paused_at is None  # the last one may still succeed

    set_clock(NOON + 4 * HOUR - timedelta(seconds=1))
    assert firing.fire([schedule_id]) == []
    assert get_schedule(schedule_id).paused_at is None
    set_clock(NOON + 4 * HOUR)
    assert firing.fire([schedule_id]) == []

    assert get_schedule(schedule_id).paused_at == NOON + 4 * HOUR
    assert [hour for hour, outcome in fired(schedule_id) if outcome == "skipped"] == [16]


def test_one_success_in_between_and_a_failure_before_the_resume_count_anew(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock, pause_after_failures=2)
    outcomes = ("failed", "succeeded", "failed", "failed")
    for hours, outcome in enumerate(outcomes, start=1):
        set_clock(NOON + hours * HOUR)
        [started] = firing.fire([schedule_id])
        end(started, outcome)
    set_clock(NOON + 5 * HOUR)
    assert firing.fire([schedule_id]) == []
    resume(schedule_id, by=ME)
    for hours, outcome in ((6, "failed"), (7, "failed")):
        set_clock(NOON + hours * HOUR)
        [started] = firing.fire([schedule_id])
        end(started, outcome)
    set_clock(NOON + 8 * HOUR)
    assert firing.fire([schedule_id]) == []


def test_an_interval_from_the_start_before_counts_from_when_it_really_started(set_clock: SetClock) -> None:
    set_clock(NOON)
    schedule_id = create("tidy", Wish(every_seconds=600, aligned=False), by=ME).id
    set_clock(NOON + timedelta(seconds=607))
    assert len(firing.fire([schedule_id])) == 1
    assert get_schedule(schedule_id).next_at == NOON + timedelta(seconds=1207)


def test_a_single_instant_fires_once_and_is_over(set_clock: SetClock) -> None:
    set_clock(NOON)
    schedule_id = create("tidy", Wish(at=NOON + HOUR), by=ME).id
    set_clock(NOON + HOUR)
    [started] = firing.fire([schedule_id])
    assert started.scheduled_for == NOON + HOUR
    assert get_state(schedule_id).next is None


def test_a_schedule_whose_kind_is_gone_is_shown_as_broken_and_fires_nothing(set_clock: SetClock) -> None:
    schedule_id = hourly(set_clock)
    with registry.isolated():
        state = get_state(schedule_id)
        set_clock(NOON + HOUR)
        assert firing.fire([schedule_id]) == []
    assert state.next is None
    assert state.problem is not None
    assert "No file here declares the kind 'tidy' any more." in state.problem
    assert fired(schedule_id) == [(13, "skipped")]
    assert get_schedule(schedule_id).next_at == NOON + 2 * HOUR


@pytest.mark.thorough
def test_many_that_are_due_together_start_together_and_once(set_clock: SetClock) -> None:
    ids = [hourly(set_clock) for _ in range(120)]
    set_clock(NOON + HOUR)
    assert sorted(one.schedule_id or 0 for one in firing.fire(ids)) == ids
    assert firing.fire(ids) == []
    assert len(jobs.list_jobs(JobFilter(states=frozenset({State.QUEUED})), limit=200).items) == 120
