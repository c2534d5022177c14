"""The scheduler process: APScheduler as the clock of schedules, sweep and housekeeping. It runs no jobs."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from app.db import files
from app.db.clock import CLOCK_STEP, now
from app.db.files import uploads
from app.db.sql import engine
from app.errors import Unavailable
from app.processes.connections import connect_with_kinds
from app.queue.acts import idempotency
from app.queue.acts.schedules import declare_all, fire, go_back, list_active, rule_of
from app.queue.calendar.rule import Rule
from app.queue.repair.sweep import SWEEP_SECONDS, Sweep
from app.queue.worker.heartbeat import Heartbeat
from app.settings import Settings

UPLOADS_KEPT = timedelta(days=2)
"""An upload that no unfinished job names is kept this long, for a retry with the same file."""
PARTS_KEPT = timedelta(hours=1)
"""A file that nobody writes any more, but nobody finished, is kept this long."""
HOUSEKEEPING_MINUTES = 10
SYNC_SECONDS = 1.0
"""How often the table of schedules is read for changes."""
_UNKNOWN = -1
_log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Tick until SIGTERM or SIGINT. Returns the exit status."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    os.umask(0o077)  # what is written here is for its owner alone; no job runs here, whose files it would change
    connect_with_kinds(settings)
    heartbeat = Heartbeat(role="scheduler", name="scheduler")
    heartbeat.start()
    declare_all()
    clock = Clock(Sweep())
    clock.start()
    _log.info("The scheduler is ready.")
    stopping.wait()
    clock.stop()
    heartbeat.stop()
    engine.disconnect()
    return 0


class RuleTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """APScheduler's view of a schedule: first the instant of the row, then those of its rule (`app.queue.calendar`)."""

    def __init__(self, rule: Rule, *, next_at: datetime) -> None:
        """Begin with the row's `next_at`, which may be past: then it is due at once."""
        self._rule, self._next_at = rule, next_at

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the row's instant first, then the one after the previous."""
        if previous_fire_time is None:
            return self._next_at
        return self._rule.next_after(max(previous_fire_time, now))


class Clock:
    """APScheduler with a memory store, filled from the table `schedule` and kept in step with it."""

    def __init__(self, sweep: Sweep) -> None:
        """Know the sweep's and the housekeeping's ticks; schedules come with the first synchronisation."""
        # A tick that comes late is still wanted, once: APScheduler's default would drop it after one second.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        pool = {"default": ThreadPoolExecutor(4)}
        self._clock = BackgroundScheduler(executors=pool, job_defaults=defaults, timezone="UTC")
        self._known: dict[int, int] = {}
        self._was_set_back, self._stopping = threading.Event(), threading.Event()
        self._watch = threading.Thread(target=self._wake_when_set_back, name="clock watch", daemon=True)
        self._synchronising = self._every(SYNC_SECONDS, self.synchronise, "Reading the schedules")
        self._ticks = [
            self._synchronising,
            self._every(SWEEP_SECONDS, sweep.tick, "The sweep"),
            self._every(HOUSEKEEPING_MINUTES * 60, _keep_house, "The housekeeping"),
        ]
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # else it tells each tick

    def start(self) -> None:
        """Begin to tick."""
        self._clock.start()
        self._watch.start()

    def stop(self) -> None:
        """End; a tick that is under way is waited for."""
        self._stopping.set()
        self._watch.join()
        self._clock.shutdown(wait=True)

    def synchronise(self) -> None:
        """Set the clock for every schedule whose row has changed, and forget those that fire no more.

        Raises:
            Unavailable: the database is away.
        """
        if self._was_set_back.is_set():
            self._was_set_back.clear()
            self._known = dict.fromkeys(self._known, _UNKNOWN)
        rows = {row.id: row for row in list_active()}
        overdue = now() - timedelta(seconds=2 * SYNC_SECONDS)  # it could not fire in time, the database was away
        for gone in self._known.keys() - rows.keys():
            self._clock.remove_job(_name(gone))
            del self._known[gone]
        for row in rows.values():
            if row.next_at is None or (self._known.get(row.id) == row.version and row.next_at > overdue):
                continue
            next_at = go_back(row).next_at
            if next_at is None:
                continue
            trigger = RuleTrigger(rule_of(row), next_at=next_at)
            arguments = (lambda schedule_id=row.id: fire(schedule_id), f"Schedule #{row.id}")
            self._clock.add_job(_guarded, trigger, args=arguments, id=_name(row.id), replace_existing=True)
            self._known[row.id] = row.version

    def _wake_when_set_back(self) -> None:
        """Make every tick due at once where the system's clock was set back, and set the clock for every schedule anew.

        APScheduler waits for instants of the system's clock: where that was set back by an hour, for an hour longer.
        """
        longest = timedelta(seconds=SYNC_SECONDS) + CLOCK_STEP
        while not self._stopping.wait(SYNC_SECONDS):
            if self._synchronising.next_run_time > now() + longest:
                _log.warning("The clock was set back.")
                self._was_set_back.set()
                for tick in self._ticks:
                    tick.modify(next_run_time=now())

    def _every(self, seconds: float, act: Callable[[], object], name: str) -> Job:
        return self._clock.add_job(_guarded, "interval", seconds=seconds, args=(act, name))


def _name(schedule_id: int) -> str:
    return f"schedule-{schedule_id}"


def _keep_house() -> None:
    removed = uploads.remove_stale_uploads(before=now() - UPLOADS_KEPT)
    if removed:
        _log.info("%d uploads that no job needs were removed.", removed)
    removed = files.remove_stale_parts(before=now() - PARTS_KEPT)
    if removed:
        _log.info("%d files that killed processes left half written were removed.", removed)
    idempotency.forget_old()


def _guarded(act: Callable[[], object], name: str) -> None:
    try:
        act()
    except Unavailable as error:
        _log.warning("%s waits: %s", name, error.message)
    except Exception:
        _log.exception("%s met an error and goes on.", name)
