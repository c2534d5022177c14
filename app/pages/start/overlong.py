"""What is longer than all params may be stays in the browser, and the form says so and starts nothing.

A message of a megabyte ends the connection of the tab. What was pasted would then stand in the browser alone, and the
job would run with what was there before.
"""

from collections.abc import Callable

from nicegui import events
from nicegui.element import Element

from app.queue.params.checked import MAX_PARAMS_BYTES

SENTENCE = (
    f"This is more than {MAX_PARAMS_BYTES // 1024} KB, and none of it was taken. "
    "Put in less, or give the path of a file that holds it."
)
# This runs before the control sees the event, so the control sends no text that is too long. `emit` tells the id of
# the control, and whether its text fits.
_WATCH = """(event) => {
    const control = event.target;
    if (typeof control.value !== "string" || !control.id || control.type === "file") return;
    const fits = control.value.length <= LIMIT && new TextEncoder().encode(control.value).length <= LIMIT;
    if (!fits) {
        event.stopImmediatePropagation();
        control.dataset.overlong = "yes";
        emit(control.id, false);
    } else if (control.dataset.overlong) {
        delete control.dataset.overlong;
        emit(control.id, true);
    }
}""".replace("LIMIT", str(MAX_PARAMS_BYTES))


class Overlong:
    """The controls inside some elements whose text is too long at the moment. Event loop only."""

    def __init__(self, *elements: Element, on_change: Callable[[], object]) -> None:
        """`on_change`: called after a text became too long, or fits again."""
        self.ids: list[str] = []
        """The ids of the controls in the browser."""
        self._on_change = on_change
        for element in elements:
            element.on("input.capture", self._hear, js_handler=_WATCH)

    def _hear(self, event: events.GenericEventArguments) -> None:
        html_id, fits = event.args
        self.ids = [one for one in self.ids if one != html_id] + ([] if fits else [html_id])
        self._on_change()
