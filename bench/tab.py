"""One open page without a browser, for measuring: it asks for the page, shakes hands over the websocket as NiceGUI's
script does, answers what it is asked, and acknowledges every 3 s.
"""

import asyncio
import json
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlencode

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

ACK_SECONDS = 3.0
_HANDSHAKE = re.compile(r"""["']client_id["']: ["']([^"']+)["'], ["']next_message_id["']: (\d+)""")
_TICK = re.compile(r"tick (\d+\.\d+)")
_NUMBER = re.compile(r'"_id":\s*(\d+)')
_REQUEST = re.compile(r'"request_id":\s*"([^"]+)"')


@dataclass
class Tab:
    """One open page."""

    address: str
    seconds: list[float] = field(default_factory=list)
    """How long each report took from its job to here, while `is_measured`."""
    is_measured: bool = False
    messages: int = 0
    answered_at: float = 0.0
    """When the page had come."""
    heard_at: float = 0.0
    """When the last message came; both on the clock of `time.perf_counter`."""
    _socket: ClientConnection | None = None
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    _client_id: str = ""
    _next: int = 0

    async def open(self, http: httpx.AsyncClient, path: str = "/") -> None:
        """Ask for the page and connect, as the script of the page does."""
        page = await http.get(self.address + path, headers={"Accept": "text/html"})
        self.answered_at = time.perf_counter()
        found = _HANDSHAKE.search(page.text)
        if found is None:
            raise SystemExit(f"{path} answered {page.status_code} without a handshake")
        self._client_id, self._next = found[1], int(found[2])
        query = {
            "client_id": self._client_id,
            "next_message_id": self._next,
            "implicit_handshake": "true",
            "document_id": secrets.token_hex(16),
            "tab_id": secrets.token_hex(16),
            "EIO": 4,
            "transport": "websocket",
        }
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        self._socket = await connect(
            f"{self.address.replace('http', 'ws', 1)}/_nicegui_ws/socket.io/?{urlencode(query)}",
            origin=websockets.Origin(self.address),
            additional_headers={"Cookie": cookies} if cookies else {},
            max_size=None,
            ping_interval=None,
        )
        await self._socket.recv()  # engine.io's open
        await self._socket.send("40")
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._acknowledge())]

    @property
    def is_connected(self) -> bool:
        """Whether the server has not closed it."""
        return bool(self._tasks) and not self._tasks[0].done()

    async def close(self) -> None:
        """Close the tab."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()

    async def _listen(self) -> None:
        assert self._socket is not None
        async for raw in self._socket:
            text = raw if isinstance(raw, str) else raw.decode()
            if text == "2":
                await self._socket.send("3")
            elif text.startswith("42"):
                self.messages += 1
                self.heard_at = time.perf_counter()
                await self._hear(text)
            elif text.startswith("44"):
                raise SystemExit(f"The handshake was refused: {text}")

    async def _hear(self, text: str) -> None:
        if self.is_measured:
            now = time.time()
            self.seconds += [now - float(found) for found in _TICK.findall(text)]
        if (numbers := _NUMBER.findall(text[-40:])) or (numbers := _NUMBER.findall(text)):
            self._next = int(numbers[-1]) + 1
        if (asked := _REQUEST.search(text)) is not None:
            await self._say("javascript_response", {"request_id": asked[1], "result": None})

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_SECONDS)
            await self._say("ack", {"next_message_id": self._next})

    async def _say(self, event: str, said: dict[str, object]) -> None:
        assert self._socket is not None
        with suppress(websockets.ConnectionClosed):
            await self._socket.send("42" + json.dumps([event, {"client_id": self._client_id, **said}]))
