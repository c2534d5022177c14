"""The dashboard's figures, read once for every open tab of this web process.

`figures` is bindable: what shows it changes when it changes, and costs nothing while it does not. A transition asks
for new figures (`live.job_changed`); time that passes does every few seconds. Single jobs and their progress are the
business of `live`.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import field
from datetime import datetime, tzinfo
from time import monotonic

from nicegui import background_tasks
from nicegui.binding import bindable_dataclass

from app.db import FINISHED, JobFilter, JobSnapshot, history, stats
from app.db.snapshot import Schedule
from app.errors import AppError
from app.pages import live
from app.queue import registry
from app.queue.queues import Queue, list_queues
from app.queue.schedules import list_next

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""The strip, the last jobs and the bars of runs follow every change at once, but a reading begins this long after the
last one at the earliest."""
LEAST_PAUSE_SECONDS = 0.05
"""Where a reading itself takes long, others get their turn for so long."""
SLOW_PAUSE_SECONDS = 1.0
"""Workers, queues and the chart of the day may be this old, unless a queue was paused or resumed."""
QUIET_SECONDS = 2.0
"""Without any change the figures are read again after so long: minutes pass, workers tell what
they do with their heartbeat, or fall silent."""


@bindable_dataclass
class Figures:
    """What was last read; None until the first reading."""

    summaries: dict[tzinfo, stats.Summary] = field(default_factory=dict)
    """By the zone in which a day begins, for the zones of the open dashboards (`use_zone`)."""
    hours: list[stats.Hour] | None = None
    workers: list[stats.WorkerStatus] | None = None
    queues: list[Queue] | None = None
    runs: dict[str, list[history.RecentRun]] = field(default_factory=dict)
    schedules: list[Schedule] | None = None
    last_finished: list[JobSnapshot] | None = None
    problem: str | None = None
    """Why nothing newer could be read, one sentence; None while all is well."""


figures = Figures()
_zones: Counter[tzinfo] = Counter()
"""How many open dashboards are read in a zone."""
_wanted: asyncio.Event | None = None
_task: asyncio.Task[None] | None = None
_wants_all = False


def start() -> None:
    """Begin reading. Event loop only; once for each web process."""
    global _task, _wanted
    _wanted = asyncio.Event()
    live.job_changed.subscribe(ask)
    live.job_deleted.subscribe(ask)
    live.refreshed.subscribe(ask)
    live.queue_changed.subscribe(ask_for_all)
    _task = background_tasks.create(_keep_reading(_wanted), name="read the dashboard's figures")


def stop() -> None:
    """Read no more."""
    global _task
    live.job_changed.unsubscribe(ask)
    live.job_deleted.unsubscribe(ask)
    live.refreshed.unsubscribe(ask)
    live.queue_changed.unsubscribe(ask_for_all)
    if _task is not None:
        _task.cancel()
    _task = None


def ask() -> None:
    """Read again soon: something changed, or a person asked."""
    if _wanted is not None:
        _wanted.set()


def use_zone(zone: tzinfo) -> Callable[[], None]:
    """Read the figures of today in this zone too. Returns what undoes it. Event loop only."""
    _zones[zone] += 1
    ask()

    def undo() -> None:
        _zones[zone] -= 1
        if not _zones[zone]:
            del _zones[zone]

    return undo


def ask_for_all() -> None:
    """Read again soon, also what may be a second old."""
    global _wants_all
    _wants_all = True
    ask()


async def _keep_reading(wanted: asyncio.Event) -> None:
    global _wants_all
    slow_at = 0.0
    while True:
        wanted.clear()
        began = monotonic()
        is_slow_due = _wants_all or began - slow_at >= SLOW_PAUSE_SECONDS
        _wants_all = False
        try:
            await read(with_slow=is_slow_due)
            figures.problem = None
        except AppError as error:
            figures.problem = error.message
        except Exception:
            logger.exception("The dashboard's figures could not be read")
            figures.problem = "The figures could not be read. The log says why."
        if is_slow_due:
            slow_at = monotonic()
        await asyncio.sleep(max(LEAST_PAUSE_SECONDS, PAUSE_SECONDS - (monotonic() - began)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS if is_slow_due else SLOW_PAUSE_SECONDS):
                await wanted.wait()


async def read(*, with_slow: bool = True) -> None:
    """Read the figures now. Event loop only.

    Raises:
        Unavailable: the database is away; what was read before stays.
    """
    page = await asyncio.to_thread(history.list_jobs, JobFilter(states=FINISHED), sort="-finished_at", limit=10)
    figures.last_finished = page.items
    figures.runs = await asyncio.to_thread(history.recent_runs, list(registry.kinds))
    figures.summaries = await asyncio.to_thread(_read_summaries, list(_zones))
    if with_slow:
        figures.hours = await asyncio.to_thread(stats.throughput)
        figures.workers = await asyncio.to_thread(stats.workers)
        figures.queues = await asyncio.to_thread(list_queues)
        figures.schedules = await asyncio.to_thread(list_next)


def _read_summaries(zones: list[tzinfo]) -> dict[tzinfo, stats.Summary]:
    """Read the strip's figures once for each beginning of the day that these zones have; runs in a thread."""
    starts = {zone: datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0) for zone in zones}
    found = {start: stats.summary(day_start=start) for start in set(starts.values())}
    return {zone: found[start] for zone, start in starts.items()}
