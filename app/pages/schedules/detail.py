"""The page of one schedule: its rule, what comes next, what became of its instants, what was changed by whom."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from nicegui import ui

from app.db import JobSnapshot
from app.db.clock import now
from app.db.queries import schedules
from app.db.queries.jobs import MAX_ID
from app.db.snapshots.schedule import Fire, FireOutcome, ScheduleChange
from app.errors import AppError
from app.pages.jobs.state_badge import StateBadge
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.previews.result_view import show_params
from app.pages.schedules.acts import ScheduleActs, act_button
from app.pages.schedules.backfill_dialog import open_backfill
from app.pages.schedules.form import open_form
from app.pages.schedules.page import draw_pause, here_at, notes_of, seconds_to_change
from app.pages.schedules.policies import draw_policies
from app.pages.schedules.run_dialog import can_run_with, open_run_dialog
from app.pages.schedules.then_fields import said_then
from app.pages.shell.missing import missing, unreadable
from app.pages.shell.tab_title import name_page
from app.pages.start.spec import FieldSpec, specs_of
from app.pages.time.clock import Clock
from app.pages.time.durations import duration
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, skeleton
from app.queue import registry
from app.queue.acts.schedules import reading
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.coming import Coming, coming

COMING = 10
FIRES = 50
_NEAR = timedelta(days=7)
"""Of what comes sooner it is said in how many hours or days."""
_SCHEDULES = ("All schedules", "/schedules")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that the page shows."""

    state: ScheduleState
    is_paused: bool
    coming: list[Coming]
    fires: list[Fire]
    changes: list[ScheduleChange]


def read(schedule_id: int) -> Reading:
    """Read a schedule.

    Raises:
        NotFound: there is none.
        Unavailable: the database is away.
    """
    state = reading.get_state(schedule_id)
    return Reading(
        state=state,
        is_paused=state.schedule.is_paused(now()),
        coming=coming(rule_of(state.schedule), after=now(), count=COMING),
        fires=schedules.list_fires(schedule_id, limit=FIRES),
        changes=schedules.list_changes(schedule_id),
    )


def page(schedule_id: str) -> None:
    """Draw the page of a schedule; what is not a schedule's number has no page."""
    if schedule_id.isascii() and schedule_id.isdecimal() and len(schedule_id) <= len(str(MAX_ID)):
        SchedulePage(int(schedule_id))
    else:
        sentence = f"“{schedule_id[:40]}” is not a schedule's number."
        missing(sentence, "The page Schedules lists them all.", way=_SCHEDULES)


class SchedulePage:
    """One tab's view of one schedule. Event loop only."""

    def __init__(self, schedule_id: int) -> None:
        """Draw placeholders and begin to load."""
        self._id = schedule_id
        self._drawn: Reading | None = None
        self.root = box("jd-column jd-schedule-page")
        with self.root, box("jd-panel"):
            skeleton(lines=6)
        self._reading = ReadLoop(self._read, name=f"read schedule {schedule_id}", element=self.root, pause_seconds=1.0)
        self._acts = ScheduleActs(self._reading.ask)
        subscriptions = Subscriptions()
        subscriptions.add(bridge.refreshed, self._reading.ask)
        subscriptions.add(bridge.job_changed, self._on_job)
        subscriptions.add(bridge.schedules_changed, self._on_change)
        self._reading.ask()

    def _on_job(self, job: JobSnapshot) -> None:
        if job.schedule_id == self._id:
            self._reading.ask()

    def _on_change(self, schedule_ids: list[int]) -> None:
        """Somebody else changed it, or an instant of it started no job."""
        if self._id in schedule_ids:
            self._reading.ask()

    async def _read(self) -> None:
        try:
            found = await asyncio.to_thread(read, self._id)
        except AppError as error:
            self._drawn = None
            self.root.clear()
            with self.root:
                unreadable(error, on_retry=self._reading.ask, way=_SCHEDULES)
            self._reading.ask_in(seconds_to_change([]))
            return
        self._reading.ask_in(seconds_to_change([found.state]))
        if not self.root.is_deleted and found != self._drawn:
            self._drawn = found
            self.root.clear()
            with self.root:
                self._draw(found)

    def _draw(self, found: Reading) -> None:
        state = found.state
        name_page(state.title)
        with box("jd-panel jd-schedule-head"):
            with panel_head(state.title, note=f"#{state.schedule.id} · {state.schedule.kind}"):
                self._draw_acts(state)
            with box("jd-schedule-head__body"):
                Text("h1", f"{state.sentence} ({state.schedule.timezone})", classes="jd-schedule-head__sentence")
                for words, tone in [*notes_of(state), *((one, "muted") for one in state.remarks)]:
                    Text("p", words, classes="jd-schedule__note").props["data-tone"] = tone
                draw_policies(state)
                if state.schedule.then:
                    followers = Text("p", said_then(state.schedule.then), classes="jd-schedule__note")
                    name_for_tests(followers, "schedule-then")
                if state.schedule.params:
                    show_params(state.schedule.params, _specs(state), uploads={})
        with box("jd-schedule-page__columns"):
            with box("jd-panel"):
                with panel_head("Next"):
                    pass
                _draw_coming(found)
            with box("jd-panel"):
                with panel_head("What became of its instants"):
                    pass
                _draw_fires(found)
        with box("jd-panel"):
            with panel_head("Changes"):
                pass
            _draw_changes(found)

    def _draw_acts(self, state: ScheduleState) -> None:
        one, acts = state.schedule, self._acts
        with box("jd-schedule__acts"):
            act_button("play_arrow", f"Run {state.title} now", lambda: acts.run(state), name=f"run-schedule-{one.id}")
            if can_run_with(state):
                act_button(
                    "data_object", "Run with other params", lambda: open_run_dialog(state), name=f"run-with-{one.id}"
                )
            act_button("history", "Run the missed ones", lambda: open_backfill(state), name=f"backfill-{one.id}")
            draw_pause(state, acts)
            act_button(
                "tune", "Change it", lambda: open_form(self._reading.ask, state=state), name=f"edit-schedule-{one.id}"
            )
            if one.differs:
                act_button("undo", "As its file says", lambda: acts.put_back(state), name=f"put-back-{one.id}")
            if not one.is_from_code:
                act_button(
                    "delete_outline",
                    f"Delete {state.title}",
                    lambda: acts.ask_delete(state, on_gone=lambda: ui.navigate.to("/schedules")),
                    name=f"delete-schedule-{one.id}",
                )


