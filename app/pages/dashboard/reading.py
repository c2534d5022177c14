"""The dashboard's figures, read once for every open tab of this web process.

`figures` is bindable: an element that shows a figure changes with it, and costs nothing while the figure stays. Each
transition asks for new figures (`live.job_changed`). So does a clock, every few seconds. Each part is read apart from
the rest: a pause must not wait until all else is read, and where one part cannot be read in time the others go on.
Single jobs, how many run and where are the business of `live`.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import field
from datetime import datetime, timedelta, tzinfo
from functools import partial
from time import monotonic
from typing import Any

from nicegui import Event, background_tasks
from nicegui.binding import bindable_dataclass

from app.db import JobFilter, JobSnapshot
from app.db.clock import now
from app.db.failures.groups import FailureGroup, list_groups
from app.db.queries import dashboard, jobs
from app.db.queries import workers as worker_queries
from app.db.snapshots.schedule import Schedule
from app.errors import AppError
from app.pages.jobs.pause_words import pause_words
from app.pages.live import bridge
from app.pages.live.audience import UNWATCHED_SECONDS, is_watched
from app.pages.live.live_jobs import QueuePause
from app.queue import registry
from app.queue.acts.queues import Queue, list_queues
from app.queue.acts.schedules.reading import ScheduleState, list_next, list_overdue

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""The strip, the last jobs, the bars of runs and the queues follow every change at once, but a reading begins this long
after the last one at the earliest. Only a pause and a resume, which people do and look for, do not wait for it."""
LEAST_PAUSE_SECONDS = 0.05
"""After a reading the loop rests for this many times as long as the reading took, so that others get their turn."""
QUEUES_REST = 4
"""The queues are read for a fifth of the time at most: counting 10,000 jobs that wait in one takes 20 ms."""
SLOW_PAUSE_SECONDS = 1.0
"""Workers, the chart of the day and the schedules may be this old."""
QUIET_SECONDS = 2.0
"""Without any change the figures are read again after so long: minutes pass, workers tell what
they do with their heartbeat, or fall silent."""

SINCE_YESTERDAY = timedelta(hours=48)
MOST_CAUSES = 100


@bindable_dataclass
class Figures:
    """What was last read; None until the first reading."""

    summaries: dict[tzinfo, dashboard.Summary] = field(default_factory=dict)
    """By the zone in which a day begins, for the zones of the open dashboards (`use_zone`)."""
    hours: list[dashboard.Hour] | None = None
    workers: list[worker_queries.WorkerStatus] | None = None
    queues: list[Queue] | None = None
    runs: dict[str, list[jobs.RecentRun]] = field(default_factory=dict)
    schedules: list[Schedule] | None = None
    overdue: list[ScheduleState] | None = None
    last_finished: list[JobSnapshot] | None = None
    failures: list[FailureGroup] | None = None
    """The causes that need a look and came since yesterday, in any zone."""
    problem: str | None = None
    """Why nothing newer could be read, one sentence; None while all is well."""


figures = Figures()
_zones: Counter[tzinfo] = Counter()
"""How many open dashboards are read in a zone."""


class _Reading:
    """Reads one part again and again: when it is asked to, and when it was not for a while. Event loop only."""

    def __init__(
        self, read: Callable[[], Awaitable[float]], *, pause_seconds: float = PAUSE_SECONDS, rest: float = 0
    ) -> None:
        """Begin idle.

        Args:
            read: returns after how many seconds it is due without being asked for.
            pause_seconds: from the beginning of one reading to that of the next, at least.
            rest: times as long as it took it rests.
        """
        self.problem: str | None = None
        self._read = read
        self._pause_seconds, self._rest = pause_seconds, rest
        self._wanted = asyncio.Event()
        self._is_urgent = asyncio.Event()

    def ask(self, *, is_urgent: bool = False) -> None:
        """Read again soon, or at once."""
        self._wanted.set()
        if is_urgent:
            self._is_urgent.set()

    async def go_on(self) -> None:
        """Read again and again, until the task is cancelled."""
        while True:
            self._wanted.clear()
            self._is_urgent.clear()
            began = monotonic()
            due_at = await self._read_safely() + monotonic()
            took = monotonic() - began
            await _wait(self._is_urgent, max(LEAST_PAUSE_SECONDS, self._pause_seconds - took, took * self._rest))
            if not is_watched():  # whatever changes: who comes asks for it at once
                await _wait(self._is_urgent, QUIET_SECONDS - (monotonic() - began))
            await _wait(self._wanted, due_at - monotonic())
            while not (self._wanted.is_set() or is_watched() or monotonic() - began >= UNWATCHED_SECONDS):
                await _wait(self._wanted, min(QUIET_SECONDS, UNWATCHED_SECONDS))

    async def _read_safely(self) -> float:
        due_seconds, self.problem = SLOW_PAUSE_SECONDS, None
        try:
            due_seconds = await self._read()
        except AppError as error:
            self.problem = error.message
        except Exception:
            logger.exception("The dashboard's figures could not be read")
            self.problem = "The figures could not be read. The log says why."
        figures.problem = next((each.problem for each in _readings if each.problem), None)
        return due_seconds


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


