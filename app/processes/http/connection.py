"""One connection of a client to the web server: what is settled before there is a request that anybody could answer.

Uvicorn's protocol, with bounds. A header, a trailer or a chunk's line that does not end is refused after
`MAX_HEAD_BYTES`: the parser joins what it has with each piece that arrives, so that 30 MB would hold the event loop up
for seconds. Trailers are dropped: the parser hands them over as if they were headers of the request. A client that
sends nothing, or too slowly, or that reads nothing, is not waited for longer than the patience. What is refused here is
answered like every other error, with the headers that the guard gives to all answers.
"""

import asyncio
import struct
from enum import Enum, auto
from typing import Any

import httptools
from starlette.responses import Response
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from wsproto.connection import ConnectionState
from wsproto.events import Ping

from app.api.protocol import problems
from app.processes.http.guard import protecting_headers

MAX_HEAD_BYTES = 64 * 1024
PIECE_BYTES = 16 * 1024
"""How much the parser is given at a time, and never more than what a header may still take."""
SLOWEST_BYTES_PER_SECOND = 256
"""A body that comes in more slowly than that is not worth its place."""
LOOKS_PER_PATIENCE = 4
FULL_SECONDS = 1.0
"""So long a connection too many may take to ask for something, and to be told so."""
WAIT_SECONDS = 10
LEAVING_SECONDS = 10.0
"""So long the last bytes of a websocket wait to be read."""
_WHOLE_TEXT = 0x81
"""The first byte of a text message that is one frame."""


class _Waiting(Enum):
    """What the client has to send next."""

    NOTHING = auto()
    HEAD = auto()
    BODY = auto()


def patient_connections(seconds: float, *, most: int = 10_000) -> "type[Connection]":
    """Return the protocol for uvicorn whose connections wait for a silent client for so many seconds.

    `most`: so many connections there may be at once.
    """

    class PatientConnection(Connection):
        patience_seconds = seconds
        most_connections = most

    return PatientConnection


class Connection(HttpToolsProtocol):
    """Uvicorn's connection, with bounds for what a client may send, and for how long it may take."""

    patience_seconds = 60.0
    most_connections = 10_000

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin as uvicorn's connection does."""
        super().__init__(*arguments, **options)
        self._waits_for = _Waiting.HEAD
        self._since = self.loop.time()
        self._arrived_bytes = 0
        self._unfruitful_bytes = 0
        self._unsent_bytes = 0
        self._unsent_since = 0.0
        self._next_look: asyncio.TimerHandle | None = None
        self._is_one_too_many = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's does
        """Begin to look whether the client does its part."""
        super().connection_made(transport)
        self._is_one_too_many = len(self.connections) > self.most_connections
        if self._is_one_too_many:
            self.loop.call_later(FULL_SECONDS, transport.close)
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._stop_looking()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """Hand over to the websocket's protocol, which has its own pings."""
        self._stop_looking()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Give the parser what arrived, piece by piece."""
        self._unset_keepalive_if_required()
        if self._is_one_too_many:  # said now, for what is said before a client asks it may never read
            sentence = f"This server holds {self.most_connections:,} connections already."
            self._refuse(429, sentence, hint="JOBDECK_MAX_CONNECTIONS allows more.", wait_seconds=WAIT_SECONDS)
            return
        if self._waits_for is _Waiting.NOTHING and self._is_idle():
            self._wait_for(_Waiting.HEAD)
        start = 0
        while start < len(data):
            piece = data[start : start + min(PIECE_BYTES, MAX_HEAD_BYTES - self._unfruitful_bytes)]
            if (protocol := self.transport.get_protocol()) is not self:
                assert isinstance(protocol, asyncio.Protocol)
                protocol.data_received(data[start:])  # what a client sends behind its request for a websocket
                return
            if self.transport.is_closing() or not self._is_taken(piece):
                return
            start += len(piece)

    def _is_taken(self, piece: bytes) -> bool:
        self._unfruitful_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            if not self._should_upgrade():
                self._refuse(400, "This server speaks HTTP/1.1 and websockets only.")
                return False
            self.handle_websocket_upgrade()
        except httptools.HttpParserInvalidMethodError:
            self._refuse(400, "The request's method is not known here.", hint="GET, HEAD, POST and DELETE are.")
            return False
        except httptools.HttpParserError:
            self._refuse(400, "This is no HTTP request that can be read.")
            return False
        self._arrived_bytes += len(piece)  # after the parser said what they belong to
        if self._unfruitful_bytes >= MAX_HEAD_BYTES:
            self._refuse(431, f"The header is longer than {MAX_HEAD_BYTES // 1024} KB.", hint="Send a shorter one.")
            return False
        return True

    def on_message_begin(self) -> None:
        """Wait for the header of a request."""
        super().on_message_begin()
        self._wait_for(_Waiting.HEAD)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header in; a trailer is dropped, for it would say something of a request that was judged already."""
        if self._waits_for is _Waiting.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Wait for the body, and let the request be answered."""
        self._unfruitful_bytes = 0
        self._wait_for(_Waiting.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body."""
        self._unfruitful_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing: it is the server's turn."""
        self._unfruitful_bytes = 0
        self._wait_for(_Waiting.NOTHING)
        super().on_message_complete()

    def _wait_for(self, what: _Waiting) -> None:
        self._waits_for, self._since, self._arrived_bytes = what, self.loop.time(), 0

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _look_later(self) -> None:
        self._next_look = self.loop.call_later(self.patience_seconds / LOOKS_PER_PATIENCE, self._look)

    def _stop_looking(self) -> None:
        if self._next_look is not None:
            self._next_look.cancel()
            self._next_look = None

    def _look(self) -> None:
        """End the connection of a client that does not do its part."""
        if self._reads_nothing():
            self.transport.abort()  # not closed: that would wait until everything is sent
        elif not self.transport.is_closing() and self._sends_too_little():
            if self._arrived_bytes or self._waits_for is _Waiting.BODY:
                self._refuse(408, "The request did not arrive in time.", hint="Send it again.")
            else:  # nothing was asked: some browsers take an answer for that of what they ask next
                self.transport.close()
        self._look_later()

    def _reads_nothing(self) -> bool:
        unsent, now = self.transport.get_write_buffer_size(), self.loop.time()
        if unsent == 0 or unsent != self._unsent_bytes:
            self._unsent_bytes, self._unsent_since = unsent, now
        return now - self._unsent_since >= self.patience_seconds

    def _sends_too_little(self) -> bool:
        waited = self.loop.time() - self._since
        if self._waits_for is _Waiting.NOTHING or waited < self.patience_seconds:
            return False
        is_slow = self._arrived_bytes < SLOWEST_BYTES_PER_SECOND * waited
        if self._waits_for is _Waiting.HEAD or (is_slow and not self.flow.read_paused):
            return True
        self._wait_for(_Waiting.BODY)
        return False

    def _refuse(self, status: int, sentence: str, *, hint: str | None = None, wait_seconds: int | None = None) -> None:
        """Answer with a problem and close the connection; one whose answer has begun already is only closed.

        `wait_seconds`: after which it may be asked again.
        """
        if self._is_idle() or not self.cycle.response_started:
            headers = {"Connection": "close", **({"Retry-After": str(wait_seconds)} if wait_seconds else {})}
            answer = problems.problem(status, sentence, hint=hint, headers=headers)
            self.transport.write(_written(answer))
        self.transport.close()


