"""The dialog that makes or changes a schedule: its rule with its words and next instants, the params, the policies."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from nicegui import ui

from app.db.clock import now
from app.errors import AppError, FieldError, InvalidInput
from app.pages.jobs.acts import find_file, keep_file
from app.pages.jobs.reader import reader
from app.pages.start.form import ParamsForm
from app.pages.start.values import path_of
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast
from app.queue import registry
from app.queue.acts.schedules import changing
from app.queue.acts.schedules.changing import MAX_NAME_LENGTH, Wish
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.calendar.coming import coming
from app.queue.calendar.remarks import remarks
from app.queue.calendar.rule import Rule, problems
from app.queue.calendar.sentences import sentence

COMING = 10
_MISFIRE = {
    "once": "One job makes up for all",
    "all": "One job for each",
    "skip": "Nothing",
}
_OVERLAP = {
    "allow": "Start another beside it",
    "skip": "Skip the instant",
    "wait": "Wait until it has ended, one at most",
    "cancel": "Cancel the old one, then start",
}
_OWN_FIELDS = ("name", "cron", "timezone", "misfire", "overlap", "kind")


def open_form(on_done: Callable[[], object], *, state: ScheduleState | None = None) -> None:
    """Open the dialog; `on_done` is called when the schedule is stored.

    Args:
        on_done: reads again.
        state: the schedule that is changed; None: a new one.
    """
    with ui.context.client.layout:
        ScheduleForm(on_done, state).open()


class ScheduleForm(Dialog):
    """The dialog. Event loop only; deleted when it closes."""

    def __init__(self, on_done: Callable[[], object], state: ScheduleState | None) -> None:
        """Draw it."""
        self._state, self._on_done = state, on_done
        title = f"Change {state.title}" if state else "New schedule"
        super().__init__(title)
        self.props("persistent")
        self._params: ParamsForm | None = None
        one = state.schedule if state else None
        with self, box("jd-dialog jd-confirm jd-schedule-form"):
            Text("h2", title, classes="jd-confirm__title")
            if one is None:
                kinds = {kind.name: kind.title for kind in registry.listed if registry.off_because(kind) is None}
                self._kind = ui.select(kinds, label="What it starts", on_change=lambda: self._draw_params())
                name_for_tests(self._kind.props("outlined dense"), "schedule-kind")
            self._name = self._input("Name", one.name if one else "", "schedule-name", limit=MAX_NAME_LENGTH)
            self._cron = self._input(
                "Cron expressions, with ; between several", "; ".join(one.cron) if one else "0 3 * * *", "schedule-cron"
            )
            self._zone = self._input("Time zone", one.timezone if one else "UTC", "schedule-zone", limit=100)
            self._preview = name_for_tests(box("jd-schedule-form__preview"), "schedule-preview")
            self._preview.props["aria-live"] = "polite"
            self._misfire = ui.select(
                _MISFIRE, value=one.misfire if one else "once", label="For instants that were missed"
            )
            self._overlap = ui.select(
                _OVERLAP, value=one.overlap if one else "allow", label="While a job of it is unfinished"
            )
            for field in (self._misfire, self._overlap):
                field.props("outlined dense")
            self._place = box("jd-start")
            self._alert = name_for_tests(Text("p", classes="jd-field__error"), "schedule-alert")
            self._alert.props["role"] = "alert"
            with box("jd-confirm__acts"):
                self._judged = Text("span", classes="jd-schedule__note")
                leave = ui.button("Cancel", color=None, on_click=self.close).props("flat no-caps")
                leave.classes("jd-button jd-button--ghost")
                save = on_press(ui.button("Save", color=None), self._save).props("unelevated no-caps")
                name_for_tests(save.classes("jd-button jd-button--primary"), "save-schedule")
        self._draw_preview()
        self._draw_params()

    def _input(self, label: str, value: str, name: str, *, limit: int = 1000) -> ui.input:
        made = ui.input(label, value=value, on_change=lambda: self._draw_preview())
        return name_for_tests(made.props(f"outlined dense maxlength={limit} debounce=200"), name)

    def _rule(self) -> Rule:
        """Return the rule that is filled in; what the dialog has no field for stays as it is."""
        cron = tuple(text.strip() for text in (self._cron.value or "").split(";") if text.strip())
        return Rule(timezone=(self._zone.value or "").strip(), cron=cron)

    def _draw_preview(self) -> None:
        if not hasattr(self, "_preview"):
            return
        self._preview.clear()
        rule = self._rule()
        with self._preview:
            if not rule.cron and self._state is not None and not self._state.schedule.cron:
                Text("p", self._state.sentence)
                return
            wrong = problems(rule, after=now())
            if wrong:
                for one in wrong:
                    Text("p", one.message, classes="jd-field__error")
                return
            Text("p", sentence(rule), classes="jd-schedule-form__sentence")
            for words in remarks(rule, after=now()):
                Text("p", words, classes="jd-schedule__note")
            for instant in coming(rule, after=now(), count=COMING):
                with box("jd-schedule-list__row"):
                    Text("code", f"{instant.local:%a %Y-%m-%d %H:%M:%S} {instant.local.tzname()}")
                    Text("span", instant.remark or "", classes="jd-schedule-list__words")

    def _draw_params(self) -> None:
        name = self._state.schedule.kind if self._state else self._kind.value
        kind = registry.find(name) if name else None
        self._place.clear()
        self._params = None
        if kind is None:
            return
        with self._place:
            self._params = ParamsForm(
                kind,
                is_again=self._state is not None,
                keep_file=keep_file,
                find_file=find_file,
                on_homeless=self._alert.set_text,
                on_judged=self._judged.set_text,
            )
            self._params.begin_with(self._state.schedule.params if self._state else {})

    async def _save(self) -> None:
        self._alert.set_text("")
        if self._params is None:
            if self._state is None:
                self._alert.set_text("Choose what it starts.")
                return
            values: dict[str, Any] | None = None
        else:
            self._params.clear()
            self._params.was_refused = True
            values, wrong = self._params.read(overlong=[])
            if values is None or wrong:
                self._params.show(wrong)
                return
        try:
            await asyncio.to_thread(self._store, self._wish(values))
        except InvalidInput as error:
            self._show(error)
        except AppError as error:
            self._alert.set_text(" ".join(filter(None, (error.message, error.hint))))
        else:
            self.close()
            toast("The schedule was saved.")
            self._on_done()

    def _wish(self, values: dict[str, Any] | None) -> Wish:
        rule = self._rule()
        said: dict[str, Any] = {
            "name": (self._name.value or "").strip(),
            "timezone": rule.timezone,
            "misfire": self._misfire.value,
            "overlap": self._overlap.value,
        }
        if rule.cron or self._state is None or self._state.schedule.cron:
            said["cron"] = rule.cron
        if values is not None:
            said["params"] = values
        return cast("Wish", said)

    def _store(self, wish: Wish) -> None:
        if self._state is None:
            changing.create(self._kind.value, wish, by=reader())
        else:
            changing.edit(self._state.schedule.id, wish, by=reader())

    def _show(self, error: InvalidInput) -> None:
        own: list[FieldError] = [one for one in error.fields if one.field in _OWN_FIELDS or self._params is None]
        self._alert.set_text(" ".join(one.message for one in own) or ("" if error.fields else error.message))
        if self._params is not None:
            self._params.show([(path_of(one.field), one.message) for one in error.fields if one not in own])
