"""The head of a job's page: what it is, how it stands, how far it is, and what can be done with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nicegui import ui
from nicegui.binding import bindable_dataclass

from app.db import JobSnapshot, State
from app.db.queries.jobs import longer_than
from app.pages.jobs.cells.live_duration import LiveDuration
from app.pages.jobs.one_line import progress_line
from app.pages.jobs.state_badge import LOOKS, StateBadge
from app.pages.shell.tab_title import name_page
from app.pages.time.clock import Clock
from app.pages.time.durations import count, duration
from app.pages.time.late_words import LateWords
from app.pages.time.time_left import TimeLeft
from app.pages.widgets.markup import Icon, Panel, Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.pages.widgets.progress_bar import ProgressBar

Act = Callable[[], Awaitable[None] | None]
MAX_ETA_SECONDS = 10 * 365 * 86_400


@bindable_dataclass
class Standing:
    """What of a job changes while one looks at it; every field is bindable."""

    state: State = State.QUEUED
    ratio: float | None = None
    percent: str = ""
    step: str = ""
    rate: str = ""
    is_running: bool = False
    is_stopping: bool = False
    stopping: str = ""
    handled: str = ""

    def take(self, job: JobSnapshot) -> None:
        """Follow a snapshot."""
        self.state = job.state
        self.is_running = job.state is State.RUNNING
        self.is_stopping = job.is_stopping
        self.handled = f"Handled by {job.handled_by}" if job.handled_at is not None else ""
        self.stopping = "Stopping…" if job.force_requested_at is None else "Stopping by force…"
        self.ratio = job.progress.ratio
        self.percent = "" if job.progress.ratio is None else f"{int(job.progress.ratio * 100)}%"
        self.step = progress_line(job) or ("No progress is reported." if self.is_running else "")
        self.rate = rate_text(job.progress.rate_per_second) if self.is_running else ""


def rate_text(per_second: float | None) -> str:
    """Write a rate; slow ones per minute: "408/s", "3.5/min"."""
    if not per_second or per_second <= 0:
        return ""
    return f"{count(per_second)}/s" if per_second >= 1 else f"{count(per_second * 60)}/min"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadAct:
    """An act of the head: a button while it is what one most likely wants, else a line of the menu.

    Attributes:
        name: for its test id: `<name>-<job id>`.
        label: what its button says.
        icon: a Material icon's name.
        act: called when it is pressed.
        refusal: says why it cannot be pressed now; None: it can.
        is_dangerous: something is lost by it.
        is_first: says whether it has the button now, of which there is one; None: it is always in the menu.
        comes_late: a moment late, for what most often passes by itself meanwhile.
    """

    name: str
    label: str
    icon: str
    act: Act
    refusal: Callable[[JobSnapshot], str | None]
    is_dangerous: bool = False
    is_first: Callable[[JobSnapshot], bool] | None = None
    comes_late: bool = False


class JobHead:
    """Title, state, progress and acts. Event loop only; it reports acts and knows no database."""

    def __init__(self, job: JobSnapshot, *, acts: list[HeadAct], copies: Mapping[str, Act]) -> None:
        """`copies`: label → what puts a command into the clipboard."""
        self.standing = Standing()
        self._words = ""
        self._usual_seconds: float | None = None
        self._is_changed_code = False
        self._heard_at: datetime | None = None
        self._acts = acts
        self._buttons: dict[str, ui.button | ui.menu_item] = {}
        with Panel("jd-panel") as self.element, box("jd-head"):
            with box("jd-head__row"):
                with box("jd-head__name"):
                    self._draw_title(job)
                with box("jd-head__acts"):
                    self._draw_acts(job.id, copies)
            self._draw_progress(job)
            self._draw_times(job)
        self.update(job)

    def _draw_title(self, job: JobSnapshot) -> None:
        with box("jd-head__title-row"):
            Text("h1", job.title, classes="jd-head__title")
            Text("span", f"#{job.id}", classes="jd-id")
            badge = StateBadge(job.state, job_id=job.id).mark(f"state-{job.id}")
            badge.bind_state_from(self.standing)
            stopping = Text("span", classes="jd-tag jd-tag--warning")
            stopping.bind_text_from(self.standing, "stopping")
            stopping.bind_visibility_from(self.standing, "is_stopping")
            handled = Text("span", classes="jd-tag")
            handled.bind_text_from(self.standing, "handled")
            handled.bind_visibility_from(self.standing, "handled", bool)

    def _draw_acts(self, job_id: int, copies: Mapping[str, Act]) -> None:
        for act in self._acts:
            if act.is_first is not None:
                self._buttons[act.name] = _button(act, job_id)
        with ui.button(icon="more_horiz", color=None).props("flat").classes("jd-icon-button jd-head__more") as more:
            more.props["aria-label"] = more.props["title"] = "More acts"
            name_for_tests(more, f"more-{job_id}")
            with ui.menu().props("anchor='bottom right' self='top right' :offset='[0, 6]'"):
                for act in self._acts:
                    if act.is_first is None:
                        self._buttons[act.name] = _menu_line(act, job_id)
                ui.separator()
                for label, act_of_copy in copies.items():
                    _line("content_copy", label, act_of_copy)

    def _draw_progress(self, job: JobSnapshot) -> None:
        with box("jd-head__progress") as self._progress:
            bar = ProgressBar(label=f"Progress of {job.title} #{job.id}").bind_ratio_from(self.standing)
            self._bar = name_for_tests(bar, f"progress-{job.id}")
            with box("jd-head__meta"):
                Text("span", classes="jd-head__step").bind_text_from(self.standing, "step")
                Text("span", classes="jd-head__quiet").bind_text_from(self.standing, "rate")
                self._silence = LateWords("no news for ", ticks=True).classes("jd-head__late")
                self._longer = LateWords().classes("jd-head__late")
                with box("jd-head__quiet", tag="span"):
                    self._elapsed = LiveDuration()
                self._left = TimeLeft().classes("jd-head__quiet")
                Text("span", classes="jd-head__percent").bind_text_from(self.standing, "percent")

    def _draw_times(self, job: JobSnapshot) -> None:
        with name_for_tests(box("jd-head__times"), f"end-{job.id}") as self._times:
            with box(tag="span"):
                self._event = Text("span")
                self._event_at = Clock(None)
            self._took = Text("span")
            self._worker = Text("span", classes="jd-name")
            self._changed_code = Text("span", "the code has changed since", classes="jd-head__late")

    def _show_times(self, job: JobSnapshot) -> None:
        """Say when it ended, or began, how long it ran and where."""
        at = job.finished_at if job.state.is_finished else job.started_at
        has_times = at is not None and (job.state.is_finished or job.state is State.RUNNING)
        if self._times.visible != has_times:
            self._times.visible = has_times
        if has_times:
            self._event.set_text(f"{LOOKS[job.state].label if job.state.is_finished else 'Began'} ")
            self._event_at.set_time(at)
            has_took = job.state.is_finished and job.run_seconds is not None
            self._took.set_text(f"took {duration(job.run_seconds)}" if has_took else "")
            self._worker.set_text(f"on {job.worker}" if job.worker else "")
        self._changed_code.set_visibility(job.state.is_finished and self._is_changed_code)

    def compare(self, usual_seconds: float | None, *, is_changed_code: bool) -> None:
        """Take in how long its kind usually runs, and whether its code is another now; `update` shows it."""
        self._usual_seconds = usual_seconds
        self._is_changed_code = is_changed_code

    def hear(self, at: datetime) -> None:
        """Take in that it wrote into its log: that is news, too."""
        self._heard_at = at if self._heard_at is None else max(at, self._heard_at)
        if self._silence.props.get("at") is not None:
            self._expect_news(self._heard_at, within_seconds=self._silence.props.get("after"))

    def _expect_news(self, heard_at: datetime | None, *, within_seconds: float | None) -> None:
        self._silence.watch(heard_at, after_seconds=within_seconds)
        self._left.trust(heard_at, while_seconds=within_seconds)

    def _show_delays(self, job: JobSnapshot) -> None:
        """Let the browser say when nothing was heard of it for long, and when it runs longer than its kind does."""
        is_watched = job.state is State.RUNNING and not job.is_stopping
        news = [at for at in (job.progress.at, self._heard_at) if at is not None]
        heard_at = max(news) if is_watched and job.progress.at is not None else None
        self._expect_news(heard_at, within_seconds=job.progress.stalled_after_seconds)
        usual = self._usual_seconds
        words = f"longer than usual ({duration(usual)})"
        self._longer.watch(job.started_at if is_watched else None, after_seconds=longer_than(usual), words=words)

    def update(self, job: JobSnapshot) -> None:
        """Show a newer snapshot."""
        self._show_times(job)
        self._show_delays(job)
        self.standing.take(job)
        if self._bar.props.get("data-state") != job.state:
            self._bar.props["data-state"] = str(job.state)
        self._elapsed.show(
            None if job.state.is_finished else job.run_seconds,
            since=job.started_at if job.state is State.RUNNING else None,
        )
        self._left.show(_ends_at(job))
        was_on_its_way = job.progress.done is not None and job.state in (State.FAILED, State.CANCELLED)
        waits_for_others = job.state is State.SCHEDULED and job.aside_since is not None
        has_progress = job.state is State.RUNNING or was_on_its_way or waits_for_others
        if self._progress.visible != has_progress:
            self._progress.visible = has_progress
        for act in self._acts:
            if act.is_first is not None:
                self._buttons[act.name].set_visibility(act.is_first(job))
            self._allow(self._buttons[act.name], act.refusal(job))
        self._name_page(job)

    def _name_page(self, job: JobSnapshot) -> None:
        state = "Stopping" if job.is_stopping else LOOKS[job.state].label
        has_percent = job.state is State.RUNNING and not job.is_stopping and self.standing.percent
        words = f"#{job.id} {job.title} · {self.standing.percent if has_percent else state}"
        if words != self._words:
            self._words = words
            name_page(words)

    @staticmethod
    def _allow(button: ui.button | ui.menu_item, refusal: str | None) -> None:
        button.set_enabled(refusal is None)
        if button.props.get("title") != refusal:
            button.props.set_optional("title", refusal)


def _button(act: HeadAct, job_id: int) -> ui.button:
    button = on_press(ui.button(act.label, icon=act.icon, color=None), act.act).props("unelevated no-caps")
    button.classes(f"jd-button jd-button--{'danger' if act.is_dangerous else 'secondary'}")
    if act.comes_late:
        button.classes("jd-comes-late")
    return name_for_tests(button, f"{act.name}-{job_id}")


def _menu_line(act: HeadAct, job_id: int) -> ui.menu_item:
    line = _line(act.icon, act.label, act.act)
    if act.is_dangerous:
        line.classes("jd-menu-line--danger")
    return name_for_tests(line, f"{act.name}-{job_id}")


def _line(icon: str, label: str, act: Act) -> ui.menu_item:
    with ui.menu_item(on_click=act).classes("jd-menu-line") as line:
        Icon(icon).props["aria-hidden"] = "true"
        Text("span", label)
    return line


def _ends_at(job: JobSnapshot) -> datetime | None:
    progress = job.progress
    if job.state is not State.RUNNING or job.is_stopping or progress.at is None or progress.eta_seconds is None:
        return None
    return progress.at + timedelta(seconds=min(progress.eta_seconds, MAX_ETA_SECONDS))
