"""What was asked for while it can be undone: a line at the foot of the view that counts down; then it goes."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from nicegui import ui
from nicegui.element import Element

from app.pages.time.clock import Clock
from app.pages.widgets.markup import Text, box, name_for_tests

UNDO_SECONDS = 10.0
"""As long as an act on many jobs waits (`app.queue.acts.bulk`)."""


class UndoBar:
    """Says what will be, or was, done, with a button. Whoever drew it takes it away."""

    def __init__(self, words: str, *, on_undo: Callable[[], Any], begins_at: datetime | None = None) -> None:
        """Draw it in an `undo_place`.

        Args:
            words: what was asked for.
            on_undo: called when the button is pressed.
            begins_at: when it will be done; None: it is done already.
        """
        with box("jd-undo") as self.element:
            self.element.props["role"] = "status"
            name_for_tests(self.element, "undo-toast")
            Text("span", words if begins_at is None else f"{words} in")
            if begins_at is not None:
                Clock(begins_at, mode="left")
            undo = ui.button("Undo", color=None, on_click=on_undo).props("flat no-caps dense")
            name_for_tests(undo.classes("jd-button jd-button--ghost jd-undo__act"), "undo")


async def remove_later(element: Element) -> None:
    """Take away a line, or the place of one, when it has been there for `UNDO_SECONDS`."""
    await asyncio.sleep(UNDO_SECONDS)
    if not element.is_deleted:
        element.delete()


def undo_place() -> Element:
    """Make the place of such lines, at the foot of the view."""
    return box("jd-undo-place")
