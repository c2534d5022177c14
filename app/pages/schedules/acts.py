"""What is asked for on the pages of schedules; what is refused is told in a sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from nicegui import ui

from app.errors import AppError
from app.pages.jobs.acts import run_schedule
from app.pages.jobs.questions import ask_pause
from app.pages.jobs.reader import close_to_others, reader
from app.pages.widgets.dialog import ask_first
from app.pages.widgets.markup import name_for_tests
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast
from app.queue.acts.schedules import changing
from app.queue.acts.schedules.changing import MAX_REASON_LENGTH
from app.queue.acts.schedules.reading import ScheduleState
from app.rights import Act

R = TypeVar("R")
_LENGTHS = {None: "Until I resume it", 60: "For an hour", 480: "For 8 hours", 1440: "For a day", 10080: "A week"}


class ScheduleActs:
    """The acts on schedules; `on_change` is called when one was carried out. Event loop only."""

    def __init__(self, on_change: Callable[[], object]) -> None:
        """`on_change`: reads again."""
        self._on_change = on_change

    async def run(self, state: ScheduleState) -> None:
        """Start its job now."""
        await run_schedule(state.schedule.id, title=state.title, on_started=self._on_change)

    async def resume(self, state: ScheduleState) -> None:
        """Let it fire again."""
        if await self._ask(partial(changing.resume, state.schedule.id, by=reader())) is not None:
            toast(f"{state.title} fires again.")

    async def put_back(self, state: ScheduleState) -> None:
        """Let it fire as its file says."""
        if await self._ask(partial(changing.put_back, state.schedule.id, by=reader())) is not None:
            toast(f"{state.title} fires as its file says.")

    def ask_pause(self, state: ScheduleState) -> None:
        """Open a small dialog for how long and why."""

        async def pause(until: datetime | None, reason: str) -> None:
            act = partial(changing.pause, state.schedule.id, until=until, reason=reason, by=reader())
            if await self._ask(act) is not None:
                toast(f"{state.title} is paused.")

        with ui.context.client.layout:  # beside its button it would go with it, when the page is drawn anew
            ask_pause(
                f"Pause {state.title}",
                "It starts nothing; each instant is kept, with your reason.",
                lengths=_LENGTHS,
                max_reason_length=MAX_REASON_LENGTH,
                on_pause=pause,
            )

    def ask_delete(self, state: ScheduleState, *, on_gone: Callable[[], object]) -> None:
        """Ask, then let it fire no more."""

        async def delete() -> None:
            if await self._ask(partial(_delete, state.schedule.id)) is not None:
                toast(f"The schedule {state.title} is deleted.")
                on_gone()

        with ui.context.client.layout:
            ask_first(
                f"Delete {state.title}?",
                "It fires no more. The jobs that it started are kept.",
                act="Delete",
                on_sure=delete,
            )

    async def _ask(self, act: Callable[[], R]) -> R | None:
        try:
            done = await asyncio.to_thread(act)
        except AppError as error:
            toast(error.message, " ".join(one.message for one in error.fields) or error.hint, tone="error")
            return None
        self._on_change()
        return done


def _delete(schedule_id: int) -> bool:
    changing.delete(schedule_id, by=reader())
    return True


def act_button(
    icon: str, label: str, act: Callable[[], Awaitable[None] | None], *, name: str, is_on: bool = True
) -> None:
    """Draw a small button with an icon; `label` is what it does, said on hover and to screen readers."""
    button = on_press(ui.button(icon=icon, color=None), act).classes(replace="jd-icon-button").props("flat")
    button.props["aria-label"] = button.props["title"] = label
    button.set_enabled(is_on)
    close_to_others(button, Act.SCHEDULE)
    name_for_tests(button, name)
