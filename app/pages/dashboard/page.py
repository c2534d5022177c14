"""The dashboard: what runs, what can be started, how the day went, and the last ten jobs."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from app.db import JobSnapshot, State
from app.db.snapshots.columns import USUAL
from app.db.snapshots.schedule import Schedule
from app.pages.dashboard.columns import Card, columns_of
from app.pages.dashboard.needs_a_look import MOST, needs_a_look, of_today
from app.pages.dashboard.overdue_list import OverdueList
from app.pages.dashboard.readers_day import ReadersDay
from app.pages.dashboard.reading import ask, figures, use_zone
from app.pages.dashboard.running_jobs import RunningJobs
from app.pages.dashboard.start_list import FEW, StartList
from app.pages.dashboard.summary_strip import SummaryStrip
from app.pages.dashboard.throughput import Throughput
from app.pages.dashboard.up_next import UpNext
from app.pages.dashboard.worker_tiles import WorkerTiles
from app.pages.jobs.acts import carry_out, find_file, keep_file, retry_job, run_schedule, say_cancelled, start_job
from app.pages.jobs.job_table import JobTable
from app.pages.jobs.questions import ask_before_force
from app.pages.jobs.reader import reader
from app.pages.jobs.state_badge import LOOKS
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.queues.acts import pause_queue, resume_queue, show_jobs
from app.pages.queues.queue_list import QueueList
from app.pages.start.dialog import open_start_dialog
from app.pages.time.browser_zone import known_zone
from app.pages.time.durations import count
from app.pages.widgets.markup import Icon, Link, Panel, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, problem, skeleton
from app.pages.widgets.toast import toast
from app.queue import cancel, registry
from app.queue.acts.schedules.reading import title_of
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.sentences import sentence as sentence_of
from app.queue.kinds.kind import Kind

logger = logging.getLogger(__name__)

_COLUMNS = tuple("ended" if name == "started" else name for name in USUAL)
SHOWN_STATES = (State.SUCCEEDED, State.FAILED, State.RETRYING, State.CANCELLED)


def page() -> None:
    """Draw the dashboard from what this web process knows already; nothing is waited for."""
    subscriptions = Subscriptions()
    Text("h1", "Dashboard", classes="jd-hidden")
    _trouble(subscriptions)
    subscriptions.follow(figures, "overdue", OverdueList().show)
    wide, narrow = _columns()
    with box("jd-grid jd-dashboard"):
        with box("jd-grid__wide"):
            SummaryStrip(bridge.totals, ReadersDay(figures, use_zone=use_zone), figures=figures, running=bridge.running)
        with box("jd-column jd-dashboard__main"):
            jobs = _running(subscriptions)
            Throughput().bind_hours_from(figures)
            if wide:
                with box("jd-dashboard__pair"):
                    for card in wide:
                        _SMALL_CARDS[card]()
        with box("jd-column jd-dashboard__side"):
            StartList(registry.listed, registry.broken, on_start=_start).bind_runs_from(figures)
            for card in narrow:
                _SMALL_CARDS[card]()
        with box("jd-grid__wide jd-dashboard__history"):
            _history(subscriptions, jobs)


def _columns() -> tuple[list[Card], list[Card]]:
    """Balance the columns by what is known now; before the first reading by what is usual."""
    kinds = registry.listed
    return columns_of(
        running=bridge.totals.running,
        kinds=len(kinds) + len(registry.broken),
        groups=len({kind.group for kind in kinds}),
        scrolls=len(kinds) > FEW,
        numbers={
            "failures": min(MOST, len(of_today(figures.failures or [], known_zone()))),
            "up_next": 3 if figures.schedules is None else len(figures.schedules),
            "workers": 2 if figures.workers is None else len(figures.workers),
            "queues": 2 if figures.queues is None else len(figures.queues),
        },
    )


def _up_next() -> None:
    UpNext(
        title_of=title_of, sentence_of=lambda schedule: sentence_of(rule_of(schedule)), on_run=_run_now
    ).bind_schedules_from(figures)


def _workers() -> None:
    WorkerTiles(figures, bridge.running)


def _queues() -> None:
    QueueList(on_pause=pause_queue, on_resume=resume_queue, on_jobs=show_jobs).bind_queues_from(figures)


_SMALL_CARDS: Mapping[Card, Callable[[], None]] = {
    "failures": needs_a_look,
    "up_next": _up_next,
    "workers": _workers,
    "queues": _queues,
}


def _trouble(subscriptions: Subscriptions) -> None:
    """Say that the figures are old and why, for as long as they are."""
    place = box("jd-trouble")

    def show(sentence: str | None) -> None:
        place.clear()
        if sentence:
            with place:
                problem(sentence, "What you see is what was last known. It is tried again by itself.", on_retry=ask)

    subscriptions.follow(figures, "problem", show)


def _running(subscriptions: Subscriptions) -> RunningJobs:
    with Panel("jd-panel"):
        with box("jd-panel__head"):
            Text("h2", "Running now", classes="jd-panel__title")
            Text("span", classes="jd-panel__count").bind_text_from(bridge.totals, "running", count)
        jobs = RunningJobs(
            bridge.cards(),
            waiting=bridge.waiting(),
            on_cancel=lambda job_id: _cancel(job_id, jobs),
            on_force=_ask_to_force,
        )
        subscriptions.add_undo(bridge.subscribe_cards(jobs.apply))
    return jobs


def _history(subscriptions: Subscriptions, jobs: RunningJobs) -> None:
    with Panel("jd-panel"):
        with panel_head("History"):
            Link("All jobs", "/history", classes="jd-link")
        with box("jd-tools"):
            _search_field()
            with box("jd-chips"):
                for state in SHOWN_STATES:
                    _state_link(state)
        last = _LastJobs()

    def show(finished: list[JobSnapshot] | None) -> None:
        last.show(finished and [job for job in finished if job.id not in jobs.unfinished_ids])

    subscriptions.follow(figures, "last_finished", show)
    # A job ends among the running ones first, then it stands in the history: never twice in different states.
    subscriptions.add_undo(bridge.subscribe_cards(lambda _: show(figures.last_finished)))


class _LastJobs:
    """The last finished jobs, or what stands in their place."""

    def __init__(self) -> None:
        self._body = box("jd-last")
        self._table: JobTable | None = None
        self._shown: list[JobSnapshot] | None = None
        with self._body:
            skeleton(lines=5)

    def show(self, jobs: list[JobSnapshot] | None) -> None:
        """Show these; nothing happens when they are shown already."""
        if jobs == self._shown:
            return
        self._shown = jobs
        if jobs and self._table is not None:
            self._table.set_rows(jobs)
            return
        self._body.clear()
        self._table = None
        with self._body:
            if jobs is None:
                skeleton(lines=5)
            elif not jobs:
                empty("Nothing has run yet.", "What ends, well or not, is listed here and stays findable.")
            else:
                self._table = JobTable(on_open=_open, on_cancel=_cancel, on_retry=retry_job, columns=_COLUMNS)
                self._table.set_rows(jobs)


def _search_field() -> None:
    field = ui.input(placeholder="Search kind, params, result or error").classes("jd-search")
    field.props("outlined dense")
    field.props["aria-label"] = "Search the history"
    with field.add_slot("prepend"):
        Icon("search").props["aria-hidden"] = "true"
    name_for_tests(field, "query")

    def search() -> None:
        ui.navigate.to(f"/history?{urlencode({'q': field.value.strip()})}" if field.value.strip() else "/history")

    field.on("keydown.enter", search)


def _state_link(state: State) -> None:
    with Link(target=f"/history?{urlencode({'state': str(state)})}", classes="jd-chip"):
        Text("span", LOOKS[state].label)
        Text("small").bind_text_from(bridge.totals, str(state), count)


async def _start(kind: Kind[Any, Any]) -> None:
    await open_start_dialog(kind, on_start=partial(start_job, kind), keep_file=keep_file, find_file=find_file)


async def _run_now(schedule: Schedule) -> None:
    await run_schedule(schedule.id, title=title_of(schedule))


def _open(job_id: int) -> None:
    ui.navigate.to(f"/jobs/{job_id}")


async def _cancel(job_id: int, jobs: RunningJobs | None = None) -> None:
    job = await carry_out(partial(cancel, by=reader()), job_id)
    if job is not None:
        say_cancelled(job)
    elif jobs is not None:
        jobs.offer_cancel(job_id)


def _ask_to_force(job_id: int) -> None:
    ask_before_force(job_id, on_sure=partial(_force, job_id))


async def _force(job_id: int) -> None:
    if await carry_out(_stop_by_force, job_id) is not None:
        toast(f"#{job_id} is stopped by force.")


def _stop_by_force(job_id: int) -> JobSnapshot:
    return cancel(job_id, by=reader(), is_forced=True)
