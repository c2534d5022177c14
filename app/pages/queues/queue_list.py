"""The queues: what waits in each, and a pause for the asking."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Self, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from

from app.pages.jobs.pause_words import length_words, pace_words, pause_words
from app.pages.jobs.questions import ask_pause
from app.pages.jobs.reader import close_to_others
from app.pages.time.clock import Clock
from app.pages.time.durations import count
from app.pages.widgets.markup import Button, Panel, Plain, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import skeleton
from app.pages.widgets.press import opens_menu
from app.queue.acts.queues import MAX_REASON_LENGTH, Queue
from app.rights import Act

OnPause = Callable[[str, datetime | None, str], Any]
"""Called with the queue, when the pause ends by itself (None: it does not) and the reason."""
_RESUME = "jd-button jd-button--secondary jd-queue__resume"
_LENGTHS = {None: "Until it is resumed", 15: "For 15 minutes", 60: "For an hour", 480: "For 8 hours"}


class QueueList(Panel):
    """A line for each queue. `queues` is bindable; None draws a skeleton."""

    queues = BindableProperty(on_change=lambda sender, queues: cast("QueueList", sender)._draw(queues))

    def __init__(
        self,
        *,
        on_pause: OnPause,
        on_resume: Callable[[str], Any],
        on_jobs: Callable[[str], Any],
        tells_pace: bool = False,
    ) -> None:
        """Draw the card; `on_jobs` leads to the jobs of a queue. `tells_pace`: say when each will be empty, too."""
        super().__init__("jd-panel jd-dashboard__queues")
        self._acts = (on_pause, on_resume, on_jobs)
        self._tells_pace = tells_pace
        self._lines: dict[str, _Line] = {}
        with self:
            with panel_head("Queues"):
                self._paused = Text("span")
            self._body = box("jd-queues")
        self.queues = None
        self._draw(None)

    def bind_queues_from(self, source: Any, name: str = "queues") -> Self:
        """Follow the bindable property `name` of `source`."""
        bind_from(self, "queues", source, name)
        return self

    def _draw(self, queues: Sequence[Queue] | None) -> None:
        if queues is None:
            with self._body:
                skeleton(lines=1)
            return
        if list(self._lines) != [queue.name for queue in queues]:
            self._body.clear()
            with self._body:
                self._lines = {queue.name: _Line(queue.name, *self._acts) for queue in queues}
        for queue in queues:
            self._lines[queue.name].show(queue, pace=pace_words(queue) if self._tells_pace else "")
        paused = sum(queue.is_paused for queue in queues)
        self._paused.set_text(f"{count(paused)} paused" if paused else "")


class _Line(Plain):
    """One queue: its name, what waits in words, and the acts. Paused, it says by whom and why."""

    def __init__(
        self, name: str, on_pause: OnPause, on_resume: Callable[[str], Any], on_jobs: Callable[[str], Any]
    ) -> None:
        super().__init__("div", classes="jd-queue")
        self._state = ""
        name_for_tests(self, f"queue-{name}")
        with self:
            with box("jd-queue__head"):
                Text("b", name)
                self._words = Text("span", classes="jd-queue__words")
                self._resume = Button("Resume", on_click=lambda: on_resume(name), classes=_RESUME)
                self._resume.props("unelevated no-caps")
                self._resume.props["aria-label"] = f"Resume the queue {name}"
                name_for_tests(self._resume, f"resume-queue-{name}")
                close_to_others(self._resume, Act.QUEUES)
                more = Button(icon="more_vert", classes="jd-icon-button").props("flat")
                more.props["aria-label"] = f"Acts on the queue {name}"
                name_for_tests(more, f"queue-menu-{name}")
                opens_menu(more, lambda: _offer(name, on_pause, on_jobs))
            self._pace = Text("p", classes="jd-queue__pace")
            with box("jd-queue__note") as self._note:
                self._why = Text("span")
                with box(tag="span") as self._end:
                    Text("span", "It goes on ")
                    self._clock = Clock(None)
                    Text("span", ".")

    def show(self, queue: Queue, *, pace: str) -> None:
        """Draw a queue; sends only what changed. `pace`: a line below it."""
        self._pace.set_text(pace)
        state = "paused" if queue.is_paused else "alone" if queue.remark else ""
        if state != self._state:
            self._state = state
            self.props["data-state"] = state
        self._words.set_text(length_words(queue))
        self._why.set_text(f"P{pause_words(queue)[1:]}. " if queue.is_paused else queue.remark or "")
        self._clock.set_time(queue.paused_until)
        for element, is_wanted in (
            (self._resume, queue.is_paused),
            (self._note, queue.is_paused or (queue.remark is not None and queue.waiting > 0)),
            (self._end, queue.paused_until is not None),
        ):
            if element.visible != is_wanted:
                element.visible = is_wanted


def _offer(name: str, on_pause: OnPause, on_jobs: Callable[[str], Any]) -> None:
    ask = ui.menu_item("Pause…", on_click=lambda: _ask_pause(name, on_pause))
    name_for_tests(ask, f"pause-queue-{name}")
    close_to_others(ask, Act.QUEUES)
    ui.menu_item("Show its jobs", on_click=lambda: on_jobs(name)).props["data-view"] = ""


def _ask_pause(name: str, on_pause: OnPause) -> None:
    """Open a small dialog for how long and why."""
    ask_pause(
        f"Pause the queue {name}",
        "What runs goes on; its other jobs wait.",
        lengths=_LENGTHS,
        max_reason_length=MAX_REASON_LENGTH,
        on_pause=partial(on_pause, name),
    )
