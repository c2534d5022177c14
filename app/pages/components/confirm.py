"""Asking before something is lost that cannot be had back."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.pages.components.markup import Text, box, name_for_tests


def ask_first(
    title: str, loss: str, *, act: str, on_sure: Callable[[], Awaitable[None] | None], keep: str = "Keep it"
) -> None:
    """Open a small dialog.

    Args:
        title: the question.
        loss: what will be lost, in one sentence.
        act: the verb on the button.
        on_sure: called when the person is sure; not in the dialog's context, which is gone by then.
        keep: what the button says that changes nothing.
    """
    with ui.dialog() as dialog, box("jd-dialog jd-confirm"):
        dialog.props["aria-label"] = title
        Text("h2", title, classes="jd-confirm__title")
        Text("p", loss, classes="jd-confirm__text")
        with box("jd-confirm__acts"):
            other = ui.button(keep, color=None, on_click=dialog.close).props("flat no-caps autofocus")
            other.classes("jd-button jd-button--ghost")
            sure = ui.button(act, color=None, on_click=dialog.close).props("unelevated no-caps")
            name_for_tests(sure.classes("jd-button jd-button--danger"), f"confirm-{act.lower().replace(' ', '-')}")
            sure.on_click(on_sure)
    dialog.on("hide", dialog.delete)
    dialog.open()


def ask_before_force(job_id: int, *, on_sure: Callable[[], Awaitable[None] | None]) -> None:
    """Ask before a job is stopped by force, and name what may be lost."""
    loss = (
        "It is interrupted where it is, or its process is killed at once. What it has not saved is lost, and what it "
        "was writing may stay half done."
    )
    ask_first(f"Stop job #{job_id} by force?", loss, act="Force stop", on_sure=on_sure, keep="Wait")
