"""A card with a line for each of some rows, which are read in the background and again after each act."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from functools import partial
from inspect import iscoroutine
from typing import Generic, TypeVar

from nicegui import background_tasks, ui

from app.actor import Actor
from app.errors import AppError
from app.pages.jobs.acts import carry_out
from app.pages.jobs.reader import reader
from app.pages.settings.section import card
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.placeholders import problem, skeleton
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast

T = TypeVar("T")


class Listing(ABC, Generic[T]):
    """The card. Event loop only."""

    def __init__(self, title: str, note: str) -> None:
        """Draw it, and begin to read."""
        with card(title, note=note), box() as self._place:
            skeleton(lines=2)
        background_tasks.create(self.show(), name=f"settings: {title}", context=self._place)

    @abstractmethod
    def read(self) -> list[T]:
        """Return the rows. Runs in a thread."""

    @abstractmethod
    def draw_line(self, one: T) -> None:
        """Draw a row."""

    def draw_foot(self) -> None:
        """Draw what stands below the rows."""

    async def show(self) -> None:
        """Read and draw anew."""
        try:
            found = await asyncio.to_thread(self.read)
        except AppError as error:
            self._redraw(partial(problem, error.message, error.hint))
            return
        self._redraw(partial(self._draw, found))

    def then_read(self, act: Callable[[Actor], object], *, said: str) -> Callable[[], Awaitable[None]]:
        """Return what carries out an act of the person, in a thread, tells what came of it, and reads again.

        `said`: the sentence when it is done.
        """

        async def go() -> None:
            # With the rights of then, not of when it was drawn.
            if await carry_out(lambda _: (act(reader()),), None) is not None:
                toast(said)
            await self.show()

        return go

    def _draw(self, found: list[T]) -> None:
        for one in found:
            self.draw_line(one)
        if not found:
            Text("p", "None yet.", classes="jd-setting__none")
        with box("jd-setting__foot"):
            self.draw_foot()

    def _redraw(self, draw: Callable[[], object]) -> None:
        if not self._place.is_deleted:
            self._place.clear()
            with self._place:
                draw()


def line_button(label: str, act: Callable[[], object], *, name: str) -> ui.button:
    """Draw a button of a line; a coroutine of `act` is awaited, a dialog is not."""

    def press() -> Awaitable[None] | None:
        with ui.context.client.layout:  # a dialog outlives the line, which is drawn anew
            done = act()
        return done if iscoroutine(done) else None

    button = on_press(ui.button(label, color=None), press).props("unelevated no-caps")
    return name_for_tests(button.classes("jd-button jd-button--secondary jd-setting__button"), name)


def field(label: str, *, name: str, value: str = "", hint: str = "", is_secret: bool = False) -> ui.input:
    """Draw a field of a dialog; what is typed into a secret one is never drawn again."""
    made = ui.input(label, value=value, password=is_secret).props("outlined dense")
    if is_secret:
        made.props["autocomplete"] = "new-password"
    if hint:
        made.props["hint"] = hint
    return name_for_tests(made.classes("jd-confirm__field"), name)
