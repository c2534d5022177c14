"""Clients of the hub that speak to the application itself, through the guard, as the server calls it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp, Message, Scope

from tests.patience import patient

SEPARATOR = "\x1e"
HANDSHAKE = '{"protocol":"json","version":1}' + SEPARATOR
OWN = {"host": "127.0.0.1:8080"}


def scope_of(kind: str, path: str, *, method: str = "GET", query: str = "", **headers: str) -> Scope:
    """Describe a request as uvicorn does."""
    given = {**OWN, **headers}
    return {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws" if kind == "websocket" else "http",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 1),
        "root_path": "",
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}} if kind == "websocket" else {},
    }


class Talk:
    """A WebSocket, or an answer that does not end. It takes what it is sent only while it reads."""

    def __init__(self) -> None:
        self.status = 0
        self.close: Message | None = None
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self._sent: asyncio.Queue[Message] = asyncio.Queue()
        self._arrived: asyncio.Queue[Message] = asyncio.Queue()
        self._rest = ""

    async def send(self, message: Message) -> None:
        await self.is_reading.wait()
        await self._sent.put(message)

    async def receive(self) -> Message:
        return await self._arrived.get()

    def arrive(self, message: Message) -> None:
        self._arrived.put_nowait(message)

    def say(self, *texts: str) -> None:
        """Send frames of text."""
        for text in texts:
            self.arrive({"type": "websocket.receive", "text": text})

    async def frame(self) -> str | None:
        """Return the text of the next frame; None: the hub closed the connection."""
        while True:
            message = await asyncio.wait_for(self._sent.get(), patient(10))
            match message["type"]:
                case "websocket.send":
                    return str(message["text"])
                case "websocket.close":
                    self.close = message
                    return None
                case "http.response.body" if message.get("body"):
                    return bytes(message["body"]).decode()
                case "http.response.body" if not message.get("more_body", False):
                    return None
                case "http.response.start" | "websocket.http.response.start":
                    self.status = message["status"]
                case "websocket.accept":
                    self.status = 101

    async def opened(self) -> int:
        """Wait until the request was answered at all, and return the status; 101 is a WebSocket."""
        while not self.status:
            message = await asyncio.wait_for(self._sent.get(), patient(10))
            self.status = 101 if message["type"] == "websocket.accept" else message.get("status", 0)
        return self.status

    async def next(self) -> dict[str, Any] | None:
        """Return the next message of SignalR; None: the hub closed the connection."""
        while SEPARATOR not in self._rest:
            frame = await self.frame()
            if frame is None:
                return None
            if frame.startswith((":", "data: ")):
                lines = [line for line in frame.split("\r\n") if line and not line.startswith(":")]
                frame = "".join(line.removeprefix("data: ") for line in lines)
            self._rest += frame
        message, _, self._rest = self._rest.partition(SEPARATOR)
        found: dict[str, Any] = json.loads(message)
        return found

    async def shake_hands(self) -> None:
        """Say that it speaks SignalR, and wait for the answer."""
        self.say(HANDSHAKE)
        assert await self.next() == {}

    async def told(self, target: str = "JobChanged") -> Any:
        """Return the argument of the next call of a method; pings and other calls are passed over."""
        while (message := await self.next()) is not None:
            if message.get("target") == target:
                [argument] = message["arguments"]
                return argument
        raise AssertionError("the connection was closed")

    async def call(self, method: str, *arguments: Any) -> dict[str, Any]:
        """Call a method of the hub, and return its completion; what else is told before it is passed over."""
        call = {"type": 1, "invocationId": "7", "target": method, "arguments": list(arguments)}
        self.say(json.dumps(call) + SEPARATOR)
        while (message := await self.next()) is not None:
            if message["type"] == 3:
                return message
        raise AssertionError("the connection was closed")


@asynccontextmanager
async def talking(application: ASGIApp, scope: Scope) -> AsyncIterator[Talk]:
    """Open a WebSocket, or a request whose answer does not end; at the end the client goes away."""
    talk = Talk()
    if scope["type"] == "websocket":
        talk.arrive({"type": "websocket.connect"})
    else:
        talk.arrive({"type": "http.request", "body": b"", "more_body": False})
    task = asyncio.ensure_future(application(scope, talk.receive, talk.send))
    try:
        yield talk
    finally:
        talk.is_reading.set()
        talk.arrive({"type": f"{scope['type']}.disconnect", "code": 1001})
        await asyncio.wait_for(task, patient(10))


def websocket(query: str = "", **headers: str) -> Scope:
    """Describe a request for a WebSocket of the hub."""
    return scope_of("websocket", "/notifications", query=query, **headers)
