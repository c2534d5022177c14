"""The clock of the schedules: it goes on ticking when the system's clock is set back."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import pytest

from app.db import clock
from app.db.queries import counts, filters
from app.processes.scheduler import Clock
from app.queue import JobContext, job
from app.queue.acts.schedules import declare_all
from app.queue.repair.sweep import Sweep
from app.queue.transport import sender
from tests.waiting import until

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("room")


class SystemClock:
    """The system's clock, as APScheduler and Jobdeck read it; a test sets it."""

    def __init__(self) -> None:
        """Be right."""
        self.offset = timedelta()

    def now(self, zone: tzinfo | None = None) -> datetime:
        """Return the time of day, for APScheduler."""
        return datetime.now(zone) + self.offset


@pytest.fixture
def system_clock(monkeypatch: pytest.MonkeyPatch) -> SystemClock:
    """A clock that everybody here reads."""
    system, true_now = SystemClock(), clock.now
    for module in (
        "db.clock",
        "db.lifecycle.start",
        "db.lifecycle.pending",
        "db.schedules",
        "queue.acts.schedules",
        "queue.repair.sweep",
    ):
        monkeypatch.setattr(f"app.{module}.now", lambda: true_now() + system.offset)
    monkeypatch.setattr("app.processes.scheduler.now", lambda: true_now() + system.offset)
    for module in ("schedulers.base", "triggers.interval"):
        monkeypatch.setattr(f"apscheduler.{module}.datetime", _Datetime(system))
    return system


class _Datetime:
    """`datetime.datetime` with another `now`."""

    def __init__(self, clock: SystemClock) -> None:
        self.now = clock.now

    def __getattr__(self, name: str) -> object:
        return getattr(datetime, name)


class CountingSweep(Sweep):
    """A sweep that counts its ticks and does nothing else."""

    ticks = 0

    def tick(self) -> None:
        """Count."""
        self.ticks += 1


@pytest.fixture
def sweep() -> Iterator[CountingSweep]:
    """A sweep that a running clock ticks, with a schedule of every second beside it."""

    @job(schedule="* * * * * *")
    def each_second(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    declare_all()
    counting = CountingSweep()
    clock = Clock(counting)
    clock.start()
    try:
        yield counting
    finally:
        clock.stop()


def test_a_clock_that_is_set_back_stops_neither_the_sweep_nor_the_schedules(
    system_clock: SystemClock, sweep: CountingSweep
) -> None:
    until(lambda: sweep.ticks >= 1 and fired() >= 1)
    system_clock.offset += HOUR
    before = fired()
    until(lambda: fired() > before)

    system_clock.offset -= HOUR

    ticks, before = sweep.ticks, fired()
    until(lambda: sweep.ticks >= ticks + 2 and fired() >= before + 2)


def fired() -> int:
    """Count the jobs that the schedule started."""
    return counts.count_jobs(filters.JobFilter()).count
