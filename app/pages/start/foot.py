"""The foot of the start dialog: what is wrong or waited for, or else the keys that start, and the two buttons."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from app.pages.start.questions.leave_question import REMEMBER_FOCUS
from app.pages.widgets.markup import Text, box, name_for_tests


class StartFoot:
    """Cancel and Start. Event loop only."""

    def __init__(self, label: str, *, on_start: Callable[[], Awaitable[None]], on_cancel: Callable[[], object]) -> None:
        """Draw it; `label` is what stands on the button that starts the job."""
        with box("jd-start__foot"):
            with box("jd-start__keys", tag="span") as self._keys:
                Text("kbd", "Ctrl", classes="jd-key")
                Text("kbd", "↵", classes="jd-key")
            self._count = name_for_tests(Text("span", classes="jd-start__count"), "start-count")
            self._count.props["role"] = "status"
            cancel = ui.button("Cancel", color=None).props("flat no-caps")
            cancel.on("click", on_cancel, [], js_handler=REMEMBER_FOCUS)
            name_for_tests(cancel.classes("jd-button jd-button--ghost"), "start-cancel")
            self.button = ui.button(label, color=None, on_click=on_start).props("unelevated no-caps")
            name_for_tests(self.button.classes("jd-button jd-button--primary"), "start-submit")

    def show_count(self, words: str, *, is_wrong: bool = True) -> None:
        """Say beside Start how much is wrong, or what is waited for, in the place of its keys."""
        self._count.text = words
        self._count.props["data-tone"] = "error" if is_wrong else "running"
        self._keys.visible = not words
