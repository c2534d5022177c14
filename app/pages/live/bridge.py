"""The bridge from what happens to what people see: the live jobs and one refresh for all open tabs.

Everything here belongs to the event loop. Pages subscribe to the events below; the list of live jobs subscribes to
`subscribe_cards` and gets one message per tick. Redis brings the news; the refresh re-reads the rows and repairs what
Redis lost.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from nicegui import Event, background_tasks, binding

from app.db import JobSnapshot, State
from app.db.queries import counts, details, jobs, workers
from app.db.snapshots.parts import LogLine, Progress
from app.errors import Unavailable
from app.pages.live.audience import UNWATCHED_SECONDS, is_watched
from app.pages.live.live_jobs import CARD_LINES, MAX_KNOWN_WAITING, Card, LiveJobs, QueuePause, waiting_of
from app.pages.live.usual_times import UsualTimes
from app.queue.events.bus import EventBus
from app.queue.events.types import (
    Connected,
    Disconnected,
    FailuresChanged,
    Heard,
    JobChanged,
    JobDeleted,
    JobLogged,
    JobProgressed,
    Missed,
    NoticeTold,
    QueueChanged,
    SchedulesChanged,
    SpansEnded,
)

TICK_SECONDS = 0.2
"""Five messages a second look continuous with a CSS transition of the same length, at half the cost of ten."""
LEAST_SECONDS = 0.1
"""A job that comes, changes its state or ends does not wait for the tick; ten messages a second are the most."""
REFRESH_SECONDS = 3.0
TROUBLE_SECONDS = 10.0
"""What is over sooner is not told: a scheduler that starts, or starts again."""
_log = logging.getLogger(__name__)

job_changed: Event[JobSnapshot] = Event()
"""A job is new, changed its state or was asked to stop. Progress is not told here."""
job_deleted: Event[int] = Event()
progress: Event[tuple[int, Progress]] = Event()
"""(job id, progress) of a running job, at most once a tick."""
log: Event[tuple[int, list[LogLine]]] = Event()
"""(job id, new lines). Of a burst only the last ones: a gap in `seq` is read from the database."""
spans_ended: Event[int] = Event()
"""Spans that a running job named have ended, and can be read: its id."""
queue_changed: Event[str] = Event()
"""A queue was paused or resumed."""
schedules_changed: Event[list[int]] = Event()
"""Schedules were made, changed, paused, resumed or deleted, or instants of theirs passed without a job: their ids."""
notice_told: Event[NoticeTold] = Event()
"""A notice tells the open tabs of something."""
failures_changed: Event[str] = Event()
"""The failures of a signature were dismissed, or that was taken back."""
refreshed: Event[[]] = Event()
"""What was missed while the connection was lost is repaired for single jobs; lists should be read again."""


@binding.bindable_dataclass
class Totals:
    """How many jobs are in each state.

    Those that run, are queued or are retried are counted among the live jobs, at the moment in which the cards are
    told: so no two places of a page disagree. The others, and what is not known here, come from the kept totals.
    """

    all: int = 0
    scheduled: int = 0
    queued: int = 0
    running: int = 0
    retrying: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0


@binding.bindable_dataclass
class Running:
    """Where the running jobs run, at the moment in which the cards were told. `workers`: job id → worker's name."""

    workers: dict[int, str] = field(default_factory=dict)


@binding.bindable_dataclass
class Connection:
    """Whether the pages hear what happens. `state`: "live" or "reconnecting"; `sentence` says what happens next.
    `trouble`: what else a person should know on every page, as that no scheduler runs; empty: nothing.
    """

    state: str = "reconnecting"
    sentence: str = "Connecting to the live updates…"
    trouble: str = ""


totals = Totals()
running = Running()
connection = Connection()

_live_jobs = LiveJobs()
_usual = UsualTimes()
_LIVE = (State.RUNNING, State.QUEUED, State.RETRYING)
_kept: dict[State, int] = dict.fromkeys(State, 0)
"""How many jobs are in each state, as the database last said."""
_card_listeners: list[Callable[[dict[str, Any]], None]] = []
_tasks: list[asyncio.Task[None]] = []
_undo: list[Callable[[], None]] = []
_has_redis = False
_wants_refresh = asyncio.Event()
_wants_totals = False
_trouble_since: float | None = None
_is_urgent = asyncio.Event()
_has_news = asyncio.Event()
"""Something was heard or read since the last tick; while no job is live the ticks wait for it."""