_readings: list[_Reading] = []
_tasks: list[asyncio.Task[None]] = []
_undo: list[Callable[[], None]] = []


def start() -> None:
    """Begin reading. Event loop only; once for each web process."""
    queues = _Reading(_read_queues, rest=QUEUES_REST)
    schedules = _Reading(_read_schedules, pause_seconds=SLOW_PAUSE_SECONDS, rest=QUEUES_REST)
    bridge.job_changed.subscribe(ask)
    bridge.job_deleted.subscribe(ask)
    bridge.refreshed.subscribe(ask)
    bridge.failures_changed.subscribe(ask)
    _ask_with(bridge.queue_changed, partial(queues.ask, is_urgent=True))
    _ask_with(bridge.schedules_changed, schedules.ask)
    slow = [_Reading(read, pause_seconds=SLOW_PAUSE_SECONDS) for read in (_read_workers, _read_slow)]
    for reading in (_Reading(_read_quick), *slow, schedules, queues):
        _readings.append(reading)
        _tasks.append(background_tasks.create(reading.go_on(), name="read the dashboard's figures"))


def _ask_with(event: Event[Any], ask_it: Callable[[], None]) -> None:
    event.subscribe(ask_it)
    _undo.append(lambda: event.unsubscribe(ask_it))


def stop() -> None:
    """Read no more."""
    bridge.job_changed.unsubscribe(ask)
    bridge.job_deleted.unsubscribe(ask)
    bridge.refreshed.unsubscribe(ask)
    bridge.failures_changed.unsubscribe(ask)
    while _undo:
        _undo.pop()()
    while _tasks:
        _tasks.pop().cancel()
    _readings.clear()


def ask(*, is_urgent: bool = False) -> None:
    """Read again soon: something changed, or a person asked. `is_urgent`: at once."""
    for reading in _readings:
        reading.ask(is_urgent=is_urgent)


def use_zone(zone: tzinfo) -> Callable[[], None]:
    """Read the figures of today in this zone too. Returns what undoes it. Event loop only."""
    _zones[zone] += 1
    ask(is_urgent=True)

    def undo() -> None:
        _zones[zone] -= 1
        if not _zones[zone]:
            del _zones[zone]

    return undo


async def read() -> None:
    """Read all figures now. Event loop only.

    Raises:
        Unavailable: the database is away; what was read before stays.
    """
    for read_part in (_read_quick, _read_workers, _read_slow, _read_schedules, _read_queues):
        await read_part()


async def _read_quick() -> float:
    # Only finished jobs have an end. If asked by their states, SQLite takes that index and sorts the whole history.
    page = await asyncio.to_thread(jobs.list_jobs, JobFilter(), sort="-finished_at", limit=10)
    figures.last_finished = page.items
    since = now() - SINCE_YESTERDAY
    figures.failures = await asyncio.to_thread(list_groups, state="open", since=since, limit=MOST_CAUSES)
    figures.runs = await asyncio.to_thread(jobs.recent_runs, list(registry.kinds))
    figures.summaries = await asyncio.to_thread(_read_summaries, list(_zones))
    return QUIET_SECONDS


async def _read_workers() -> float:
    figures.workers = await asyncio.to_thread(worker_queries.workers)
    return QUIET_SECONDS


async def _read_slow() -> float:
    figures.hours = await asyncio.to_thread(dashboard.throughput)
    return QUIET_SECONDS


async def _read_schedules() -> float:
    figures.schedules = await asyncio.to_thread(list_next)
    figures.overdue = await asyncio.to_thread(list_overdue)
    return QUIET_SECONDS


async def _read_queues() -> float:
    """Read the queues; a pause that ends by itself is told then as one that somebody ended."""
    before = figures.queues or []
    queues = figures.queues = await asyncio.to_thread(list_queues)
    paused = {
        queue.name: QueuePause(words=pause_words(queue), until=queue.paused_until)
        for queue in queues
        if queue.is_paused
    }
    bridge.tell_pauses(paused)
    for queue in before:
        if queue.name not in paused and queue.paused_until is not None and queue.paused_until <= now():
            bridge.queue_changed.emit(queue.name)
    ends = [(queue.paused_until - now()).total_seconds() for queue in queues if queue.paused_until is not None]
    return max(0.0, min([QUIET_SECONDS, *ends]))


def _read_summaries(zones: list[tzinfo]) -> dict[tzinfo, dashboard.Summary]:
    """Read the strip's figures once for each beginning of the day that these zones have; runs in a thread."""
    starts = {zone: datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0) for zone in zones}
    found = {start: dashboard.summary(day_start=start) for start in set(starts.values())}
    return {zone: found[start] for zone, start in starts.items()}
