"""What is imported: looked at first, made once."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from app.db.queries.schedules import list_schedules
from app.errors import InvalidInput
from app.queue import JobContext, Secret, job
from app.queue.acts.schedules.moving.importing import Import, look, take_over
from app.queue.transport import sender
from tests.actors import ME

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
BEAT = """beat_schedule = {
    "tidy": {"task": "shop.tidy", "schedule": crontab(minute=30, hour=2), "args": (5,), "kwargs": {"key": "k"}},
    "gone": {"task": "shop.gone", "schedule": 60},
    "wide": {"task": "shop.tidy", "schedule": 60, "args": (1, "k", 3)},
    "bad": {"task": "shop.tidy", "schedule": 60, "args": ("many",)},
}
timezone = "America/New_York"
"""
pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def kinds(room: object, set_clock: Callable[[datetime], None]) -> None:
    """A kind that a task stands for, and commands that are off."""

    @job(title="Tidy up")
    def tidy(ctx: JobContext, size: int = 3, key: Secret = Secret("k")) -> None:  # noqa: B008
        """Do nothing."""

    @job(off_unless="allow_commands")
    def run_command(ctx: JobContext, command: str, shell: bool = False) -> None:
        """Do nothing."""

    sender.connect(None)
    set_clock(NOON)


def beat(**kinds: str) -> Import:
    return Import(text=BEAT, format="celery", kinds={name.replace("_", "."): kind for name, kind in kinds.items()})


def test_a_look_shows_what_an_entry_becomes_and_makes_nothing() -> None:
    tidy = look(beat(), by=ME)[0]
    assert (tidy.kind, tidy.shown_params, tidy.problem) == ("tidy", {"size": 5, "key": "•••"}, None)
    assert tidy.sentence == "At 02:30 every day"
    [differs] = tidy.differs
    assert differs.why == "The clock goes from 02:00 to 03:00: Celery fires at 03:30, Jobdeck at 03:00."
    assert list_schedules() == []


def test_what_does_not_fit_is_not_made_and_says_why() -> None:
    found = take_over(beat(), by=ME)
    assert [one.schedule_id is not None for one in found] == [True, False, False, False]
    gone, wide, bad = (one.problem or "" for one in found[1:])
    assert "There is no kind for shop.gone" in gone
    assert wide == "It gives 3 arguments; tidy takes 2."
    assert "size:" in bad
    [made] = list_schedules()
    assert (made.name, made.cron, made.timezone, made.params["size"]) == (
        "tidy",
        ("30 2 * * *",),
        "America/New_York",
        5,
    )


def test_another_kind_can_stand_for_a_task() -> None:
    assert [one.kind for one in look(beat(shop_gone="tidy"), by=ME)][1] == "tidy"


def test_the_same_text_twice_makes_its_schedules_once() -> None:
    [first, *_] = take_over(beat(), by=ME)
    assert take_over(beat(), by=ME)[0].problem == f"It is here already: schedule #{first.schedule_id}."
    assert len(list_schedules()) == 1


def test_commands_are_shown_and_not_made_where_they_are_off() -> None:
    [found] = take_over(Import(text="0 3 * * * backup", format="crontab", timezone="UTC"), by=ME)
    assert found.sentence == "At 03:00 every day"
    assert "JOBDECK_ALLOW_COMMANDS" in (found.problem or "")
    assert list_schedules() == []


def test_a_zone_that_is_not_known_is_refused_before_anything_is_made() -> None:
    with pytest.raises(InvalidInput):
        take_over(Import(text=BEAT, format="celery", timezone="Mars/Base"), by=ME)
    assert list_schedules() == []
