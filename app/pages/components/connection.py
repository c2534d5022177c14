"""The word in the header that says whether the page is live, and what happens next when it is not.

Two things can be away. The server's part (Redis, the database) comes by binding. When the browser has lost the server
nothing can come: that part is drawn by layout.css from NiceGUI's own mark.
"""

from typing import Any, cast

from nicegui.binding import BindableProperty, bind_from
from nicegui.element import Element

from app.pages.components.markup import Text, box, name_for_tests

_WORDS = {"live": "Live", "reconnecting": "Reconnecting…"}
_LOST = (
    "This browser cannot reach Jobdeck. It tries again every few seconds and then shows all that happened meanwhile; "
    "running jobs go on."
)


class ConnectionIndicator(Element):
    """Live, Reconnecting… or Offline. `state` and `sentence` are bindable."""

    state = BindableProperty(on_change=lambda sender, _: cast("ConnectionIndicator", sender)._draw())
    sentence = BindableProperty(on_change=lambda sender, _: cast("ConnectionIndicator", sender)._draw())

    def __init__(self, connection: Any) -> None:
        """Follow `connection`, a bindable model with `state` ("live", "reconnecting") and `sentence`."""
        super().__init__("div")
        self.classes("jd-connection")
        self.props["role"] = "status"
        self.props["tabindex"] = "0"
        name_for_tests(self, "connection")
        with self:
            self._word = Text("span", classes="jd-connection__server")
            Text("span", "Reconnecting…", classes="jd-connection__lost")
            Text("span", "Offline", classes="jd-connection__offline")
            with box("jd-connection__tip"):
                self._tip = Text("span", classes="jd-connection__server")
                Text("span", _LOST, classes="jd-connection__lost")
        self.state, self.sentence = connection.state, connection.sentence
        bind_from(self, "state", connection, "state")
        bind_from(self, "sentence", connection, "sentence")
        self._draw()

    def _draw(self) -> None:
        self.props["data-state"] = self.state
        self._word.set_text(_WORDS[self.state])
        self._tip.set_text(self.sentence)
