"""The list of schedules: what each does in words, when it fires next, how it went, and its acts."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from nicegui import ui
from nicegui.element import Element

from app.db import JobSnapshot
from app.db.clock import now
from app.db.queries.jobs import RecentRun
from app.errors import AppError
from app.pages.jobs.reader import close_to_others
from app.pages.jobs.run_bars import RunBars
from app.pages.jobs.state_badge import LOOKS, StateBadge
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.schedules.acts import ScheduleActs, act_button
from app.pages.schedules.band import Band
from app.pages.schedules.form import open_form
from app.pages.schedules.import_dialog import open_import
from app.pages.time.browser_zone import known_zone, zone_name
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, problem, skeleton
from app.queue.acts.schedules import reading
from app.queue.acts.schedules.reading import ScheduleState
from app.reports.words import percent
from app.rights import Act

MOST_SHOWN = 500
LOOK_AGAIN_SECONDS = 60.0
"""A schedule becomes late while nothing happens: so often an open page looks."""


def page() -> None:
    """Draw the schedules."""
    SchedulesPage()


class SchedulesPage:
    """One tab's list of schedules. Event loop only."""

    def __init__(self) -> None:
        """Draw the card and begin to load."""
        Text("h1", "Schedules", classes="jd-hidden")
        self._drawn: list[tuple[ScheduleState, bool]] | None = None
        with box("jd-column"):
            self._band = Band(on_length=self._look_again)
            self.card = box("jd-panel jd-schedules")
        with self.card:
            with panel_head("Schedules"):
                take = ui.button("Import", icon="download", color=None, on_click=self._open_import)
                name_for_tests(take.props("flat no-caps").classes("jd-button jd-button--ghost"), "import-schedules")
                new = ui.button("New schedule", icon="add", color=None, on_click=self._open_form)
                name_for_tests(new.props("unelevated no-caps").classes("jd-button jd-button--primary"), "new-schedule")
                for button in (take, new):
                    close_to_others(button, Act.SCHEDULE)
            self.body = box("jd-schedules__rows")
            with self.body:
                skeleton(lines=4)
        self.reading: ReadLoop = ReadLoop(self._read, name="read the schedules", element=self.card, pause_seconds=1.0)
        self.acts = ScheduleActs(self.reading.ask)
        subscriptions = Subscriptions()
        subscriptions.add(bridge.refreshed, self.reading.ask)
        subscriptions.add(bridge.job_changed, self._on_job)
        subscriptions.add(bridge.schedules_changed, self.reading.ask)
        self.reading.ask()

    def _open_form(self) -> None:
        open_form(self.reading.ask)

    def _on_job(self, job: JobSnapshot) -> None:
        """A schedule has fired, or what it started goes on."""
        if job.schedule_id is not None:
            self.reading.ask()

    def _look_again(self) -> None:
        self._drawn = None
        self.reading.ask()

    def _open_import(self) -> None:
        open_import(self.reading.ask)

    async def _read(self) -> None:
        try:
            states = await asyncio.to_thread(reading.list_states, limit=MOST_SHOWN)
        except AppError as error:
            self.body.clear()
            self._drawn = None
            self._band.leave_empty()
            with self.body:
                problem(error.message, error.hint, on_retry=self.reading.ask)
            self.reading.ask_in(LOOK_AGAIN_SECONDS)
            return
        states.sort(key=lambda one: (one.next is None, one.next or one.schedule.created_at, one.schedule.id))
        self.reading.ask_in(seconds_to_change(states))
        shown = [(state, state.schedule.is_paused(now())) for state in states]
        if self.card.is_deleted or shown == self._drawn:
            return
        self._drawn = shown
        self.body.clear()
        with self.body:
            for state in states:
                draw_row(state, self.acts)
            if not states:
                empty("Nothing is scheduled.", "Make one here, or write schedule= in a kind's file.")
            if len(states) == MOST_SHOWN:
                Text("p", f"The first {MOST_SHOWN}; the API lists all.", classes="jd-schedules__note")
        await self._band.show(states)