async def start(bus: EventBus) -> None:
    """Begin to hear. Called once, when the web process starts."""
    _undo.append(bus.hear(hear))
    for name, work in (("live-refresh", _refresh_often()), ("live-tick", _tick_often())):
        _tasks.append(background_tasks.create(work, name=name))


async def stop() -> None:
    """End hearing. Called once, when the web process stops."""
    while _undo:
        _undo.pop()()
    for task in _tasks:
        task.cancel()
    await asyncio.gather(*_tasks, return_exceptions=True)
    _tasks.clear()


def cards() -> list[Card]:
    """Return the cards of the live jobs, for a page's first paint."""
    return _live_jobs.paint()


def live_job(job_id: int) -> JobSnapshot | None:
    """Return a running job as last heard of; None: nothing was heard of it, or it does not run."""
    return _live_jobs.jobs.get(job_id)


def as_heard(job: JobSnapshot) -> JobSnapshot:
    """Return a job, as it was just read, with the progress that was heard last: so no bar goes back for a moment."""
    return _live_jobs.as_heard(job)


def waiting() -> dict[str, int]:
    """Return how many jobs are queued and retried, for a page's first paint."""
    return waiting_of(_count())


def tell_pauses(pauses: Mapping[str, QueuePause]) -> None:
    """Let the cards say which queues are paused now, and why."""
    _live_jobs.pause(pauses)
    if _live_jobs.is_dirty:
        _is_urgent.set()
        _has_news.set()


def tell_trouble(sentence: str | None) -> None:
    """Tell on every page what keeps schedules from firing, once it has lasted for some time. None: nothing does."""
    global _trouble_since
    if sentence is None:
        _trouble_since = None
    elif _trouble_since is None:
        _trouble_since = time.monotonic()
    lasts = _trouble_since is not None and time.monotonic() - _trouble_since >= TROUBLE_SECONDS
    connection.trouble = sentence if sentence is not None and lasts else ""


def subscribe_cards(callback: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
    """Call `callback` with one message per tick while something changes, at most ten a second. Returns what undoes it.

    The message: `set` whole cards, or `id` and the changed fields; `del` ids; `log` id → new lines; `waiting` how
    many are queued and retried; `now` this clock. Times are milliseconds since the epoch.
    """
    _card_listeners.append(callback)

    def undo() -> None:
        with contextlib.suppress(ValueError):
            _card_listeners.remove(callback)

    return undo


def hear(event: Heard) -> None:
    """Take in one event."""
    global _has_redis
    _has_news.set()
    match event:
        case JobChanged(job=job):
            _change(job)
        case JobProgressed(job_id=job_id, progress=new):
            _live_jobs.advance(job_id, new)
        case JobLogged(job_id=job_id, lines=lines):
            if job_id in _live_jobs.jobs:
                _live_jobs.add_lines(job_id, lines)
            log.emit((job_id, lines))
        case SpansEnded(job_id=job_id):
            spans_ended.emit(job_id)
        case JobDeleted(job_id=job_id):
            _live_jobs.forget(job_id)
            _ask_for_tick()
            job_deleted.emit(job_id)
        case QueueChanged(queue=queue):
            queue_changed.emit(queue)
        case SchedulesChanged(schedule_ids=ids):
            schedules_changed.emit(ids)
        case NoticeTold():
            notice_told.emit(event)
        case FailuresChanged(signature=signature):
            failures_changed.emit(signature)
        case Missed():
            _wants_refresh.set()
        case Connected():
            _has_redis = True
            _wants_refresh.set()
        case Disconnected():
            _has_redis = False
            _say(None)


def _change(job: JobSnapshot) -> None:
    if _live_jobs.is_news(job):
        _live_jobs.take(job)
        _ask_for_tick()
        job_changed.emit(job)


async def _refresh_often() -> None:
    is_first = True
    while True:
        missed = _wants_refresh.is_set() or is_first
        _wants_refresh.clear()
        try:
            is_repaired = await _refresh()
            _say(None)
            tell_trouble(await asyncio.to_thread(workers.scheduler_problem))
            if missed or is_repaired:
                refreshed.emit()
            is_first = False
        except Unavailable as error:
            _say(error)
            _wants_refresh.set()
        except Exception:
            _log.exception("The refresh met an error and goes on.")
        if _wants_refresh.is_set():
            await asyncio.sleep(1.0)
        else:
            await _wait_for_refresh(time.monotonic())


async def _wait_for_refresh(since: float) -> None:
    """Wait until the next refresh is due, or is asked for. Who opens a tab need not ask: it is soon seen."""
    while not _wants_refresh.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_wants_refresh.wait(), REFRESH_SECONDS if _has_redis else 1.0)
        if is_watched() or time.monotonic() - since >= UNWATCHED_SECONDS:
            return


