"""Schedules as others read them: a crontab and a calendar."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any, cast

import pytest
from icalendar import Calendar

from app.queue import JobContext, Secret, job
from app.queue.acts.schedules.changing import Wish, create, pause
from app.queue.acts.schedules.moving.crontab import read
from app.queue.acts.schedules.moving.exporting import calendar, crontab
from app.queue.acts.schedules.reading import list_states
from app.queue.transport import sender
from tests.actors import ME

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)
pytestmark = [pytest.mark.usefixtures("room")]


@pytest.fixture(autouse=True)
def kinds(room: object, set_clock: Callable[[datetime], None]) -> None:
    """A kind with params, and commands."""

    @job(title="Tidy up")
    def tidy(ctx: JobContext, size: int = 3, key: Secret | None = None) -> None:
        """Do nothing."""

    @job
    def run_command(
        ctx: JobContext,
        command: str,
        folder: str | None = None,
        environment: list[str] | None = None,
        shell: bool = False,
    ) -> None:
        """Do nothing."""

    sender.connect(None)
    set_clock(NOON)


def make(kind: str = "tidy", **wish: Any) -> int:
    return create(kind, cast("Wish", wish), by=ME).id


def exported() -> str:
    return crontab(list_states(), program=["python", "main.py", "start"])


def test_an_exported_crontab_is_read_back_as_the_same_rules() -> None:
    make(cron=("30 2 * * 1-5", "0 0 13 * 5"), timezone="Europe/Berlin", params={"size": 5})
    make("run_command", cron=("*/20 * * * *",), params={"command": "echo 50% '$HOME'", "folder": "/srv x"})
    make(every_seconds=7200)
    entries = read(exported(), timezone="UTC")
    assert [(one.rule.cron[0], one.rule.timezone, one.params["command"]) for one in entries if one.rule] == [
        ("30 2 * * 1-5", "Europe/Berlin", "python main.py start tidy size=5 key=null"),
        ("0 0 13 * 5", "Europe/Berlin", "python main.py start tidy size=5 key=null"),
        ("*/20 * * * *", "UTC", "cd '/srv x' && echo 50% '$HOME'"),
        ("0 */2 * * *", "UTC", "python main.py start tidy size=3 key=null"),
    ]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"cron": ("*/5 0 3 * * *",)}, "cron knows no seconds"),
        ({"cron": ("0 3 L * *",)}, "cron reads 0 3 L * * in another way"),
        ({"cron": ("0 3 * * 5#2",)}, "in another way"),
        ({"cron": ("5/15 * * * *",)}, "in another way"),
        ({"at": datetime(2028, 1, 1, tzinfo=UTC)}, "it fires once"),
        ({"every_seconds": 90}, "does not divide"),
        ({"every_seconds": 3600, "aligned": False}, "counted from the start before"),
        ({"cron": ("0 3 * * *",), "params": {"key": "k"}}, "hold a secret"),
    ],
)
def test_what_a_crontab_cannot_say_stands_there_with_its_reason(wish: dict[str, Any], said: str) -> None:
    make(**wish)
    found = exported()
    assert read(found, timezone="UTC") == []
    assert "# Left out: " in found
    assert said in found


def test_what_is_lost_and_what_is_paused_is_said() -> None:
    schedule_id = make(cron=("0 3 * * *",), not_between=((time(22), time(2)),), overlap="skip")
    pause(schedule_id, by=ME)
    found = exported()
    for words in ("the days and hours without it", "while a job is unfinished, skip", "does not make up for"):
        assert words in found
    assert "# paused: 0 3 * * * python" in found
    assert read(found, timezone="UTC") == []


def test_a_calendar_has_the_instants_of_four_weeks_in_utc() -> None:
    make(cron=("30 2 * * *",), timezone="America/New_York", name="Nightly tidy")
    make(cron=("* * * * *",), name="too often")
    paused = make(cron=("0 4 * * *",), name="paused")
    pause(paused, by=ME)
    events = Calendar.from_ical(calendar(list_states(), at=NOON)).events
    assert {str(one["SUMMARY"]) for one in events} == {"Nightly tidy"}
    assert len(events) == 28
    assert events[0].start == datetime(2027, 1, 2, 7, 30, tzinfo=UTC)
    assert (events[0].end - events[0].start).total_seconds() == 60
    assert len({str(one["UID"]) for one in events}) == 28
