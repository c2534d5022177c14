"""A button that does one thing for one press: a double click is one press, and while it works it cannot be pressed.

Or one that opens a menu.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar

from nicegui import ui
from nicegui.element import Element

B = TypeVar("B", bound=Element)
# `detail` is how many clicks came in a row, by the person's own double-click speed; 0 from the keyboard
# (https://www.w3.org/TR/uievents/#dom-uievent-detail).
_FIRST_CLICK = "(event) => { if (!(event?.detail > 1)) emit(); }"


def on_press(button: B, act: Callable[[], Awaitable[None] | None]) -> B:
    """Call `act` when the button is pressed, and not again before what it does has ended. Event loop only."""
    busy = "loading" if isinstance(button, ui.button) else "aria-busy"
    is_under_way = False

    async def press() -> None:
        nonlocal is_under_way
        if is_under_way:
            return
        is_under_way = True
        try:
            result = act()
            if inspect.isawaitable(result):
                button.props[busy] = "true"
                await result
        finally:
            is_under_way = False
            if not button.is_deleted:
                button.props.pop(busy, None)

    return button.on("click", press, [], js_handler=_FIRST_CLICK)


def opens_menu(button: ui.button, draw: Callable[[], object], *, props: str = "") -> None:
    """Let a press open a menu, which `draw` fills each time. Before the first press there is none: most are never
    opened, and every tab would keep them. Event loop only.

    It stays from then on, for what its lines open (a dialog) or say later lives in it.
    """
    made: list[ui.menu] = []

    def open_menu() -> None:
        if not made:
            with button:
                made.append(ui.menu().props(props))
        [menu] = made
        if menu.value:
            return  # the browser closes it by the same press
        menu.clear()
        with menu:
            draw()
        menu.open()

    button.on("click", open_menu, [])