async def _refresh() -> bool:
    """Read the unfinished jobs again. True: something had been missed."""
    active = await asyncio.to_thread(jobs.list_active, MAX_KNOWN_WAITING)
    _live_jobs.is_partial = len(active) >= MAX_KNOWN_WAITING
    ids = {job.id for job in active}
    missing = [job_id for job_id in _live_jobs.jobs if job_id not in ids]
    ended = await asyncio.to_thread(jobs.get_jobs, missing) if missing else []
    for job_id in set(missing) - {job.id for job in ended}:
        hear(JobDeleted(job_id=job_id))
    repaired = False
    for job in (*active, *ended):
        is_new = job.id not in _live_jobs.jobs
        if _live_jobs.is_news(job):
            repaired = True
            _live_jobs.take(job)
            job_changed.emit(job)
        elif job.state.is_finished or (is_new and not _live_jobs.is_outdated(job)):
            _live_jobs.take(job)
        else:
            _live_jobs.advance(job.id, job.progress)
        if is_new and job.state is State.RUNNING:
            _live_jobs.add_lines(job.id, await asyncio.to_thread(details.list_log, job.id, tail=True, limit=CARD_LINES))
    await _read_totals()
    _live_jobs.learn(await _usual.read(list(_live_jobs.jobs.values())))
    _has_news.set()
    return repaired


async def _tick_often() -> None:
    while True:
        if not _live_jobs.jobs:
            await _has_news.wait()
        _has_news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS - LEAST_SECONDS):
                await _is_urgent.wait()
        _is_urgent.clear()
        try:
            has_told = _tick()
            await asyncio.gather(_read_wanted_totals(), asyncio.sleep(LEAST_SECONDS if has_told else 0))
        except Unavailable as error:
            _say(error)
        except Exception:
            _log.exception("A tick met an error; the next one follows.")
            _has_news.set()


def _tick() -> bool:
    """Tell what the cards and the other pages do not show yet. False: nothing."""
    for job_id in _live_jobs.moved:
        if job_id in _live_jobs.jobs:
            progress.emit((job_id, _live_jobs.jobs[job_id].progress))
    message = _live_jobs.difference(_show_counts())
    if message is not None:
        for callback in _card_listeners:
            callback(message)
    return message is not None


async def _read_wanted_totals() -> None:
    """Count after the cards are told: the count waits for a thread and the database, the cards need neither."""
    global _wants_totals
    if _wants_totals:
        _wants_totals = False
        await _read_totals()


async def _read_totals() -> None:
    global _kept
    _kept = await asyncio.to_thread(counts.state_totals)
    for state in set(_kept) - set(_LIVE):
        setattr(totals, str(state), _kept[state])
    totals.all = sum(_kept.values())
    if _live_jobs.is_partial:
        _show_counts()


def _show_counts() -> dict[State, int]:
    """Count the live jobs for all that shows how many they are."""
    counted = _count()
    for state, number in counted.items():
        setattr(totals, str(state), number)
    running_on = _live_jobs.running_on()
    if running_on != running.workers:
        running.workers = running_on
    return counted


def _count() -> dict[State, int]:
    return _live_jobs.count(_kept)


def _ask_for_tick() -> None:
    """Show a change at once, and count anew."""
    global _wants_totals
    _wants_totals = True
    _has_news.set()
    _is_urgent.set()


def _say(error: Unavailable | None) -> None:
    """Put into words whether the pages are live."""
    if error is not None:
        connection.sentence = f"{error.message} Jobdeck tries again every second; nothing is lost."
        connection.state = "reconnecting"
    elif not _has_redis:
        connection.sentence = "Live updates are interrupted while Redis is away; the page is read again every second."
        connection.state = "reconnecting"
    else:
        connection.sentence = "Every change shows here at once."
        connection.state = "live"
