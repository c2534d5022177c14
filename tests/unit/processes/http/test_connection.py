"""What the server layer does with clients that send too much, too slowly, or something else than HTTP."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState
from wsproto.frame_protocol import FrameProtocol

from app.processes.http import connection
from app.processes.http.connection import Socket, patient_connections
from app.processes.http.guard import Guard, Hosts
from tests.waiting import until

LONG = 3600.0
SHORT = 0.4
DEADLINE_SECONDS = 60
HOST = b"Host: 127.0.0.1:8080\r\n"
GET = b"GET /here HTTP/1.1\r\n" + HOST


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what was asked, with the headers that were there when the answer was written."""
    if scope["type"] != "http":
        return
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    if scope["path"] == "/endless":
        await _answer_without_end(send)
        return
    names = sorted(name.decode() for name, _ in scope["headers"])
    text = json.dumps({"headers": names, "size": len(body)}).encode()
    length = (b"content-length", str(len(text)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": text})


async def _answer_without_end(send: Send) -> None:
    streams.append("open")
    try:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while not is_over.is_set():
            message: Message = {"type": "http.response.body", "body": b"x" * 65_536, "more_body": True}
            await send(message)
            if _server_side_is_gone():
                return
    finally:
        streams.remove("open")


streams: list[str] = []
is_over = threading.Event()
_connections: list[set[object]] = []


def _server_side_is_gone() -> bool:
    return not _connections[-1]


@contextmanager
def serving(patience_seconds: float, *, most: int = 1000) -> Iterator[int]:
    """Serve on a free port of the loopback interface, at most so many connections. Gives the port."""
    is_over.clear()
    app = Guard(_echo, hosts=Hosts(host="127.0.0.1", port=8080))
    protocol = patient_connections(patience_seconds, most=most)
    config = uvicorn.Config(app, port=0, http=protocol, log_config=None, lifespan="off", loop="asyncio")
    server = uvicorn.Server(config)
    _connections.append(server.server_state.connections)  # type: ignore[arg-type]  # protocols, of several sorts
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        until(lambda: server.started)
        yield listening.getsockname()[1]
    finally:
        is_over.set()
        server.should_exit = server.force_exit = True
        thread.join(DEADLINE_SECONDS)
        listening.close()


@pytest.fixture(scope="module")
def patient() -> Iterator[int]:
    with serving(LONG) as port:
        yield port


@pytest.fixture(scope="module")
def impatient() -> Iterator[int]:
    with serving(SHORT) as port:
        yield port


def talk(port: int, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send parts as far as the server takes them, and return the answer: its status, headers and body."""
    with socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as client:
        try:
            for part in parts:
                client.sendall(part)
        except (ConnectionResetError, BrokenPipeError):
            pass  # it has answered already
        return _answer(client)


def _answer(client: socket.socket) -> tuple[int, dict[str, str], bytes]:
    received = b""
    while True:
        head, end, body = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        if end and len(body) >= int(headers.get("content-length", "0")):
            return int(lines[0].split()[1]), headers, body
        data = client.recv(65_536)
        assert data, f"the connection ended after {received!r}"
        received += data


def is_closed(client: socket.socket) -> bool:
    try:
        return client.recv(65_536) == b""
    except ConnectionResetError:
        return True


ENDLESS = {
    "a header": [GET + b"X-Long: ", *[b"a" * 4096] * 64],
    "a header's name": [GET, *[b"a" * 4096] * 64],
    "many headers": [GET, *[b"X-Some: of many\r\n" * 200] * 64],
    "an address": [b"GET /", *[b"a" * 4096] * 64],
    "a trailer": [
        b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"2\r\n{}\r\n0\r\nX-Long: ",
        *[b"a" * 4096] * 64,
    ],
    "a chunk's extension": [
        b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"2;x=",
        *[b"a" * 4096] * 64,
    ],
}


@pytest.mark.parametrize("parts", ENDLESS.values(), ids=ENDLESS)
def test_what_has_no_end_is_refused_with_a_sentence(patient: int, parts: list[bytes]) -> None:
    status, headers, body = talk(patient, *parts)

    assert status == 431
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert "64 KB" in json.loads(body)["detail"]


def header_of(size: int) -> bytes:
    """Make a request whose header takes so many bytes, its empty line included."""
    begin, end = GET + b"X-Long: ", b"\r\n\r\n"
    return begin + b"a" * (size - len(begin) - len(end)) + end


def test_header_that_is_long_but_within_the_limit_is_taken(patient: int) -> None:
    status, _, body = talk(patient, header_of(64 * 1024 - 1))

    assert status == 200
    assert "x-long" in json.loads(body)["headers"]


@pytest.mark.parametrize("size", [64 * 1024 + 1, 80 * 1000])
def test_header_that_ends_beyond_the_limit_is_refused(patient: int, size: int) -> None:
    status, _, body = talk(patient, header_of(size))

    assert status == 431
    assert "64 KB" in json.loads(body)["detail"]


def test_body_far_longer_than_a_header_may_be_is_taken(patient: int) -> None:
    head = b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n"

    status, _, body = talk(patient, head, b"x" * 3_000_000)

    assert (status, json.loads(body)["size"]) == (200, 3_000_000)


def test_trailer_is_not_taken_for_a_header(patient: int) -> None:
    head = b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n"

    status, _, body = talk(patient, head + b"\r\n2\r\n{}\r\n0\r\nX-Sneaked-In: yes\r\n\r\n")

    assert status == 200
    assert "x-sneaked-in" not in json.loads(body)["headers"]


NONSENSE = {
    "no HTTP": b"hello\r\n\r\n",
    "an unknown method": b"FROB /here HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a colon": GET + b"nonsense\r\n\r\n",
    "two lengths": b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length and chunks": b"POST /here HTTP/1.1\r\n"
    + HOST
    + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "a chunk of no size": b"POST /here HTTP/1.1\r\n"
    + HOST
    + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("request_bytes", NONSENSE.values(), ids=NONSENSE)
def test_what_is_no_http_is_answered_as_a_problem_with_our_headers(patient: int, request_bytes: bytes) -> None:
    status, headers, body = talk(patient, request_bytes)

    problem = json.loads(body)
    assert status == problem["status"] == 400
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    assert {"content-security-policy", "x-frame-options", "referrer-policy"} <= headers.keys()
    assert problem["detail"].endswith(".")


def test_requests_one_after_the_other_on_one_connection_are_all_answered(patient: int) -> None:
    with socket.create_connection(("127.0.0.1", patient), DEADLINE_SECONDS) as client:
        for _ in range(3):
            client.sendall(GET + b"\r\n")
            assert _answer(client)[0] == 200


def test_connection_on_which_nothing_is_asked_is_closed(impatient: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient), DEADLINE_SECONDS) as client:
        assert is_closed(client)


SLOW = {
    "half a header": GET,
    "only blank lines": b"\r\n",
    "no body": b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n",
    "half a body": b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
}


@pytest.mark.parametrize("beginning", SLOW.values(), ids=SLOW)
def test_request_that_does_not_go_on_is_refused_after_the_patience(impatient: int, beginning: bytes) -> None:
    status, headers, body = talk(impatient, beginning)

    assert (status, headers["connection"]) == (408, "close")
    assert json.loads(body)["hint"] == "Send it again."


@pytest.mark.thorough
def test_body_that_comes_in_byte_by_byte_is_refused(impatient: int) -> None:
    head = b"POST /here HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", impatient), DEADLINE_SECONDS) as client:
        client.sendall(head)
        client.settimeout(0.02)

        def answer() -> bytes:
            client.send(b"x")
            try:
                return client.recv(1000)
            except TimeoutError:
                return b""

        assert until(answer).startswith(b"HTTP/1.1 408 ")


def test_client_that_reads_nothing_is_let_go(impatient: int) -> None:
    with socket.create_connection(("127.0.0.1", impatient), DEADLINE_SECONDS) as client:
        client.sendall(b"GET /endless HTTP/1.1\r\n" + HOST + b"\r\n")
        until(lambda: streams)

        until(lambda: not streams)


@pytest.mark.thorough
def test_one_connection_too_many_is_told_to_come_again_and_who_leaves_makes_room() -> None:
    with serving(LONG, most=1) as port:
        with socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS):
            status, headers, body = talk(port, GET, b"\r\n")
            with socket.create_connection(("127.0.0.1", port), DEADLINE_SECONDS) as silent:
                assert silent.recv(1) == b"", "who asks for nothing is not held either"
        assert (status, headers["retry-after"], headers["content-type"]) == (429, "10", "application/problem+json")
        assert json.loads(body)["detail"] == "This server holds 1 connections already."
        until(lambda: talk(port, GET, b"Connection: close\r\n\r\n")[0] == 200)


class Wire(asyncio.Transport):
    """What a websocket writes to, for a client that does not read."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 8080)})
        self.written = b""
        self.is_closed = False
        self.is_written, self.is_cut = asyncio.Event(), asyncio.Event()

    def write(self, data: "bytes | bytearray | memoryview[int]") -> None:
        self.written += bytes(data)
        self.is_written.set()

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def abort(self) -> None:
        self.is_cut.set()

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def opened(leaves: asyncio.Event) -> tuple[Socket, Wire]:
    """Give a websocket whose application stays until it is told to leave."""

    async def stay(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await leaves.wait()

    config = uvicorn.Config(stay, log_config=None, lifespan="off", ws_ping_interval=None, ws_per_message_deflate=False)
    config.load()
    one, wire = Socket(config=config, server_state=ServerState(), app_state={}), Wire()
    one.connection_made(wire)
    one.data_received(UPGRADE)
    await asyncio.wait_for(wire.is_written.wait(), DEADLINE_SECONDS)
    wire.written = b""
    return one, wire


def ping(text: bytes) -> bytes:
    """Write a client's ping; with a mask of zeros its text stays as it is."""
    return bytes([0x89, 0x80 | len(text)]) + bytes(4) + text


def pong(text: bytes) -> bytes:
    """Write its answer."""
    return bytes([0x8A, len(text)]) + text


async def test_of_pings_whose_answers_are_not_read_the_last_is_answered_later() -> None:
    leaves = asyncio.Event()
    one, wire = await opened(leaves)
    one.data_received(ping(b"read"))
    one.pause_writing()

    for number in range(1000):
        one.data_received(ping(b"%d" % number))

    assert wire.written == pong(b"read")
    one.resume_writing()
    one.data_received(ping(b"again"))
    assert wire.written == pong(b"read") + pong(b"999") + pong(b"again")
    leaves.set()


async def test_a_websocket_that_nobody_reads_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LEAVING_SECONDS", 0.0)
    leaves = asyncio.Event()
    one, wire = await opened(leaves)
    one.pause_writing()

    leaves.set()

    await asyncio.wait_for(wire.is_cut.wait(), DEADLINE_SECONDS)
    assert wire.is_closed, "first it may read what was sent"


@pytest.mark.parametrize("text", ["", "a", "ä" * 62, "a" * 125, "a" * 126, "€" * 21_845, "a" * 65_535, "a" * 65_536])
async def test_a_text_goes_out_as_the_library_would_write_it(text: str) -> None:
    leaves = asyncio.Event()
    one, wire = await opened(leaves)

    await one.send({"type": "websocket.send", "text": text})
    await one.send({"type": "websocket.send", "bytes": b"12"})

    library = FrameProtocol(client=False, extensions=[])
    assert wire.written == bytes(library.send_data(text, fin=True) + library.send_data(b"12", fin=True))
    leaves.set()


async def test_nothing_goes_out_behind_the_end_of_a_websocket() -> None:
    leaves = asyncio.Event()
    one, wire = await opened(leaves)
    await one.send({"type": "websocket.close", "code": 1000})
    goodbye = wire.written

    with pytest.raises(RuntimeError):
        await one.send({"type": "websocket.send", "text": "late"})

    assert wire.written == goodbye
    leaves.set()


async def test_a_text_waits_until_the_client_reads() -> None:
    leaves = asyncio.Event()
    one, wire = await opened(leaves)
    one.pause_writing()
    sending = asyncio.create_task(one.send({"type": "websocket.send", "text": "later"}))
    await asyncio.sleep(0)
    assert wire.written == b""

    one.resume_writing()

    await asyncio.wait_for(sending, DEADLINE_SECONDS)
    assert wire.written == b"\x81\x05later"
    leaves.set()
