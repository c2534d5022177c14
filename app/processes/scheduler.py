"""The scheduler process: APScheduler as the clock of schedules, sweep and housekeeping. It runs no jobs."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from queue import SimpleQueue

from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from app.db import files
from app.db.clock import CLOCK_STEP, now
from app.db.files import uploads
from app.db.queries import schedules
from app.db.snapshots.schedule import Schedule
from app.db.sql import engine
from app.errors import Unavailable
from app.processes.connections import connect_with_kinds
from app.queue.acts import idempotency
from app.queue.acts.schedules import firing
from app.queue.acts.schedules.declaring import declare_all
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.rule import Rule
from app.queue.repair.sweep import SWEEP_SECONDS, Sweep
from app.queue.worker.heartbeat import Heartbeat
from app.settings import Settings

UPLOADS_KEPT = timedelta(days=2)
"""An upload that no unfinished job names is kept this long, for a retry with the same file."""
PARTS_KEPT = timedelta(hours=1)
"""A file that nobody writes any more, but nobody finished, is kept this long."""
FIRES_KEPT = timedelta(days=400)
"""What became of an instant is told for so long, whatever became of its job: a schedule of once a year has its last."""
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
    """APScheduler with a memory store, filled from the table `schedule` and kept in step with it.

    Its thread only notes which schedules are due; another decides on all that are due together, in few transactions.
    """

    def __init__(self, sweep: Sweep) -> None:
        """Know the sweep's and the housekeeping's ticks; schedules come with the first synchronisation."""
        # A tick that comes late is still wanted, once: APScheduler's default would drop it after one second.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        executors = {"default": ThreadPoolExecutor(4), "at once": DebugExecutor()}
        self._clock = BackgroundScheduler(executors=executors, job_defaults=defaults, timezone="UTC")
        self._known: dict[int, int] = {}
        self._fingerprint: schedules.Fingerprint | None = None
        self._due: SimpleQueue[int | None] = SimpleQueue()
        self._changing = threading.Lock()
        self._was_set_back, self._stopping = threading.Event(), threading.Event()
        self._watch = threading.Thread(target=self._wake_when_set_back, name="clock watch", daemon=True)
        self._firing = threading.Thread(target=self._fire_due, name="firing", daemon=True)
        self._synchronising = self._every(SYNC_SECONDS, self.synchronise, "Reading the schedules")
        self._ticks = [
            self._synchronising,
            self._every(SYNC_SECONDS, firing.start_waiting, "Starting what waited"),
            self._every(SWEEP_SECONDS, sweep.tick, "The sweep"),
            self._every(HOUSEKEEPING_MINUTES * 60, _keep_house, "The housekeeping"),
        ]
        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # else it tells each tick

    def start(self) -> None:
        """Begin to tick."""
        self._clock.start()
        self._watch.start()
        self._firing.start()

    def stop(self) -> None:
        """End; a tick that is under way is waited for."""
        self._stopping.set()
        self._watch.join()
        with self._changing:  # APScheduler waits for its threads with the lock that they take to add to it
            pass
        self._clock.shutdown(wait=True)
        self._due.put(None)
        self._firing.join()

    def synchronise(self) -> None:
        """Set the clock for every schedule whose row has changed, and forget those that fire no more.

        Raises:
            Unavailable: the database is away.
        """
        with self._changing:
            if not self._stopping.is_set():
                self._read_changes()

    def _read_changes(self) -> None:
        if self._was_set_back.is_set():
            self._was_set_back.clear()
            self._known, self._fingerprint = dict.fromkeys(self._known, _UNKNOWN), None
        # Those could not fire in time: the database was away.
        late = schedules.ids_due_before(now() - timedelta(seconds=2 * SYNC_SECONDS))
        present = schedules.fingerprint()
        if present == self._fingerprint and not late:
            return
        versions = schedules.versions_of_active()
        for gone in self._known.keys() - versions.keys():
            self._clock.remove_job(_name(gone))
            del self._known[gone]
        changed = {one for one, version in versions.items() if self._known.get(one) != version}
        for row in schedules.schedules_of(sorted(changed.union(late))):
            next_at = firing.go_back(row).next_at
            if next_at is not None:
                self._set(row, next_at)
        self._fingerprint = present

    def _set(self, row: Schedule, next_at: datetime) -> None:
        trigger = RuleTrigger(rule_of(row), next_at=next_at)
        arguments = {"args": (row.id,), "id": _name(row.id), "executor": "at once", "replace_existing": True}
        self._clock.add_job(self._due.put, trigger, **arguments)
        self._known[row.id] = row.version

    def _fire_due(self) -> None:
        """Decide on what is due, all that is together: a thousand schedules may be due at the same instant."""
        while (first := self._due.get()) is not None:
            ids = [first]
            while not self._due.empty() and (another := self._due.get()) is not None:
                ids.append(another)
            _guarded(partial(firing.fire, list(dict.fromkeys(ids))), "Firing")
            if self._stopping.is_set():
                return

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
    firing.forget(before=now() - FIRES_KEPT)


def _guarded(act: Callable[[], object], name: str) -> None:
    try:
        act()
    except Unavailable as error:
        _log.warning("%s waits: %s", name, error.message)
    except Exception:
        _log.exception("%s met an error and goes on.", name)
