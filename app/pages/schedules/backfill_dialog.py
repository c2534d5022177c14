"""The dialog that runs the instants of a past time that started no job."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from nicegui import ui

from app.db import JobSnapshot, State
from app.errors import AppError
from app.pages.jobs.reader import reader
from app.pages.time.clock import Clock
from app.pages.time.durations import plural
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast
from app.queue import cancel
from app.queue.acts.schedules import backfilling
from app.queue.acts.schedules.reading import ScheduleState, zone_of
from app.queue.calendar.zones import instant_at


def open_backfill(state: ScheduleState) -> None:
    """Open the dialog with the last day."""
    with ui.context.client.layout:
        BackfillDialog(state).open()


class BackfillDialog(Dialog):
    """The dialog: first the time, then what was asked for with Undo. Event loop only; deleted when it closes."""

    def __init__(self, state: ScheduleState) -> None:
        """Draw it."""
        title = f"Run missed instants of {state.title}"
        super().__init__(title)
        self._id, self._zone = state.schedule.id, zone_of(state.schedule)
        self._counted = 0
        """How often was counted, or begun to: the words are those of the last time."""
        local = datetime.now(UTC).astimezone(self._zone)
        with self, box("jd-dialog jd-confirm") as self._body:
            Text("h2", title, classes="jd-confirm__title")
            words = f"Each instant of this time without a job gets one. Times are in {self._zone.key}."
            Text("p", words, classes="jd-confirm__text")
            with box("jd-schedule-form__pair jd-schedule-form__pair--below"):
                self._since = self._time("From", local - timedelta(days=1), "backfill-since")
                self._until = self._time("To", local, "backfill-until")
            self._found = name_for_tests(Text("p", classes="jd-schedule__note"), "backfill-found")
            self._found.props["aria-live"] = "polite"
            self._acts = box("jd-confirm__acts")
            draw_acts("Run them", self._ask, name="confirm-backfill", on_leave=self.close, row=self._acts)
        ui.timer(0, self._count, once=True)

    def _time(self, label: str, at: datetime, name: str) -> ui.input:
        made = ui.input(label, value=f"{at:%Y-%m-%dT%H:%M}", on_change=self._count)
        return name_for_tests(made.props("outlined dense type=datetime-local stack-label debounce=200"), name)

    def _window(self) -> tuple[datetime, datetime]:
        since, until = (_read(one.value, self._zone) for one in (self._since, self._until))
        return since, min(until, datetime.now(UTC))

    async def _count(self) -> None:
        self._counted += 1
        number = self._counted
        try:
            since, until = self._window()
            found = await asyncio.to_thread(partial(backfilling.missed, self._id, since=since, until=until))
            words = f"{plural(len(found), 'instant')} without a job."
        except ValueError:
            words = "Choose two times."
        except AppError as error:
            words = _said(error)
        if number == self._counted and not self._found.is_deleted:  # else another time was typed meanwhile
            self._found.set_text(words)

    async def _ask(self) -> None:
        self._counted += 1
        try:
            since, until = self._window()
            ask = partial(backfilling.ask, self._id, since=since, until=until, by=reader())
            job = await asyncio.to_thread(ask)
        except ValueError:
            return
        except AppError as error:
            self._found.set_text(_said(error))
            return
        self._show_undo(job)

    def _show_undo(self, job: JobSnapshot) -> None:
        self._acts.clear()
        self._found.set_text("")
        with self._acts:
            with box("jd-undo"):
                Text("span", f"{job.title}, in")
                Clock(job.run_at, mode="left")
            Link("Show", f"/jobs/{job.id}", classes="jd-link")
            undo = on_press(ui.button("Undo", color=None), partial(self._undo, job.id)).props("flat no-caps")
            name_for_tests(undo.classes("jd-button jd-button--ghost"), "undo-backfill")

    async def _undo(self, job_id: int) -> None:
        try:
            job = await asyncio.to_thread(partial(cancel, job_id, by=reader()))
        except AppError as error:
            toast(error.message, error.hint, tone="error")
        else:
            if job.state is State.CANCELLED:
                toast("Undone: nothing was started.")
            else:
                toast(
                    "It had begun already; it stops at the next one.", tone="warning", link=("Show", f"/jobs/{job_id}")
                )
        self.close()


def _read(text: str | None, zone: ZoneInfo) -> datetime:
    return instant_at(zone, datetime.fromisoformat(text or ""))


def _said(error: AppError) -> str:
    return " ".join(one.message for one in error.fields) or error.message
