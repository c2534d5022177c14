"""The dialog that all dialogs here are, the one that asks before something is lost, and the one that asks for a pause.

It lives while it is open, and a tab shows one at a time.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Self

from nicegui import ui

from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press

# The second click of a double click on what opened the dialog falls on the ground beside it, and would close it again.
_KEEP_DOUBLE_CLICKS_OUT = """(event) => {
    if (event.detail > 1 && event.target.closest(".q-dialog__backdrop")) event.stopPropagation();
}"""
# What has the focus keeps it when the ground is pressed.
_KEEP_FOCUS = '(event) => { if (event.target.closest(".q-dialog__backdrop")) event.preventDefault(); }'

OnPause = Callable[[datetime | None, str], Awaitable[None] | None]
"""Called with the instant at which the pause ends by itself (None: it does not) and the reason."""


class Dialog(ui.dialog):
    """A dialog that is deleted when it closes. Event loop only; needs the context of a tab."""

    def __init__(self, name: str) -> None:
        """Make it, closed. `name` is what a screen reader says of it."""
        super().__init__()
        self.props["aria-label"] = name
        self.on("hide", self.delete)
        self.on("click.capture", js_handler=_KEEP_DOUBLE_CLICKS_OUT)
        self.on("mousedown.capture", js_handler=_KEEP_FOCUS)

    def open(self) -> Self:
        """Show it; where another is open it goes unseen: its button was pressed twice, or too late."""
        if any(isinstance(other, ui.dialog) and other.value for other in self.client.layout):
            self.delete()
            return self
        return super().open()


def ask_first(
    title: str, loss: str, *, act: str, on_sure: Callable[[], Awaitable[None] | None], keep: str = "Keep it"
) -> Dialog:
    """Open a small dialog, and return it; deleted where another dialog is open.

    Args:
        title: the question.
        loss: what will be lost, in one sentence.
        act: the verb on the button.
        on_sure: called once, when the person is sure; the dialog closes meanwhile.
        keep: what the button says that changes nothing.
    """
    with Dialog(title) as dialog, box("jd-dialog jd-confirm"):
        Text("h2", title, classes="jd-confirm__title")
        Text("p", loss, classes="jd-confirm__text")
        with box("jd-confirm__acts"):
            other = ui.button(keep, color=None, on_click=dialog.close).props("flat no-caps autofocus")
            other.classes("jd-button jd-button--ghost")
            sure = ui.button(act, color=None).props("unelevated no-caps")
            name_for_tests(sure.classes("jd-button jd-button--danger"), f"confirm-{act.lower().replace(' ', '-')}")

    def go() -> Awaitable[None] | None:
        if not dialog.value:
            return None
        dialog.close()
        return on_sure()

    on_press(sure, go)
    dialog.open()
    return dialog


def ask_pause(
    title: str, sentence: str, *, lengths: Mapping[int | None, str], max_reason_length: int, on_pause: OnPause
) -> Dialog:
    """Open a small dialog for how long and why, and return it; deleted where another dialog is open.

    Args:
        title: what is paused.
        sentence: what a pause of it means.
        lengths: what can be chosen, in minutes and in words, the first one at first; None: until it is resumed.
        max_reason_length: how many characters a reason may have.
        on_pause: called once, when the person is sure; the dialog closes meanwhile.
    """
    with Dialog(title) as dialog, box("jd-dialog jd-confirm"):
        Text("h2", title, classes="jd-confirm__title")
        Text("p", sentence, classes="jd-confirm__text")
        length = ui.select(dict(enumerate(lengths.values())), value=0, label="How long").props("outlined dense")
        name_for_tests(length.classes("jd-confirm__field"), "pause-length")
        reason = ui.input("Reason").props(f"outlined dense maxlength={max_reason_length} autofocus")
        name_for_tests(reason.classes("jd-confirm__field"), "pause-reason")
        with box("jd-confirm__acts"):
            keep = ui.button("Let it run", color=None, on_click=dialog.close).props("flat no-caps")
            keep.classes("jd-button jd-button--ghost")
            pause = ui.button("Pause", color=None).props("unelevated no-caps")
            name_for_tests(pause.classes("jd-button jd-button--primary"), "confirm-pause")

    def go() -> Awaitable[None] | None:
        if not dialog.value:
            return None
        dialog.close()
        minutes = list(lengths)[length.value]
        until = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
        return on_pause(until, reason.value or "")

    on_press(pause, go)
    reason.on("keydown.enter", go)
    dialog.open()
    return dialog