def seconds_to_change(states: Sequence[ScheduleState]) -> float:
    """Return when to look again, in seconds: as soon as a pause ends by itself, and after a minute at the latest."""
    at = now()
    ends = (one.schedule.paused_until for one in states if one.schedule.is_paused(at))
    return min([LOOK_AGAIN_SECONDS, *((end - at).total_seconds() for end in ends if end is not None)])


def draw_row(state: ScheduleState, acts: ScheduleActs) -> Element:
    """Draw one schedule of the list."""
    one = state.schedule
    with box("jd-schedule") as row:
        name_for_tests(row, f"schedule-row-{one.id}")
        with box("jd-schedule__what"):
            Link(state.title, f"/schedules/{one.id}", classes="jd-schedule__title")
            Text("span", f"{state.sentence} ({one.timezone})", classes="jd-schedule__sentence")
            for words, tone in notes_of(state):
                Text("span", words, classes="jd-schedule__note").props["data-tone"] = tone
        with box("jd-schedule__next"):
            _draw_next(state)
        with box("jd-schedule__last"):
            _draw_last(state)
        with box("jd-schedule__acts"):
            act_button("play_arrow", f"Run {state.title} now", lambda: acts.run(state), name=f"run-schedule-{one.id}")
            draw_pause(state, acts)
    return row


def draw_pause(state: ScheduleState, acts: ScheduleActs) -> None:
    """Draw the button that pauses it, or lets it fire again."""
    one = state.schedule
    if one.is_paused(now()):
        act_button("replay", f"Resume {state.title}", lambda: acts.resume(state), name=f"resume-schedule-{one.id}")
    else:
        act_button("pause", f"Pause {state.title}", lambda: acts.ask_pause(state), name=f"pause-schedule-{one.id}")


def notes_of(state: ScheduleState) -> list[tuple[str, str]]:
    """Return what is particular about a schedule: sentences with their tone."""
    one, found = state.schedule, []
    if state.problem:
        found.append((state.problem, "error"))
    if state.overdue:
        found.append((state.overdue.sentence, "warning"))
    if one.is_paused(now()):
        end = one.paused_until.astimezone(known_zone()) if one.paused_until else None
        until = f" until {end:%Y-%m-%d %H:%M} ({zone_name()})" if end else ""
        because = f": {one.paused_reason}" if one.paused_reason else "."
        found.append((f"Paused by {one.paused_by}{until}{because}", "muted"))
    if one.differs:
        found.append((f"Changed here: its file says {one.declared_cron} ({one.declared_timezone}).", "muted"))
    return found


def _draw_next(state: ScheduleState) -> None:
    if state.next is None:
        Text("span", "fires no more" if state.schedule.paused_at is None else "paused")
        return
    Clock(state.next)
    local = state.next.astimezone(reading.zone_of(state.schedule))
    words = [f"{local:%a %H:%M} {local.tzname()}", here_at(local)]
    Text("span", " · ".join(filter(None, words)), classes="jd-schedule__local")


def here_at(local: datetime) -> str:
    """Say what the reader's clock shows at an instant; empty where it shows the same as in the schedule's zone."""
    mine = local.astimezone(known_zone())
    if mine.utcoffset() == local.utcoffset():
        return ""
    return f"{mine:%H:%M} here" if mine.date() == local.date() else f"{mine:%a %H:%M} here"


def _draw_last(state: ScheduleState) -> None:
    last = state.runs[0] if state.runs else None
    if last is None:
        Text("span", "has not run", classes="jd-schedule__local")
        return
    if last.job_state is not None:
        with Link(target=f"/jobs/{last.job_id}", classes="jd-schedule__job") as link:
            link.props["aria-label"] = f"{LOOKS[last.job_state].label}: its last job, #{last.job_id}"
            StateBadge(last.job_state)
    with box("jd-schedule__runs"):
        RunBars(begins_left=True).set_runs(_runs(state))
        if state.success_ratio is not None:
            Text("span", f"{percent(state.success_ratio, 1)} succeeded", classes="jd-schedule__local")


def _runs(state: ScheduleState) -> list[RecentRun]:
    """Return its last finished runs, oldest first."""
    return [
        RecentRun(id=one.job_id, state=one.job_state, run_seconds=one.run_seconds)
        for one in reversed(state.runs)
        if one.job_id is not None and one.job_state is not None and one.job_state.is_finished
    ]
