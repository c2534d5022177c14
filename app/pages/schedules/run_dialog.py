"""The dialog that runs a schedule now with other params than its own: for one job, the schedule stays as it is."""

import asyncio
from functools import partial
from typing import Any

from nicegui import ui

from app.errors import AppError, InvalidInput
from app.pages.jobs.acts import find_file, keep_file, say_started
from app.pages.jobs.reader import reader
from app.pages.start.form import ParamsForm
from app.pages.start.questions.confirm_question import ConfirmQuestion
from app.pages.start.values import path_of
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue import registry
from app.queue.acts.schedules import changing
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.kinds.kind import Kind


def can_run_with(state: ScheduleState) -> bool:
    """Say whether its kind is there and takes params."""
    kind = registry.find(state.schedule.kind)
    return kind is not None and bool(kind.params_model.model_fields)


def open_run_dialog(state: ScheduleState) -> None:
    """Open the dialog, filled in with the schedule's params."""
    with ui.context.client.layout:
        RunDialog(state).open()


class RunDialog(Dialog):
    """The dialog. Event loop only; deleted when it closes."""

    def __init__(self, state: ScheduleState) -> None:
        """Draw it."""
        kind, title = registry.get(state.schedule.kind), f"Run {state.title} with other params"
        kinds = [kind, *filter(None, (registry.find(one.kind) for one in state.schedule.then))]
        self._warning = " ".join(dict.fromkeys(one.confirm for one in kinds if one.confirm is not None))
        super().__init__(title)
        self._id, self._is_busy = state.schedule.id, False
        self.props("persistent")
        with self, box("jd-dialog jd-confirm jd-schedule-form jd-run"):
            with box("jd-run__form") as form:
                self._draw(state, title, kind)
            self._confirmation = ConfirmQuestion(
                form, kind=kind, words=self._warning, act="Run now", on_sure=self._run_confirmed
            )

    def _draw(self, state: ScheduleState, title: str, kind: Kind[Any, Any]) -> None:
        Text("h2", title, classes="jd-confirm__title")
        Text("p", "For this one job; the schedule stays as it is.", classes="jd-confirm__text")
        self._alert = name_for_tests(Text("p", classes="jd-field__error"), "run-alert")
        self._alert.props["role"] = "alert"
        with box("jd-start"):
            judged = Text("span", classes="jd-schedule__note")
            self._form = ParamsForm(
                kind,
                is_again=True,
                keep_file=keep_file,
                find_file=find_file,
                on_homeless=self._alert.set_text,
                on_judged=judged.set_text,
            )
            self._form.begin_with(state.schedule.params)
        draw_acts("Run now", self._run, name="run-with-params", on_leave=self.close)

    async def _run_confirmed(self) -> None:
        await self._run(is_confirmed=True)

    async def _run(self, *, is_confirmed: bool = False) -> None:
        if self._is_busy or not self.value:
            return  # it runs already, or it was closed while a file was on its way
        self._is_busy = True
        try:
            await self._try_to_run(is_confirmed=is_confirmed)
        finally:
            self._is_busy = False

    async def _try_to_run(self, *, is_confirmed: bool) -> None:
        self._alert.set_text("")
        values = self._form.submit(self._run)
        if values is None:
            return
        if self._warning and not is_confirmed:
            self._confirmation.ask(values)
            return
        run = partial(changing.run_now, self._id, params=values, confirmed=is_confirmed, by=reader())
        try:
            job = await asyncio.to_thread(run)
        except InvalidInput as error:
            self._form.show_refused([(path_of(one.field), one.message) for one in error.fields], values)
            if not error.fields:
                self._alert.set_text(error.message)
        except AppError as error:
            self._alert.set_text(" ".join(filter(None, (error.message, error.hint))))
        else:
            self.close()
            say_started(job)
