"""What the browser does between the wish for the palette and its coming, which is a way to the server and back.

What is typed meanwhile is kept, and typed into the palette's field when that is there and gets the focus. Only this
gives it the focus: one that was given up on its way (Escape) takes none. A palette that still fades is not modal.
"""

from collections.abc import Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

LEAVE_PALETTE = "leave palette"

# Emits "palette", and LEAVE_PALETTE at Escape; nothing where one is awaited already, or none can come because the
# server cannot be reached, as the word in the head says.
AWAIT_PALETTE = """(emit) => {
    const isLost = document.getElementById("popup").getAttribute("aria-hidden") === "false";  // as for connection.js
    if (window.jdAwaitsPalette || isLost) return;
    window.jdAwaitsPalette = true;
    const held = [];
    let isPatient = true;
    const end = () => {
        removeEventListener("keydown", keep, true);
        arrival.disconnect();
        clearTimeout(patience);
        window.jdAwaitsPalette = false;
    };
    const giveUpWaiting = () => {  // it comes late, if at all: keys are the page's again, but for Escape
        isPatient = window.jdAwaitsPalette = false;
    };
    const keep = (event) => {
        if (!isPatient && event.key !== "Escape") return;
        if (!event.isTrusted || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") {
            event.preventDefault();
            event.stopImmediatePropagation();
            end();
            return emit("leave palette");
        }
        if (event.key.length > 1 && !["Backspace", "Enter", "ArrowDown", "ArrowUp"].includes(event.key)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        held.push(event.key);
    };
    const arrive = async () => {
        const field = document.querySelector(".q-dialog--modal input[data-testid=palette-query]");
        if (!field) return;
        arrival.disconnect();
        field.focus({ preventScroll: true });
        while (held.length) {
            const key = held.shift();
            if (key.length === 1 || key === "Backspace") {
                field.value = key === "Backspace" ? field.value.slice(0, -1) : field.value + key;
                field.dispatchEvent(new InputEvent("input", { bubbles: true }));
            } else {
                field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            }
            await new Promise((done) => setTimeout(done));  // Vue tells the server the text a tick later
        }
        end();
    };
    const arrival = new MutationObserver(arrive), patience = setTimeout(giveUpWaiting, 5000);
    arrival.observe(document.body, { childList: true, subtree: true });
    addEventListener("keydown", keep, true);
    emit("palette");
}"""
_ON_CLICK = f"() => ({AWAIT_PALETTE})(emit)"


def open_by_click(element: Element, *, on_palette: Callable[[], None], on_leave: Callable[[], None]) -> None:
    """Let a click on an element ask for the palette; `on_leave`: it was given up on its way."""

    def hear(event: GenericEventArguments) -> None:
        if event.args == LEAVE_PALETTE:
            on_leave()
        else:
            on_palette()

    element.on("click", hear, js_handler=_ON_CLICK)
