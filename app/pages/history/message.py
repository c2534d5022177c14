"""What stands in place of the rows of the history, or above them: nothing found, a view that cannot be, a problem."""

from collections.abc import Callable

from nicegui import ui

from app.errors import AppError
from app.pages.history.view import HistoryView
from app.pages.widgets.markup import box, name_for_tests
from app.pages.widgets.placeholders import empty, problem, skeleton


class HistoryMessage:
    """Begins as a skeleton. Event loop only."""

    def __init__(self, *, on_clear: Callable[[], object], on_retry: Callable[[], None]) -> None:
        """Draw the skeleton.

        Args:
            on_clear: called when the person wants to see all jobs.
            on_retry: called when the person wants it read again.
        """
        self._on_clear, self._on_retry = on_clear, on_retry
        self.element = box("jd-history__message")
        with self.element:
            skeleton(lines=8)

    def clear(self) -> None:
        """Say nothing."""
        self.element.clear()
        self.element.visible = False

    def say_nothing_found(self, view: HistoryView, *, is_kind_known: bool) -> None:
        """Say that there is no such job, and what to do about it."""
        with self._begin():
            if not view.is_narrowed:
                sentence, hint = "Nothing has run yet.", "Start a job on the dashboard; it stays findable here."
                with empty(sentence, hint), box("jd-history__act"):
                    _button("To the dashboard", "to-dashboard", lambda: ui.navigate.to("/"))
                return
            sentence, hint = "No job matches.", "Try fewer words, or another state or kind."
            if view.kind is not None and not is_kind_known:
                sentence = f"There is no kind “{view.kind[:60]}”, and no job of it ever ran here."
                hint = "The address asks for it; choose a kind above, or all of them."
            with empty(sentence, hint), box("jd-history__act"):
                _button("Clear filters", "clear-filters", self._on_clear)

    def say_cut_off(self, *, has_found: bool, on_more: Callable[[], object]) -> None:
        """Say that the search was stopped; `on_more`: called when the person wants it to go on."""
        sentence = "These are the first matches so far." if has_found else "Nothing was found so far."
        hint = "The search has been stopped after a second, and can go on where it was."
        with self._begin(), name_for_tests(empty(sentence, hint), "cut-off"), box("jd-history__act"):
            _button("Search on", "search-on", on_more)

    def say_cannot_be(self, error: AppError) -> None:
        """Say why the address leads to no view."""
        with self._begin(), empty(error.message, error.hint or ""), box("jd-history__act"):
            _button("Show all jobs", "clear-filters", self._on_clear)

    def say_problem(self, error: AppError) -> None:
        """Say why nothing newer could be read."""
        with self._begin():
            problem(error.message, error.hint, on_retry=self._on_retry)

    def _begin(self) -> ui.element:
        self.element.clear()
        self.element.visible = True
        return self.element


def _button(label: str, name: str, act: Callable[[], object]) -> None:
    button = ui.button(label, color=None, on_click=lambda: act()).props("unelevated no-caps")
    name_for_tests(button.classes("jd-button jd-button--secondary"), name)