class Socket(WSProtocol):
    """Uvicorn's websocket, with bounds for a client that reads nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Begin as uvicorn's websocket does."""
        super().__init__(*arguments, **options)
        self._unanswered: Ping | None = None

    async def send(self, message: ASGISendEvent) -> None:
        """Send. What an open page is told goes out as it is: wsproto would copy it five times, for each of the tabs."""
        await self.writable.wait()
        text = message.get("text") if message["type"] == "websocket.send" else None
        if not isinstance(text, str) or not self._is_open():
            await super().send(message)
        elif not self.transport.is_closing():
            self.transport.write(_text_frame(text))

    def _is_open(self) -> bool:
        has_answered = self.handshake_complete and not self.response_started
        is_leaving = self.disconnected or self.close_sent or self.conn.state is not ConnectionState.OPEN
        return has_answered and not is_leaving and not self.config.ws_per_message_deflate

    def handle_ping(self, event: Ping) -> None:
        """Answer; where the client does not read what it was sent, the last ping alone, and later.

        Every answer would be kept, however many there are; RFC 6455, 5.5.3, asks for no more.
        """
        if self.writable.is_set():
            super().handle_ping(event)
        else:
            self._unanswered = event

    def resume_writing(self) -> None:
        """Send again: the client reads."""
        super().resume_writing()
        ping, self._unanswered = self._unanswered, None
        if ping is not None and not self.close_sent:
            super().handle_ping(ping)

    def keepalive_timeout(self) -> None:
        """End a connection on which no ping is answered."""
        super().keepalive_timeout()
        self._leave_soon()

    def on_task_complete(self, task: "asyncio.Task[None]") -> None:
        """Note that the application is done with it."""
        super().on_task_complete(task)
        self._leave_soon()

    def _leave_soon(self) -> None:
        """See to it that it ends: to be closed would wait until the client has read everything."""
        if not self.disconnected:
            self.loop.call_later(LEAVING_SECONDS, self.transport.abort)


def _text_frame(text: str) -> bytes:
    """Return a whole text message, as a server sends it (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", _WHOLE_TEXT, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, size) + payload
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, size) + payload


def _written(answer: Response) -> bytes:
    for name, value in protecting_headers(host="", path="").items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    lines = [name + b": " + value + b"\r\n" for name, value in answer.raw_headers]
    return b"".join((STATUS_LINE[answer.status_code], *lines, b"\r\n", bytes(answer.body)))
