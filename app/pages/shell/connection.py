"""The word in the header that says whether the page is live, and the band below it that says what happens next.

Two things can be away. What the server misses (Redis, the database) comes by binding. That the browser has lost the
server cannot come from the server: connection.js sees it, and keeps what is done before the connection stands in order.
"""

from typing import Any, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from
from nicegui.element import Element

from app.pages.shell.delivery import DELIVERY_SCRIPT, RETURN_SCRIPT, TYPING_SCRIPT
from app.pages.widgets.markup import name_for_tests


class ConnectionIndicator(
    Element, component="connection.js", dependencies=[DELIVERY_SCRIPT, TYPING_SCRIPT, RETURN_SCRIPT]
):
    """Live, Reconnecting… or Offline. `state`, `sentence` and `trouble` are bindable."""

    state = BindableProperty(on_change=lambda sender, _: cast("ConnectionIndicator", sender)._draw())
    sentence = BindableProperty(on_change=lambda sender, _: cast("ConnectionIndicator", sender)._draw())
    trouble = BindableProperty(on_change=lambda sender, _: cast("ConnectionIndicator", sender)._draw())

    def __init__(self, connection: Any) -> None:
        """Follow `connection`, a bindable model with `state` ("live", "reconnecting"), `sentence` and `trouble`."""
        super().__init__()
        name_for_tests(self, "connection")
        headers = ui.context.client.request.headers
        purpose = headers.get("sec-purpose", headers.get("purpose", ""))
        self.props["brings-handshake"] = "prefetch" not in purpose  # as NiceGUI's Client decides it
        self.state, self.sentence, self.trouble = connection.state, connection.sentence, connection.trouble
        for name in ("state", "sentence", "trouble"):
            bind_from(self, name, connection, name)
        self._draw()

    def _draw(self) -> None:
        self.props["state"] = self.state
        self.props["sentence"] = self.sentence
        self.props["trouble"] = self.trouble
