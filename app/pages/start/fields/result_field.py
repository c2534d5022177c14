"""The result of an earlier job: one of the last ones of its kind, or any other by its number."""

import asyncio
from typing import Any, cast

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db import FINISHED, JobFilter, JobSnapshot, State
from app.db.queries.jobs import list_jobs
from app.errors import AppError
from app.pages.jobs.one_line import outcome_line
from app.pages.jobs.state_badge import say_state
from app.pages.start.fields.field import FormField
from app.pages.start.spec import MISSING

MOST_OFFERED = 30
_USABLE = frozenset(State) - FINISHED | {State.SUCCEEDED}


class ResultField(FormField):
    """A choice of jobs, newest first; a number that is typed is taken, too."""

    def draw(self) -> Element:
        """Make the select, and read what it offers."""
        self.input = ui.select({}, with_input=True, new_value_mode="add-unique", clearable=True)
        self.input.props("outlined dense hide-bottom-space options-dense").props["placeholder"] = "12"
        background_tasks.create(self._offer(), name="jobs whose result is offered", context=self.input)
        return self.input.on_value_change(self.typed).on("blur", self.edited, [])

    def help(self) -> str:
        """Say what can be given."""
        waits = "One that has not ended is waited for."
        return " ".join(filter(None, (self.spec.help, "A job's number.", waits)))

    def state(self) -> Any:
        """Give the job's number."""
        return self.input.value

    def read_typed(self) -> Any:
        """Give the job's number, or what was typed instead."""
        value = self.input.value
        return self.spec.empty if value in (None, "") else value

    def show(self, value: Any) -> None:
        """Show the job's number."""
        given = None if value is None or value is MISSING else value
        if given is not None and given not in self.input.options:
            self.input.options[given] = f"#{given}"
            self.input.update()
        self.input.value = given

    async def _offer(self) -> None:
        which = JobFilter(kind=self.spec.of_kind, states=_USABLE)
        try:
            page = await asyncio.to_thread(list_jobs, which, limit=MOST_OFFERED)
        except AppError:
            return  # a number can be typed; the head of the page says what is away
        if not self.input.is_deleted:
            cast("dict[Any, str]", self.input.options).update({one.id: _line(one) for one in page.items})
            self.input.update()


def _line(job: JobSnapshot) -> str:
    told = outcome_line(job) if job.state is State.SUCCEEDED else say_state(job.state)
    return f"{job.title} #{job.id}{f': {told}' if told else ''}"