def _specs(state: ScheduleState) -> dict[str, FieldSpec]:
    kind = registry.find(state.schedule.kind)
    return {one.name: one for one in specs_of(kind.params_model)} if kind is not None else {}


def _draw_coming(found: Reading) -> None:
    with box("jd-schedule-list"):
        for one in found.coming:
            with box("jd-schedule-list__row"):
                Text("code", f"{one.local:%a %Y-%m-%d %H:%M:%S} {one.local.tzname()}")
                if here := here_at(one.local):
                    Text("span", here, classes="jd-schedule-list__words")
                if one.at - now() < _NEAR:  # a later one is said as a date, which stands there already
                    Clock(one.at)
                Text("span", _words_of(one, found.state), classes="jd-schedule-list__words")
        if not found.coming:
            empty("It fires no more.")


def _words_of(one: Coming, state: ScheduleState) -> str:
    """Say what is particular about an instant to come."""
    if state.problem is not None:
        return "starts nothing"
    return "skipped by the pause" if state.schedule.is_paused(one.at) else one.remark or ""


def _draw_fires(found: Reading) -> None:
    zone = reading.zone_of(found.state.schedule)
    with box("jd-schedule-list"):
        for fire in found.fires:
            with box("jd-schedule-list__row") as row:
                row.props["data-outcome"] = str(fire.outcome)
                name_for_tests(row, f"fire-{fire.id}")
                Text("code", f"{fire.instant.astimezone(zone):%a %Y-%m-%d %H:%M:%S}")
                is_skipped = fire.outcome is FireOutcome.SKIPPED  # it may name the job that was in its way
                if not is_skipped and fire.job_id is not None and fire.job_state is not None:
                    with Link(target=f"/jobs/{fire.job_id}", classes="jd-schedule__job"):
                        StateBadge(fire.job_state)
                    Text("span", _run_words(fire), classes="jd-schedule-list__words")
                else:
                    is_gone = not is_skipped and fire.job_id is not None
                    Text("span", "deleted" if is_gone else str(fire.outcome), classes="jd-tag")
                Text("span", fire.reason, classes="jd-schedule-list__words")
        if not found.fires:
            empty("None of its instants has come yet.")


def _run_words(fire: Fire) -> str:
    """Say which job it is, and what it took."""
    return f"#{fire.job_id}" + (f" · took {duration(fire.run_seconds)}" if fire.run_seconds is not None else "")


_DONE = {
    "create": "made",
    "edit": "changed",
    "pause": "paused",
    "resume": "resumed",
    "delete": "deleted",
    "put back": "put back as declared",
    "run the missed ones": "missed ones run",
}
"""What somebody did to a schedule, in the words of who reads it later."""


def _draw_changes(found: Reading) -> None:
    with box("jd-schedule-list"):
        for change in found.changes:
            with box("jd-schedule-list__row"):
                Clock(change.at)
                Text("span", f"{_DONE.get(change.act, change.act)} by {change.by}", classes="jd-tag")
                words = "; ".join(
                    f"{name}: {_short(old)} → {_short(new)}" for name, (old, new) in change.changes.items()
                )
                Text("span", words, classes="jd-schedule-list__words")
        if not found.changes:
            empty("Nobody has changed it.")


def _short(value: object) -> str:
    text = "none" if value in (None, "", []) else str(value).replace("\n", " · ")
    if _INSTANT.fullmatch(text):
        text = f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return text if len(text) <= 80 else f"{text[:79]}…"
