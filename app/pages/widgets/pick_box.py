"""A checkbox that selects a row, and the one above them that selects all."""

from collections.abc import Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.pages.widgets.markup import box, name_for_tests

# Clicked with Shift it means all rows from the last one that was clicked; a click event says so, a change event not.
_CLICK = "(event) => emit(event.target.checked, event.shiftKey)"


class PickBox:
    """The checkbox. Its label makes the whole cell a target."""

    def __init__(self, *, label: str, name: str, on_pick: Callable[[bool, bool], object]) -> None:
        """`on_pick`: called with whether it is checked now, and whether Shift was held."""

        def click(event: GenericEventArguments) -> None:
            is_picked, is_range = event.args
            # The browser has checked it already; what the server believes must be the same for the next change.
            self._input.props["checked"] = bool(is_picked)
            on_pick(bool(is_picked), bool(is_range))

        with box("jd-pick", tag="label"):
            self._input = Element("input").classes("jd-pick__box")
        self._input.props["type"] = "checkbox"
        self._input.props["aria-label"] = label
        self._input.props["checked"] = False
        self._input.on("click", click, js_handler=_CLICK)
        name_for_tests(self._input, name)

    def show(self, *, is_picked: bool, is_partly: bool = False) -> None:
        """Check it or not; `is_partly`: some of what it stands for is selected."""
        for prop, value in (("checked", is_picked), ("indeterminate", is_partly)):
            if self._input.props.get(prop, False) != value:
                self._input.props[prop] = value
