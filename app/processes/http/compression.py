"""Compresses what the pages load: what never changes once, everything else each time, but less thoroughly.

Brotli where the browser takes it (over TLS, and from this machine), else gzip. Starlette's own middleware packs each
script anew for each page, in the event loop, and 8 % larger.
"""

import asyncio
import gzip
from dataclasses import dataclass

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TYPES = ("text/html", "text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml")
LEAST_BYTES = 500
"""What is shorter fits into one packet anyway."""
MOST_BYTES_AT_ONCE = 64 * 1024
"""What is longer is compressed in a thread: a script of 500 kB takes 50 ms."""
ONCE, EACH_TIME, AFTERWARDS = 9, 5, 10
"""Thoroughness, of eleven for Brotli and nine for gzip. Brotli's ten takes half a second for a script of 500 kB, which
it makes 5 % smaller: what stays is packed so when whoever asked first has the page."""
LATER_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    start: Message
    body: bytes

    async def send(self, send: Send) -> None:
        await send({**self.start, "headers": list(self.start["headers"])})  # others add theirs to the list
        await send({"type": "http.response.body", "body": self.body})


class Compressed:
    """Wrap the application of the pages. Event loop only."""

    def __init__(self, app: ASGIApp) -> None:
        """Keep what is wrapped; nothing is compressed yet."""
        self.app = app
        self._kept: dict[tuple[str, str], _Answer] = {}
        self._packing: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer compressed what may be."""
        coding = _coding(scope)
        if coding is None:
            await self.app(scope, receive, send)
        elif kept := self._kept.get((scope["path"], coding)):
            await kept.send(send)
        else:
            await self._answer(scope, receive, send, coding=coding)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, *, coding: str) -> None:
        start: Message | None = None
        body = bytearray()

        async def take(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_text(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    whole = bytes(body)
                    body.clear()  # the request of a page, which has this function, lives as long as its tab
                    await self._send(scope["path"], _Answer(start=start, body=whole), send, coding=coding)

        await self.app(scope, receive, take)

    async def _send(self, path: str, plain: _Answer, send: Send, *, coding: str) -> None:
        headers = MutableHeaders(raw=plain.start["headers"])
        headers.add_vary_header("Accept-Encoding")
        if len(plain.body) < LEAST_BYTES:
            await plain.send(send)
            return
        is_for_good = "immutable" in headers.get("cache-control", "")
        packed = await _pack(plain.body, coding, thoroughness=ONCE if is_for_good else EACH_TIME)
        headers["Content-Encoding"] = coding
        headers["Content-Length"] = str(len(packed))
        answer = _Answer(start=plain.start, body=packed)
        if is_for_good:
            del headers["set-cookie"]  # it is for one person
            self._kept[path, coding] = answer
            if coding == "br":
                task = asyncio.create_task(self._pack_afterwards(path, answer, plain.body), name=f"pack {path}")
                self._packing.add(task)
                task.add_done_callback(self._packing.discard)
        await answer.send(send)

    async def _pack_afterwards(self, path: str, answer: _Answer, body: bytes) -> None:
        """Pack what is kept as small as can be, one after the other."""
        await asyncio.sleep(LATER_SECONDS)
        async with self._turn:
            packed = await _pack(body, "br", thoroughness=AFTERWARDS)
        if len(packed) < len(answer.body):
            start = {**answer.start, "headers": list(answer.start["headers"])}
            MutableHeaders(raw=start["headers"])["Content-Length"] = str(len(packed))
            self._kept[path, "br"] = _Answer(start=start, body=packed)


def _coding(scope: Scope) -> str | None:
    """Return how the answer is to be compressed; None: not at all."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    headers = Headers(scope=scope)
    if "range" in headers:
        return None
    taken = {name.strip() for name in headers.get("accept-encoding", "").lower().split(",")}
    return next((name for name in ("br", "gzip") if name in taken), None)


def _is_text(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    is_type = headers.get("content-type", "").partition(";")[0].strip().lower() in TYPES
    return bool(start["status"] not in (204, 206, 304)) and is_type and "content-encoding" not in headers


async def _pack(body: bytes, coding: str, *, thoroughness: int) -> bytes:
    def pack() -> bytes:
        if coding == "br":
            packed: bytes = brotli.compress(body, mode=brotli.MODE_TEXT, quality=thoroughness)
            return packed
        return gzip.compress(body, thoroughness)

    return await asyncio.to_thread(pack) if len(body) > MOST_BYTES_AT_ONCE else pack()
