"""The keys that work on every page, and the list of them."""

import json
from collections.abc import Callable, Mapping
from time import monotonic

from nicegui.element import Element
from nicegui.elements.keyboard import Keyboard
from nicegui.events import GenericEventArguments

from app.pages.shell.layout import PLACES
from app.pages.shell.palette_arrival import AWAIT_PALETTE
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Panel, Text, box, name_for_tests

PREFIX_SECONDS = 1.5
"""After `g` the next key counts for so long."""
PALETTE, SEARCH, HELP, PREFIX = "palette", "/", "?", "g"

# Only keys that mean something are sent: what a person types into a field never leaves the browser here. The search
# field is focused without the way over the server, so that the slash is not typed into it.
_FILTER = """(press) => {
    const event = press.event, focus = document.activeElement;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (document.querySelector(".q-dialog--modal")) return;  // one that closes is none any more
        return (AWAIT_PALETTE)(emit);
    }
    if (event.ctrlKey || event.metaKey || event.altKey || focus?.isContentEditable) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(focus?.tagName) || document.querySelector(".q-dialog--modal")) return;
    if (event.key === "/") {
        event.preventDefault();
        const find = () => document.querySelector("input[data-testid=query], [data-testid=query] input");
        if (find()) return find().focus();
        const arrival = new MutationObserver(() => {
            if (!find()) return;
            arrival.disconnect();
            find().focus();
        });
        arrival.observe(document.body, { childList: true, subtree: true });
        setTimeout(() => arrival.disconnect(), 5000);
        return emit("/");
    }
    if (KEYS.includes(event.key)) emit(event.key);
}"""


_KEYS = [HELP, PREFIX, *(place.key for place in PLACES)]
_ON_KEY = _FILTER.replace("AWAIT_PALETTE", AWAIT_PALETTE).replace("KEYS", json.dumps(_KEYS))


class Shortcuts(Keyboard):
    """Listens for the keys of this module in the whole tab."""

    def __init__(self, acts: Mapping[str, Callable[[], object]]) -> None:
        """Listen.

        Args:
            acts: by key: `PALETTE`, `LEAVE_PALETTE` of palette_arrival.py (it was given up on its way), `SEARCH` (where
                the page has no search field), `HELP`, and "g d" for the places.
        """
        Element.__init__(self)  # not Keyboard's own: that would send every key of every field to the server
        self.props["events"] = ["keydown"]
        self.props["repeating"] = False
        self.props["ignore"] = []
        self._acts = acts
        self._prefix_at = float("-inf")
        self.on("key", self._press, js_handler=_ON_KEY)

    def _press(self, event: GenericEventArguments) -> None:
        key, is_prefixed = event.args, monotonic() - self._prefix_at < PREFIX_SECONDS
        self._prefix_at = monotonic() if key == PREFIX else float("-inf")
        act = self._acts.get(f"{PREFIX} {key}" if is_prefixed else str(key))
        if act is not None:
            act()


def show_shortcuts() -> None:
    """Open the list of shortcuts."""
    with Dialog("Shortcuts") as dialog, Panel("jd-dialog jd-shortcuts"):
        Text("h2", "Shortcuts", classes="jd-dialog__title")
        lines = [
            (["Ctrl", "K"], "Start a job, go to a page, open a job"),
            (["/"], "Search"),
            *((["g", place.key], f"Go to {place.label.lower()}") for place in PLACES),
            (["j"], "Next row of a list; on a job: the next job of that list"),
            (["k"], "Row before"),
            (["x"], "Select the row"),
            (["c"], "Cancel the row's job"),
            (["r"], "Retry the row's job"),
            (["?"], "This list"),
            (["Esc"], "Close"),
        ]
        with box("jd-shortcuts__list", tag="dl"):
            for keys, meaning in lines:
                with box(tag="dt"):
                    for key in keys:
                        Text("kbd", key, classes="jd-key")
                Text("dd", meaning)
    name_for_tests(dialog, "shortcuts")
    dialog.open()
