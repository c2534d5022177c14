"""The keys that work on every page, and the list of them."""

from collections.abc import Callable, Mapping
from time import monotonic

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.keyboard import Keyboard
from nicegui.events import GenericEventArguments

from app.pages.components.dialog import Dialog
from app.pages.components.layout import PLACES
from app.pages.components.markup import Text, box, name_for_tests

PREFIX_SECONDS = 1.5
"""After `g` the next key counts for so long."""
PALETTE, LEAVE_PALETTE, SEARCH, HELP, PREFIX = "palette", "leave palette", "/", "?", "g"

# What is typed between Ctrl-K and the palette's field having the focus is kept and then typed into it. Escape is for
# the palette that is on its way: the dialog itself cannot hear it yet.
_HOLD = """() => {
    const isField = (element) => element?.matches?.("input[data-testid=palette-query]");
    if (isField(document.activeElement) || window.jdHoldsKeys) return;
    window.jdHoldsKeys = true;
    const held = [];
    const leave = () => {
        removeEventListener("keydown", keep, true);
        removeEventListener("focusin", arrive, true);
        window.jdHoldsKeys = false;
    };
    const keep = (event) => {
        if (!event.isTrusted || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") {
            event.preventDefault();
            event.stopImmediatePropagation();
            leave();
            return emit("leave palette");
        }
        if (event.key.length > 1 && !["Backspace", "Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        held.push(event.key);
    };
    const arrive = async ({ target }) => {
        if (!isField(target)) return;
        removeEventListener("focusin", arrive, true);
        while (held.length) {
            const key = held.shift();
            if (key.length === 1 || key === "Backspace") {
                target.value = key === "Backspace" ? target.value.slice(0, -1) : target.value + key;
                target.dispatchEvent(new InputEvent("input", { bubbles: true }));
            } else {
                target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            }
            await new Promise((done) => setTimeout(done));  // Vue tells the server the text a tick later
        }
        leave();
    };
    addEventListener("keydown", keep, true);
    addEventListener("focusin", arrive, true);
    setTimeout(leave, 5000);
}"""

# Only keys that mean something are sent: what a person types into a field never leaves the browser here. The search
# field is focused without the way over the server, so that the slash is not typed into it.
_FILTER = """(press) => {
    const event = press.event, focus = document.activeElement;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        if (document.querySelector(".q-dialog--modal")) return;  // one that closes is none any more
        (HOLD)();
        return emit("palette");
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
    if (["?", "g", "d", "h"].includes(event.key)) emit(event.key);
}""".replace("HOLD", _HOLD)


class Shortcuts(Keyboard):
    """Listens for the keys of this module in the whole tab."""

    def __init__(self, acts: Mapping[str, Callable[[], object]]) -> None:
        """Listen.

        Args:
            acts: by key: `PALETTE`, `LEAVE_PALETTE` (Escape before it is there), `SEARCH` (where the page has no
                search field), `HELP`, and "g d" for the places.
        """
        Element.__init__(self)  # not Keyboard's own: that would send every key of every field to the server
        self.props["events"] = ["keydown"]
        self.props["repeating"] = False
        self.props["ignore"] = []
        self._acts = acts
        self._prefix_at = float("-inf")
        self.on("key", self._press, js_handler=_FILTER)

    def _press(self, event: GenericEventArguments) -> None:
        key, is_prefixed = event.args, monotonic() - self._prefix_at < PREFIX_SECONDS
        self._prefix_at = monotonic() if key == PREFIX else float("-inf")
        act = self._acts.get(f"{PREFIX} {key}" if is_prefixed else str(key))
        if act is not None:
            act()


def show_shortcuts() -> None:
    """Open the list of shortcuts."""
    with Dialog("Shortcuts") as dialog, ui.card().classes(replace="jd-dialog jd-shortcuts"):
        Text("h2", "Shortcuts", classes="jd-dialog__title")
        lines = [
            (["Ctrl", "K"], "Start a job, go to a page, open a job"),
            (["/"], "Search"),
            *((["g", place.key], f"Go to {place.label.lower()}") for place in PLACES),
            (["j"], "Next row of a list"),
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
