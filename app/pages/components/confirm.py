"""Asking before something is lost that cannot be had back."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.pages.components.markup import Text, box, name_for_tests


def ask_first(title: str, loss: str, *, act: str, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Open a small dialog.

    Args:
        title: the question.
        loss: what will be lost, in one sentence.
        act: the verb on the button.
        on_sure: called when the person is sure; not in the dialog's context, which is gone by then.
    """
    with ui.dialog() as dialog, box("jd-dialog jd-confirm"):
        dialog.props["aria-label"] = title
        Text("h2", title, classes="jd-confirm__title")
        Text("p", loss, classes="jd-confirm__text")
        with box("jd-confirm__acts"):
            keep = ui.button("Keep it", color=None, on_click=dialog.close).props("flat no-caps autofocus")
            keep.classes("jd-button jd-button--ghost")
            sure = ui.button(act, color=None, on_click=dialog.close).props("unelevated no-caps")
            name_for_tests(sure.classes("jd-button jd-button--danger"), f"confirm-{act.lower()}")
            sure.on_click(on_sure)
    dialog.on("hide", dialog.delete)
    dialog.open()
