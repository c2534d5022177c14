"""The dialog that runs a schedule now with other params than its own: for one job, the schedule stays as it is."""

import asyncio
from functools import partial

from nicegui import ui

from app.errors import AppError, InvalidInput
from app.pages.jobs.acts import find_file, keep_file, say_started
from app.pages.jobs.reader import reader
from app.pages.start.form import ParamsForm
from app.pages.start.values import path_of
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.queue import registry
from app.queue.acts.schedules import changing
from app.queue.acts.schedules.reading import ScheduleState


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
        title = f"Run {state.title} with other params"
        super().__init__(title)
        self._id = state.schedule.id
        self.props("persistent")
        with self, box("jd-dialog jd-confirm jd-schedule-form"):
            Text("h2", title, classes="jd-confirm__title")
            Text("p", "For this one job; the schedule stays as it is.", classes="jd-confirm__text")
            alert = name_for_tests(Text("p", classes="jd-field__error"), "run-alert")
            alert.props["role"] = "alert"
            with box("jd-start"):
                judged = Text("span", classes="jd-schedule__note")
                self._form = ParamsForm(
                    registry.get(state.schedule.kind),
                    is_again=True,
                    keep_file=keep_file,
                    find_file=find_file,
                    on_homeless=alert.set_text,
                    on_judged=judged.set_text,
                )
                self._form.begin_with(state.schedule.params)
            self._alert = alert
            with box("jd-confirm__acts"):
                leave = ui.button("Cancel", color=None, on_click=self.close).props("flat no-caps")
                leave.classes("jd-button jd-button--ghost")
                run = on_press(ui.button("Run now", color=None), self._run).props("unelevated no-caps")
                name_for_tests(run.classes("jd-button jd-button--primary"), "run-with-params")

    async def _run(self) -> None:
        self._alert.set_text("")
        self._form.clear()
        self._form.was_refused = True
        values, wrong = self._form.read(overlong=[])
        if values is None or wrong:
            self._form.show(wrong)
            return
        try:
            job = await asyncio.to_thread(partial(changing.run_now, self._id, params=values, by=reader()))
        except InvalidInput as error:
            self._form.show([(path_of(one.field), one.message) for one in error.fields])
            if not error.fields:
                self._alert.set_text(error.message)
        except AppError as error:
            self._alert.set_text(" ".join(filter(None, (error.message, error.hint))))
        else:
            self.close()
            say_started(job)
