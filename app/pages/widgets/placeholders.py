"""What stands where content is not there yet, is not there at all, or cannot be had."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.element import Element

from app.pages.widgets.markup import Icon, Text, box


def skeleton(*, lines: int = 3) -> Element:
    """Show quiet bars in place of what is being loaded."""
    with box("jd-skeleton") as root:
        root.props["aria-busy"] = "true"
        for _ in range(lines):
            box("jd-skeleton__line")
    return root


def empty(sentence: str, hint: str = "") -> Element:
    """Say that there is nothing, and what to do about it."""
    with box("jd-empty") as root:
        Text("b", sentence)
        if hint:
            Text("span", hint)
    return root


def problem(
    sentence: str, hint: str | None = None, *, on_retry: Callable[[], Awaitable[None] | None] | None = None
) -> Element:
    """Say what is wrong and what to do, with a button that tries again."""
    with box("jd-problem") as root:
        root.props["role"] = "alert"
        Icon("cloud_off").props["aria-hidden"] = "true"
        with box("jd-problem__words"):
            Text("b", sentence)
            if hint:
                Text("span", hint)
        if on_retry is not None:
            ui.button("Try again", color=None, on_click=on_retry).classes("jd-button jd-button--secondary")
    return root
