"""Asking before something is lost that cannot be had back."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press


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
