"""The dialog that all dialogs here are, the two buttons at its foot, and the one that asks before something is lost.

It lives while it is open, and a tab shows one at a time.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Self

from nicegui import ui
from nicegui.element import Element

from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press

# The second click of a double click on what opened the dialog falls on the ground beside it, and would close it again.
_KEEP_DOUBLE_CLICKS_OUT = """(event) => {
    if (event.detail > 1 && event.target.closest(".q-dialog__backdrop")) event.stopPropagation();
}"""
# What has the focus keeps it when the ground is pressed.
_KEEP_FOCUS = '(event) => { if (event.target.closest(".q-dialog__backdrop")) event.preventDefault(); }'


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
    title: str,
    loss: str,
    *,
    act: str,
    on_sure: Callable[[], Awaitable[None] | None],
    keep: str = "Keep it",
    values: Mapping[str, str] | None = None,
) -> Dialog:
    """Open a small dialog, and return it; deleted where another dialog is open.

    Args:
        title: the question.
        loss: what will be lost, in one sentence.
        act: the verb on the button.
        on_sure: called once, when the person is sure; the dialog closes meanwhile.
        keep: what the button says that changes nothing.
        values: what it is about, by name.
    """
    with Dialog(title) as dialog, box("jd-dialog jd-confirm"):
        Text("h2", title, classes="jd-confirm__title")
        Text("p", loss, classes="jd-confirm__text")
        if values:
            with name_for_tests(box("jd-confirm__values", tag="dl"), "confirm-values"):
                for name, text in values.items():
                    Text("dt", name)
                    Text("dd", text)
        name = f"confirm-{act.lower().replace(' ', '-')}"
        draw_acts(act, lambda: go(), name=name, leave=keep, on_leave=dialog.close, is_loss=True, begins_with_leave=True)

    def go() -> Awaitable[None] | None:
        if not dialog.value:
            return None
        dialog.close()
        return on_sure()

    dialog.open()
    return dialog


def draw_acts(
    act: str,
    on_act: Callable[[], Awaitable[None] | None],
    *,
    name: str,
    on_leave: Callable[[], object],
    leave: str = "Cancel",
    leave_name: str = "",
    is_loss: bool = False,
    begins_with_leave: bool = False,
    row: Element | None = None,
) -> ui.button:
    """Draw the two buttons at the foot of a dialog, and return the one that does what it is for.

    Args:
        act: the verb on that button.
        on_act: called when it is pressed, and not again before that has ended.
        name: its name for tests.
        on_leave: called when the other button is pressed.
        leave: what that one says.
        leave_name: its name for tests, if it has one.
        is_loss: whether something is lost by the act.
        begins_with_leave: whether the dialog opens with the focus on what changes nothing.
        row: where they stand; None: in a row of their own.
    """
    with box("jd-confirm__acts") if row is None else row:
        other = ui.button(leave, color=None, on_click=on_leave).props("flat no-caps")
        if begins_with_leave:
            other.props("autofocus")
        if leave_name:
            name_for_tests(other, leave_name)
        other.classes("jd-button jd-button--ghost")
        button = on_press(ui.button(act, color=None), on_act).props("unelevated no-caps")
        return name_for_tests(button.classes(f"jd-button jd-button--{'danger' if is_loss else 'primary'}"), name)
