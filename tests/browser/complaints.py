"""What a browser complains about while a test uses it, and what leaves the machine."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

LOST = r"net::ERR_\w+|WebSocket connection to .* failed|timeout"
"""What a browser says of a server that does not answer, or that ends in the middle of an answer."""


class Complaints:
    """Console errors and warnings, uncaught exceptions, answers that are errors, requests to elsewhere."""

    def __init__(self) -> None:
        """Begin with none."""
        self._heard: list[str] = []
        self._provoked: list[re.Pattern[str]] = []

    def listen(self, context: BrowserContext) -> None:
        """Hear all pages of a context."""
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)

    def expect(self, pattern: str) -> None:
        """Take complaints in which `pattern` is found for provoked by the test."""
        self._provoked.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """The complaints that nothing provoked."""
        return [text for text in self._heard if not any(pattern.search(text) for pattern in self._provoked)]

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._heard.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _on_error(self, error: WebError) -> None:
        self._heard.append(f"uncaught: {error.error}")

    def _on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob", "about") and address.hostname != "127.0.0.1":
            self._heard.append(f"request to elsewhere: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._heard.append(f"answer {response.status}: {response.url}")
