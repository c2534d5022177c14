"""A button that does one thing for one press: a double click is one press, and while it works it cannot be pressed."""

import inspect
from collections.abc import Awaitable, Callable

from nicegui import ui

# `detail` is how many clicks came in a row, by the person's own double-click speed; 0 from the keyboard
# (https://www.w3.org/TR/uievents/#dom-uievent-detail).
_FIRST_CLICK = "(event) => { if (!(event?.detail > 1)) emit(); }"


def on_press(button: ui.button, act: Callable[[], Awaitable[None] | None]) -> ui.button:
    """Call `act` when the button is pressed, and not again before what it does has ended. Event loop only."""
    is_under_way = False

    async def press() -> None:
        nonlocal is_under_way
        if is_under_way:
            return
        is_under_way = True
        try:
            result = act()
            if inspect.isawaitable(result):
                button.props["loading"] = True
                await result
        finally:
            is_under_way = False
            if not button.is_deleted:
                button.props.pop("loading", None)

    return button.on("click", press, [], js_handler=_FIRST_CLICK)
