"""What is longer than all params may be stays in the browser, and the form says so and starts nothing.

A message of a megabyte ends the connection of the tab. What was pasted would then stand in the browser alone, and the
job would run with what was there before.
"""

import json
import re
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

# What the control had before takes the place of the text that is too long; `_WATCH` hears that it fits.
_PUT_BACK = """for (const id of IDS) {
    const control = document.getElementById(id);
    if (!control) continue;
    control.value = mounted_app.$refs[`r${id.slice(1)}`]?.inputValue ?? "";
    control.dispatchEvent(new InputEvent("input", { bubbles: true }));
}"""
_OF_ELEMENT = re.compile(r"c\d+")
"""How NiceGUI names the control of an element in the browser."""


class Overlong:
    """The controls inside some elements whose text is too long at the moment. Event loop only."""

    def __init__(self, *elements: Element, on_change: Callable[[], object]) -> None:
        """`on_change`: called after a text became too long, or fits again."""
        self._ids: list[str] = []
        self._client = elements[0].client
        self._on_change = on_change
        for element in elements:
            element.on("input.capture", self._hear, js_handler=_WATCH)

    @property
    def ids(self) -> list[str]:
        """The ids of the controls in the browser, without those that were taken away since."""
        self._ids = [one for one in self._ids if not _OF_ELEMENT.fullmatch(one) or self._element(one) is not None]
        return self._ids

    def forget_replaced(self, write: Callable[[], object]) -> None:
        """Call `write`, and forget the controls into which it put another text: the browser shows that one.

        Where the server holds the same as before, the browser hears nothing: see `put_back`.
        """
        before = {one: self._text(one) for one in self.ids}
        write()
        self._ids = [one for one in self.ids if self._text(one) == before[one]]

    def put_back(self, ids: list[str]) -> None:
        """Let the browser show in these controls what the server holds; it tells of each when that is done."""
        if ids:
            self._client.run_javascript(_PUT_BACK.replace("IDS", json.dumps(ids)))

    def _element(self, html_id: str) -> Element | None:
        return self._client.elements.get(int(html_id[1:])) if _OF_ELEMENT.fullmatch(html_id) else None

    def _text(self, html_id: str) -> object:
        return getattr(self._element(html_id), "value", None)

    def _hear(self, event: events.GenericEventArguments) -> None:
        html_id, fits = event.args
        self._ids = [one for one in self._ids if one != html_id] + ([] if fits else [html_id])
        self._on_change()
