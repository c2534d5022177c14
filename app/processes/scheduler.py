"""The scheduler process: APScheduler as the clock of schedules, sweep and housekeeping. It runs no jobs."""

import gc
import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from app.db import files
from app.db.audit import chain
from app.db.clock import CLOCK_STEP, now
from app.db.files import uploads
from app.db.sql import engine
from app.errors import Unavailable
from app.processes.connections import connect_with_kinds
from app.processes.otlp import switch as otlp
from app.processes.supervision.shape_watch import ShapeWatch
from app.queue.acts import idempotency, notices
from app.queue.acts.schedules import firing
from app.queue.acts.schedules.ahead import Ahead
from app.queue.acts.schedules.declaring import declare_all
from app.queue.repair.lateness import note_lateness
from app.queue.repair.sweep import SWEEP_SECONDS, Sweep
from app.queue.repair.text_indexing import TextIndexing
from app.queue.worker.heartbeat import Heartbeat
from app.settings import Settings

UPLOADS_KEPT = timedelta(days=2)
"""An upload that no unfinished job names is kept this long, for a retry with the same file."""
PARTS_KEPT = timedelta(hours=1)
"""A file that nobody writes any more, but nobody finished, is kept this long."""
FIRES_KEPT = timedelta(days=400)
"""What became of an instant is told for so long, whatever became of its job: a schedule of once a year has its last."""
DELIVERIES_KEPT = timedelta(days=90)
"""So long the log of what notices sent is kept."""
HOUSEKEEPING_MINUTES = 10
LATENESS_SECONDS = 15.0
"""How often is looked for what is late, where somebody wants to be told."""
LOOK_SECONDS = 1.0
"""How often is looked which schedules are due soon."""
WATCH_SECONDS = 1.0
"""How often is looked whether the clock was set back."""
_log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Tick until SIGTERM or SIGINT. Returns the exit status."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    os.umask(0o077)  # what is written here is for its owner alone; no job runs here, whose files it would change
    connect_with_kinds(settings)
    otlp.begin("scheduler")
    heartbeat = Heartbeat(role="scheduler", name="scheduler")
    heartbeat.start()
    declare_all()
    gc.freeze()  # else a collection looks at all that was loaded, for 0.1 s, when a thousand schedules fire
    clock = Clock(Sweep(), audit_kept=timedelta(days=settings.audit_days) or None)
    clock.start()
    shape = ShapeWatch(stopping.set)
    shape.start()
    indexing = TextIndexing()
    indexing.start()
    _log.info("The scheduler is ready.")
    stopping.wait()
    indexing.stop()
    clock.stop()
    heartbeat.stop()
    otlp.end()
    engine.disconnect()
    return shape.status


class Clock:
    """APScheduler with a memory store: it ticks, and wakes the thread that fires at the next instant of any schedule.

    The rows of the table `schedule` say which are due. Nothing is kept here of those that are not due soon.
    """

    def __init__(self, sweep: Sweep, *, audit_kept: timedelta | None = None) -> None:
        """Know the sweep's and the housekeeping's ticks; schedules are looked for when it starts.

        `audit_kept`: how long entries of the audit are kept; None: for ever.
        """
        # A tick that comes late is still wanted, once: APScheduler's default would drop it after one second.
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        executors = {"default": ThreadPoolExecutor(4), "at once": DebugExecutor()}
        self._clock = BackgroundScheduler(executors=executors, job_defaults=defaults, timezone="UTC")
        self._ahead = Ahead()
        self._next: datetime | None = None
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._watch = threading.Thread(target=self._wake_when_set_back, name="clock watch", daemon=True)
        self._firing = threading.Thread(target=self._fire, name="firing", daemon=True)
        house = partial(_keep_house, audit_kept=audit_kept)
        # One tick for both: each wakes APScheduler's thread and one of its pool, which takes longer than what they do.
        self._sweeping = self._every(SWEEP_SECONDS, [(sweep.tick, "The sweep"), (_link_audit, "Linking the audit")])
        self._ticks = [
            self._sweeping,
            self._every(LATENESS_SECONDS, [(note_lateness, "Looking for what is late")]),
            self._every(HOUSEKEEPING_MINUTES * 60, [(house, "The housekeeping")]),
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
        self._wake.set()
        self._watch.join()
        self._firing.join()  # before the clock: this thread adds to it
        self._clock.shutdown(wait=True)

    def _fire(self) -> None:
        """Decide on what is due, look what is next, and make that ready, whenever there is time."""
        while not self._stopping.is_set():
            self._wake.clear()
            _guarded(self._ahead.fire_due, "Firing")
            _guarded(self._look, "Reading the schedules")
            if self._ahead.has_waiting:
                _guarded(firing.start_waiting, "Starting what waited")
            self._wake.wait(LOOK_SECONDS)

    def _look(self) -> None:
        self._set_alarm(self._ahead.look())
        while not self._wake.is_set() and not self._ahead.make_some_ready():
            pass

    def _set_alarm(self, at: datetime | None) -> None:
        if at is not None and at != self._next:
            arguments = {"run_date": at, "id": "the next instant", "executor": "at once", "replace_existing": True}
            self._clock.add_job(self._wake.set, "date", **arguments)
        self._next = at

    def _wake_when_set_back(self) -> None:
        """Make every tick due at once where the system's clock was set back.

        APScheduler waits for instants of the system's clock: where that was set back by an hour, for an hour longer.
        """
        longest = timedelta(seconds=SWEEP_SECONDS) + CLOCK_STEP
        while not self._stopping.wait(WATCH_SECONDS):
            if self._sweeping.next_run_time > now() + longest:
                _log.warning("The clock was set back.")
                for tick in self._ticks:
                    tick.modify(next_run_time=now())

    def _every(self, seconds: float, acts: Sequence[tuple[Callable[[], object], str]]) -> Job:
        """Let acts be done one after the other, again and again. `acts`: each with its name, for the log."""
        return self._clock.add_job(_guarded_each, "interval", seconds=seconds, args=(acts,))


def _link_audit() -> None:
    while chain.link() == chain.BATCH:
        pass


def _keep_house(*, audit_kept: timedelta | None) -> None:
    removed = uploads.remove_stale_uploads(before=now() - UPLOADS_KEPT)
    if removed:
        _log.info("%d uploads that no job needs were removed.", removed)
    removed = files.remove_stale_parts(before=now() - PARTS_KEPT)
    if removed:
        _log.info("%d files that killed processes left half written were removed.", removed)
    idempotency.forget_old()
    firing.forget(before=now() - FIRES_KEPT)
    while audit_kept is not None and chain.prune(now() - audit_kept):
        pass
    notices.forget(before=now() - DELIVERIES_KEPT)


def _guarded_each(acts: Sequence[tuple[Callable[[], object], str]]) -> None:
    for act, name in acts:
        _guarded(act, name)


def _guarded(act: Callable[[], object], name: str) -> None:
    try:
        act()
    except Unavailable as error:
        _log.warning("%s waits: %s", name, error.message)
    except Exception:
        _log.exception("%s met an error and goes on.", name)
