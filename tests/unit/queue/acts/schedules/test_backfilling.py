"""Instants of a past time that started no job, run afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.actor import ActorKind
from app.db import State
from app.db.queries import details
from app.db.queries.schedules import list_changes, list_fires
from app.errors import InvalidInput, NotFound
from app.jobs.backfill import backfill
from app.queue import JobContext, job, registry
from app.queue.acts.schedules import backfilling
from app.queue.acts.schedules.changing import Wish, create, pause
from app.queue.acts.schedules.firing import fire
from app.queue.transport import sender
from tests.actors import ME, person

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def kinds(room: object, set_clock: Callable[[datetime], None]) -> None:
    """A kind to schedule, at noon."""

    @job(title="Tidy up")
    def tidy(ctx: JobContext, size: int = 3) -> None:
        """Do nothing."""

    registry.add(backfill)
    sender.connect(None)
    set_clock(NOON)


def hourly(**wish: object) -> int:
    """Make a schedule that fires at the full hour."""
    return create("tidy", Wish(cron=("0 * * * *",), **wish), by=ME).id  # type: ignore[typeddict-item]  # of a Wish


def test_instants_without_a_job_are_missed_also_before_the_schedule_was_made(
    set_clock: Callable[[datetime], None],
) -> None:
    schedule_id = hourly()
    pause(schedule_id, reason="holidays", by=ME)
    set_clock(NOON + HOUR)
    fire([schedule_id])
    found = backfilling.missed(schedule_id, since=NOON - HOUR, until=NOON + HOUR)
    assert found == [NOON - HOUR, NOON, NOON + HOUR]


def test_an_instant_has_one_job_however_often_it_is_asked_for(set_clock: Callable[[datetime], None]) -> None:
    schedule_id = hourly()
    set_clock(NOON + HOUR)
    fire([schedule_id])
    assert backfilling.start_one(schedule_id, NOON + HOUR, by=ME) is None
    made = backfilling.start_one(schedule_id, NOON, by=person("ops"))
    assert made is not None
    assert (made.schedule_id, made.scheduled_for) == (schedule_id, NOON)
    assert backfilling.start_one(schedule_id, NOON, by=ME) is None
    assert [(one.instant, one.reason) for one in list_fires(schedule_id, limit=9)] == [
        (NOON + HOUR, ""),
        (NOON, "It was run afterwards; ops asked for it."),
    ]


def test_what_was_skipped_becomes_started_and_says_who_asked(set_clock: Callable[[datetime], None]) -> None:
    schedule_id = hourly()
    pause(schedule_id, reason="holidays", by=ME)
    set_clock(NOON + HOUR)
    fire([schedule_id])
    made = backfilling.start_one(schedule_id, NOON + HOUR, by=person("ops"))
    [fired] = list_fires(schedule_id, limit=9)
    assert made is not None
    assert (fired.job_id, fired.outcome) == (made.id, "started")


def test_an_act_waits_ten_seconds_and_is_kept_among_the_changes() -> None:
    schedule_id = hourly(name="Look")
    asked = backfilling.ask(schedule_id, since=NOON - 5 * HOUR, until=NOON, by=person("ops"))
    assert (asked.kind, asked.title, asked.state) == ("backfill", "Run 6 missed instants of Look", State.SCHEDULED)
    assert asked.run_at is not None
    assert asked.run_at - asked.created_at == timedelta(seconds=10)
    assert list_changes(schedule_id)[0].act == "run the missed ones"


def test_the_job_starts_one_for_each_in_the_name_of_who_asked() -> None:
    schedule_id = hourly()
    asked = backfilling.ask(schedule_id, since=NOON - 2 * HOUR, until=NOON, by=person("ops"))
    assert asked.id == 1  # as the number of a job that runs inline
    done = backfill.run_inline(schedule_id, NOON - 2 * HOUR, NOON)
    assert done.result == "3 started"
    fires = list_fires(schedule_id, limit=9)
    assert [one.instant for one in fires] == [NOON, NOON - HOUR, NOON - 2 * HOUR]
    job_id = fires[0].job_id
    assert job_id is not None
    by = details.list_transitions(job_id)[0].actor
    assert (by.kind, by.name, by.via) == (ActorKind.PERSON, "ops", f"job #{asked.id}")
    assert backfill.run_inline(schedule_id, NOON - 2 * HOUR, NOON).result == "0 started"


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (NOON - HOUR, NOON + HOUR, "This time is to come"),
        (NOON, NOON - HOUR, "It begins after its end"),
        (NOON - 2000 * DAY, NOON, "There are more than 10,000 instants"),
        (NOON - HOUR / 2, NOON - HOUR / 3, "Every instant of this time has had its job"),
    ],
)
def test_a_time_that_does_not_fit_is_refused(since: datetime, until: datetime, said: str) -> None:
    schedule_id = hourly()
    with pytest.raises(InvalidInput) as refused:
        backfilling.ask(schedule_id, since=since, until=until, by=ME)
    assert said in refused.value.fields[0].message


def test_a_schedule_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotFound):
        backfilling.ask(77, since=NOON - HOUR, until=NOON, by=ME)
