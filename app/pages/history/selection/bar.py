"""What can be done with the selected rows, at the foot of the view."""

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from app.pages.time.durations import count
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.acts.bulk import Action

_ICONS: dict[Action, str] = {"cancel": "close", "retry": "replay", "delete": "delete_outline"}


class SelectionBar:
    """The number of selected jobs and the acts on them; hidden while there are none."""

    def __init__(
        self,
        *,
        on_act: Callable[[Action], Any],
        on_more: Callable[[], Any],
        on_clear: Callable[[], Any],
        on_compare: Callable[[], Any],
    ) -> None:
        """Draw it.

        Args:
            on_act: called with what is to be done with the selected.
            on_more: called when the person wants more selected: the page, or all that match.
            on_clear: called when nothing is to be selected any more.
            on_compare: called when the two that are selected are to be held beside each other.
        """
        self._buttons: dict[Action, ui.button] = {}
        with box("jd-selection") as self.element:
            self.element.props["role"] = "toolbar"
            self.element.props["aria-label"] = "Acts on the selected jobs"
            name_for_tests(self.element, "selection")
            self._number = name_for_tests(Text("span", classes="jd-selection__number"), "selection-count")
            self._number.props["aria-live"] = "polite"
            self._more = ui.button(color=None, on_click=on_more).props("flat no-caps dense")
            name_for_tests(self._more.classes("jd-button jd-button--ghost"), "select-more")
            with box("jd-selection__acts"):
                self._compare = ui.button("Compare", icon="table_chart", color=None, on_click=on_compare)
                self._compare.props("unelevated no-caps").classes("jd-button jd-button--secondary")
                name_for_tests(self._compare, "compare")
                for action, icon in _ICONS.items():
                    self._draw_act(action, icon, on_act)
                clear = ui.button(icon="close", color=None, on_click=on_clear).props("flat")
                clear.classes(replace="jd-icon-button")
                clear.props["aria-label"] = clear.props["title"] = "Select nothing"
                name_for_tests(clear, "select-none")
        self.element.visible = False

    def _draw_act(self, action: Action, icon: str, on_act: Callable[[Action], Any]) -> None:
        button = ui.button(action.capitalize(), icon=icon, color=None, on_click=lambda: on_act(action))
        button.props("unelevated no-caps")
        button.classes(f"jd-button jd-button--{'danger' if action == 'delete' else 'secondary'}")
        self._buttons[action] = name_for_tests(button, f"bulk-{action}")

    def refuse(self, refusals: Mapping[Action, str]) -> None:
        """Switch off the acts that fit none of the selected, with the reason; the others are on."""
        for action, button in self._buttons.items():
            button.set_enabled(action not in refusals)
            if button.props.get("title") != (why := refusals.get(action)):
                button.props.set_optional("title", why)

    def show(self, number: int, *, is_all: bool, is_exact: bool, more: str) -> None:
        """Say how many are selected.

        Args:
            number: how many.
            is_all: whether that is all that match, seen or not.
            is_exact: whether there are no more than `number`.
            more: what the button that selects more says; nothing hides it.
        """
        self.element.visible = number > 0
        self._compare.visible = number == 2 and not is_all
        if is_all:
            self._number.text = f"All {count(number)}{'' if is_exact else '+'} matching"
        else:
            self._number.text = f"{count(number)} selected"
        self._more.visible = bool(more)
        if more:
            self._more.text = more
