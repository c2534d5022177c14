"""The server's end of a connection that breaks: events are taken once, and a page that comes back is made right.

NiceGUI answers no event. So a browser could not know whether a click that was on its way when the connection broke has
come, and NiceGUI itself drops what comes through a connection that it has given up, and what is for an element that was
drawn anew while it was on its way. The browser's end is `jobdeck_delivery.js`.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from nicegui import Client, app, core

DELIVERY_SCRIPT = Path(__file__).with_name("jobdeck_delivery.js")
TYPING_SCRIPT = Path(__file__).with_name("jobdeck_typing.js")
RETURN_SCRIPT = Path(__file__).with_name("jobdeck_return.js")
MOST_REMEMBERED = 1000
"""Events of one tab. A browser that is away sends again what came since: some dozens."""
SETTLE_SECONDS = 0.2
"""What the person did meanwhile is sent at once, and is taken by then."""
MOST_SETTLING = 50
GONE = "gone"
"""The answer to an event of an element that is not on the page any more: it was drawn anew, or left out, meanwhile.

NOTE: as jobdeck_delivery.js knows it; it presses the new one.
"""


class Taken:
    """Which events of each tab were taken. Event loop only."""

    def __init__(self) -> None:
        """Begin with none."""
        self._of_clients: WeakKeyDictionary[Client, OrderedDict[tuple[str, int], None]] = WeakKeyDictionary()

    def is_new(self, client: Client, event: tuple[str, int]) -> bool:
        """Say whether an event was not taken before, and take it. `event`: the browser's document and its number."""
        taken = self._of_clients.setdefault(client, OrderedDict())
        if event in taken:
            return False
        taken[event] = None
        while len(taken) > MOST_REMEMBERED:
            taken.popitem(last=False)
        return True


def mend_connections() -> None:
    """Take each event once, and draw a page again when its browser has come back. Once for each web process."""
    take_events_once()
    seen: WeakSet[Client] = WeakSet()

    async def connect(client: Client) -> None:
        if client in seen:
            await _draw_again(client)
        seen.add(client)

    app.on_connect(connect)


async def _draw_again(client: Client) -> None:
    """Send every element as it is now.

    After a connection broke, NiceGUI sends its last messages once more (`Outbox.try_rewind`), also while newer ones
    are on their way. Then an element as it was comes after the same element as it is, and stands.
    """
    for _ in range(MOST_SETTLING):
        await asyncio.sleep(SETTLE_SECONDS)
        if not client.outbox.messages:
            break
    for element in list(client.elements.values()):
        if not element.is_deleted:
            element.update()


def take_events_once() -> None:
    """Answer each event: true, it is taken; false, it came too early or too late; `GONE`.

    An event without a number, of a page that is older than this server, is handed on as it is.
    """
    # NOTE: the handler of `nicegui/nicegui.py`; tests/browser/test_lost_acts.py fails where it is called otherwise.
    hand_on: Callable[[str, dict[str, Any]], None] = core.sio.handlers["/"]["event"]
    taken = Taken()

    def take(socket_id: str, message: dict[str, Any]) -> bool | str:
        client = Client.instances.get(str(message.get("client_id")))
        if client is None or not client.has_socket_connection:
            return False
        number, document = message.pop("number", None), message.pop("document", None)
        if isinstance(number, int) and isinstance(document, str) and not taken.is_new(client, (document, number)):
            return True
        if message.get("id") not in client.elements:
            return GONE
        hand_on(socket_id, message)
        return True

    core.sio.on("event", take)
