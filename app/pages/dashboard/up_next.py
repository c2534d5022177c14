"""The schedules that fire soonest, each with a button that runs it now."""

from collections.abc import Callable, Sequence
from typing import Any, Self, cast

from nicegui.binding import BindableProperty, bind_from

from app.db.snapshots.schedule import Schedule
from app.pages.jobs.reader import close_to_others
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Button, Link, Panel, Plain, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, skeleton
from app.pages.widgets.press import on_press
from app.rights import Act


class UpNext(Panel):
    """A row for each schedule, the soonest first. `schedules` is bindable; None draws a skeleton."""

    schedules = BindableProperty(on_change=lambda sender, found: cast("UpNext", sender)._draw(found))

    def __init__(
        self,
        *,
        title_of: Callable[[Schedule], str],
        sentence_of: Callable[[Schedule], str],
        on_run: Callable[[Schedule], Any],
    ) -> None:
        """Draw the card.

        Args:
            title_of: what people call a schedule.
            sentence_of: when a schedule fires, in words.
            on_run: called with a schedule when its button is pressed.
        """
        super().__init__("jd-panel jd-dashboard__upnext")
        self._title_of, self._sentence_of, self._on_run = title_of, sentence_of, on_run
        self._rows: dict[int, _Row] = {}
        self._said: list[tuple[int, str, str, str]] = []
        with self:
            with panel_head("Up next"):
                Link("All schedules", "/schedules", classes="jd-link")
            self._body = box("jd-upnext")
        self.schedules = None
        self._draw(None)

    def bind_schedules_from(self, source: Any, name: str = "schedules") -> Self:
        """Follow the bindable property `name` of `source`."""
        bind_from(self, "schedules", source, name)
        return self

    def _draw(self, schedules: Sequence[Schedule] | None) -> None:
        if schedules is None:
            with self._body:
                skeleton(lines=2)
            return
        said = [(one.id, self._title_of(one), self._sentence_of(one), one.timezone) for one in schedules]
        if said != self._said or not schedules:
            self._said = said
            self._body.clear()
            with self._body:
                self._rows = {one.id: self._row(one) for one in schedules}
                if not schedules:
                    empty("Nothing is scheduled.", "A kind with schedule= in its file fires here by itself.")
        for one in schedules:
            self._rows[one.id].show(one)

    def _row(self, schedule: Schedule) -> "_Row":
        title = self._title_of(schedule)
        return _Row(schedule, title=title, sentence=self._sentence_of(schedule), on_run=self._on_run)


class _Row(Plain):
    """One schedule: its kind, its rule, when it fires, and the button."""

    def __init__(self, schedule: Schedule, *, title: str, sentence: str, on_run: Callable[[Schedule], Any]) -> None:
        super().__init__("div", classes="jd-upnext__row")
        name_for_tests(self, f"schedule-{schedule.id}")
        with self:
            with box("jd-upnext__words"):
                Link(title, f"/schedules/{schedule.id}", classes="jd-upnext__title")
                rule = Text("span", sentence)
                rule.props["title"] = f"{sentence} ({schedule.timezone})" + "".join(
                    f" · {one}" for one in schedule.cron
                )
            self._clock = Clock(schedule.next_at)
            run = Button(icon="play_arrow", classes="jd-icon-button").props("flat")
            on_press(run, lambda: on_run(schedule))
            run.props["aria-label"] = f"Run {title} now"
            run.props["title"] = "Run it now"
            close_to_others(run, Act.SCHEDULE)
            name_for_tests(run, f"run-{schedule.id}")

    def show(self, schedule: Schedule) -> None:
        """Show when it fires next."""
        self._clock.set_time(schedule.next_at)
