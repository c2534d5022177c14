"""Declared schedules fire once, whoever asks first."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.db import JobSnapshot
from app.db.clock import now
from app.db.models.schedules import ScheduleRow
from app.db.queries import counts, filters
from app.db.schedules.declaring import Declaration, declare
from app.queue import JobContext, job
from app.queue.acts.schedules import firing
from app.queue.acts.schedules.changing import run_now
from app.queue.acts.schedules.declaring import declare_all, next_after
from app.queue.acts.schedules.firing import put_right
from app.queue.acts.schedules.reading import list_next
from app.queue.transport import sender
from tests.actors import ME
from tests.patience import patient


def fire(schedule_id: int) -> JobSnapshot | None:
    """Decide on one schedule; it starts one job at most."""
    started = firing.fire([schedule_id])
    assert len(started) <= 1
    return started[0] if started else None


def stop_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let it be `at` for whoever decides on schedules: by a clock that goes on, the next instant comes in between."""
    for module in (
        "db.lifecycle.start.inserting",
        "queue.acts.schedules.firing",
        "db.schedules.declaring",
        "db.schedules.firing",
    ):
        monkeypatch.setattr(f"app.{module}.now", lambda: at)


@pytest.mark.both_databases
@pytest.mark.usefixtures("room")
class TestDeclared:
    """What a kind declares becomes a row, and what is due starts one job."""

    def test_a_declared_schedule_is_made_once_and_rests_when_it_is_declared_no_more(self) -> None:
        @job(schedule=["0 3 * * *", "0 15 * * *"], timezone="Europe/Berlin")
        def nightly(ctx: JobContext) -> None:
            """Do nothing."""

        declare_all()
        declare_all()
        assert [one.cron for one in sorted(list_next(), key=lambda one: one.id)] == [("0 15 * * *",), ("0 3 * * *",)]

        declare([], next_after)
        assert list_next() == []
        declare_all()
        assert len(list_next()) == 2

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    def test_schedulers_that_start_at_once_make_a_declared_schedule_once(self, database: str) -> None:
        both_looked = threading.Barrier(2, timeout=patient(10))
        problems: list[BaseException] = []

        def together(row: ScheduleRow, at: datetime) -> datetime | None:
            both_looked.wait()
            return next_after(row, at)

        def declare_together() -> None:
            try:
                declare([Declaration(kind="nightly", cron="0 3 * * *", timezone="UTC")], together)
            except BaseException as error:
                problems.append(error)

        threads = [threading.Thread(target=declare_together) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert problems == []
        assert [one.kind for one in list_next()] == ["nightly"]

    def test_a_due_schedule_starts_one_job_whoever_asks_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @job(schedule="* * * * * *")
        def each_second(ctx: JobContext, size: int = 3) -> None:
            """Do nothing."""

        sender.connect(None)
        declare_all()
        [schedule] = list_next()
        assert schedule.next_at is not None
        stop_clock(monkeypatch, schedule.next_at)

        started = fire(schedule.id)

        assert started is not None
        assert (started.params, started.created_by, started.schedule_id) == ({"size": 3}, "schedule", schedule.id)
        assert started.scheduled_for is not None
        assert fire(schedule.id) is None
        [moved_on] = list_next()
        assert moved_on.next_at is not None
        assert moved_on.next_at > started.scheduled_for

    def test_what_was_missed_is_made_up_for_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @job(schedule="* * * * *")
        def each_minute(ctx: JobContext) -> None:
            """Do nothing."""

        sender.connect(None)
        at = now()
        long_ago = at - timedelta(days=30)
        stop_clock(monkeypatch, at)
        declare(
            [Declaration(kind="each_minute", cron="* * * * *", timezone="UTC")],
            lambda row, _at: next_after(row, long_ago),
        )
        [schedule] = list_next()
        started = fire(schedule.id)
        assert started is not None
        assert started.scheduled_for is not None
        assert at - started.scheduled_for < timedelta(seconds=60)
        assert fire(schedule.id) is None
        assert counts.count_jobs(filters.JobFilter()).count == 1

    def test_where_the_clock_was_set_back_it_goes_on_with_the_next_instant_and_starts_no_job_twice(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @job(schedule="* * * * *")
        def each_minute(ctx: JobContext) -> None:
            """Do nothing."""

        def fired(at: datetime) -> list[datetime | None]:
            stop_clock(monkeypatch, at)
            put_right()
            [schedule] = list_next()
            started = fire(schedule.id)
            return [started.scheduled_for] if started else []

        sender.connect(None)
        noon = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
        minute, hour = timedelta(minutes=1), timedelta(hours=1)
        stop_clock(monkeypatch, noon)
        declare_all()
        assert fired(noon + hour) == [noon + hour]

        assert fired(noon + timedelta(seconds=30)) == []
        assert fired(noon + minute) == [noon + minute]
        assert fired(noon + hour) == []
        assert fired(noon + hour + minute) == [noon + hour + minute]

    def test_run_now_starts_a_job_and_leaves_the_next_instant(self) -> None:
        @job(schedule="0 0 1 1 *")
        def yearly(ctx: JobContext) -> None:
            """Do nothing."""

        sender.connect(None)
        declare_all()
        [before] = list_next()
        assert run_now(before.id, by=ME).created_by == "me"
        assert list_next() == [before]

    def test_a_schedule_whose_kind_is_gone_moves_on_without_a_job(
        self, room: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at = now()
        stop_clock(monkeypatch, at)
        declare(
            [Declaration(kind="gone", cron="* * * * *", timezone="UTC")],
            lambda *_: at - timedelta(seconds=1),
        )
        [schedule] = list_next()
        assert fire(schedule.id) is None
        [moved_on] = list_next()
        assert moved_on.next_at is not None
        assert moved_on.next_at > at
