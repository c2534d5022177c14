"""The clock of the schedules: it goes on ticking when the system's clock is set back."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

import pytest

from app.db import clock
from app.db.audit import chain, entries
from app.db.audit.entries import Entry
from app.db.queries import counts, filters
from app.db.schedules.coming import Glance
from app.processes.scheduler import Clock
from app.queue import JobContext, job
from app.queue.acts.schedules.declaring import declare_all
from app.queue.repair.sweep import Sweep
from app.queue.transport import sender
from tests.actors import ME
from tests.patience import patient
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
        "db.lifecycle.start.due",
        "db.lifecycle.start.inserting",
        "db.lifecycle.start.requeue",
        "db.lifecycle.pending",
        "db.schedules.declaring",
        "db.schedules.firing",
        "queue.acts.schedules.ahead",
        "queue.acts.schedules.firing",
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


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_an_entry_of_the_audit_is_linked_also_where_the_sweep_meets_an_error() -> None:
    class Broken(CountingSweep):
        def tick(self) -> None:
            super().tick()
            raise ValueError("broken")

    sender.connect(None)
    entries.note(Entry(act="cancel", target="job:1", by=ME, details={}))
    clock = Clock(broken := Broken())
    clock.start()
    try:
        until(lambda: broken.ticks >= 1 and chain.count_waiting() == 0)
    finally:
        clock.stop()


def fired() -> int:
    """Count the jobs that the schedule started."""
    return counts.count_jobs(filters.JobFilter()).count


def test_a_clock_that_is_stopped_while_it_reads_the_schedules_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    @job(schedule="0 3 * * *")
    def nightly(ctx: JobContext) -> None:
        """Do nothing."""

    def read_slowly(**_: object) -> Glance:
        is_reading.set()
        goes_on.wait(patient(20))
        return Glance(soon=[], has_waiting=False, has_moved=False)

    is_reading, goes_on = threading.Event(), threading.Event()
    monkeypatch.setattr("app.db.schedules.coming.glance", read_slowly)
    sender.connect(None)
    declare_all()
    clock = Clock(CountingSweep())
    clock.start()
    assert is_reading.wait(patient(20))
    stopping = threading.Thread(target=clock.stop, daemon=True)

    stopping.start()
    until(lambda: all(thread.name != "clock watch" for thread in threading.enumerate()))
    goes_on.set()

    stopping.join(timeout=patient(10))
    assert not stopping.is_alive()
