"""What is compressed, how, and how often the application behind it is asked."""

import asyncio
import gc
import gzip
import tracemalloc
from collections.abc import Callable

import brotli
import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response as Answer
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.processes.http import compression
from app.processes.http.compression import LEAST_BYTES, MOST_BYTES_AT_ONCE, Compressed
from tests.patience import patient

LONG = "let a = 1;\n" * LEAST_BYTES
FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable", "Set-Cookie": "session=mine"}


class Pages:
    """An application that counts how often it is asked."""

    def __init__(self, text: str = LONG, *, media_type: str = "text/javascript", **headers: str) -> None:
        self.asked = 0
        self._text, self._type, self._headers = text, media_type, headers
        self.app = Compressed(Starlette(routes=[Route("/{path:path}", self._show)]))

    async def _show(self, _: Request) -> Answer:
        self.asked += 1
        return Answer(self._text, media_type=self._type, headers={**self._headers})

    async def get(self, accepted: str = "gzip, br", **headers: str) -> Response:
        transport = ASGITransport(self.app)
        async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            request = client.build_request("GET", "/a.js", headers={"Accept-Encoding": accepted, **headers})
            response = await client.send(request, stream=True)
            response.extensions["raw"] = b"".join([part async for part in response.aiter_raw()])
            return response


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("GZIP", "gzip", gzip.decompress),
    ],
)
@pytest.mark.parametrize("size", [len(LONG), MOST_BYTES_AT_ONCE + 1])
async def test_a_text_comes_as_the_browser_takes_it(
    accepted: str, coding: str, unpack: Callable[[bytes], bytes], size: int
) -> None:
    text = (LONG * 100)[:size]
    response = await Pages(text).get(accepted)

    packed = response.extensions["raw"]
    assert response.headers["content-encoding"] == coding
    assert int(response.headers["content-length"]) == len(packed) < size / 2
    assert response.headers["vary"] == "Accept-Encoding"
    assert unpack(packed).decode() == text


@pytest.mark.parametrize("accepted", ["identity", "deflate", ""])
async def test_who_takes_neither_gets_it_as_it_is(accepted: str) -> None:
    response = await Pages().get(accepted)

    assert "content-encoding" not in response.headers
    assert response.extensions["raw"].decode() == LONG


async def test_a_font_a_short_text_and_a_part_stay_as_they_are() -> None:
    font = await Pages(media_type="font/woff2").get()
    short = await Pages("a" * (LEAST_BYTES - 1)).get()
    part = await Pages().get(Range="bytes=0-3")
    events = await Pages(media_type="text/event-stream").get()

    assert not any("content-encoding" in each.headers for each in (font, short, part, events))


async def test_what_never_changes_is_packed_once_and_gives_nobody_the_cookie_of_another() -> None:
    pages = Pages(**FOR_GOOD)

    first, second, other = await pages.get(), await pages.get(), await pages.get("gzip")

    assert pages.asked == 2  # once for each coding
    assert first.extensions["raw"] == second.extensions["raw"]
    assert gzip.decompress(other.extensions["raw"]).decode() == LONG
    assert "set-cookie" not in second.headers
    assert second.headers["cache-control"] == FOR_GOOD["Cache-Control"]


async def test_a_page_is_asked_for_each_time() -> None:
    pages = Pages(media_type="text/html", **{"Cache-Control": "no-store", "Set-Cookie": "session=mine"})

    responses = [await pages.get(), await pages.get()]

    assert pages.asked == 2
    assert [each.headers["set-cookie"] for each in responses] == ["session=mine"] * 2


async def test_what_stays_is_packed_smaller_when_it_was_sent_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compression, "LATER_SECONDS", 0.0)
    text = "".join(f"let {chr(97 + number % 26)}{number} = {number * number % 997};\n" for number in range(4000))
    pages = Pages(text, **FOR_GOOD)
    first = (await pages.get()).extensions["raw"]

    for _ in range(round(patient(1000))):
        answer = await pages.get()
        if len(later := answer.extensions["raw"]) != len(first):
            break
        await asyncio.sleep(0.01)

    assert len(later) < len(first)
    assert int(answer.headers["content-length"]) == len(later)
    assert brotli.decompress(later).decode() == text
    assert pages.asked == 1


async def test_of_a_page_that_was_sent_nothing_is_kept_by_who_keeps_its_request() -> None:
    requests: list[tuple[Scope, Receive, Send]] = []
    size = 10_000_000

    async def show(scope: Scope, receive: Receive, send: Send) -> None:
        requests.append((scope, receive, send))
        await Answer(bytes(size), media_type="text/html")(scope, receive, send)

    pages = Pages()
    pages.app = Compressed(show)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await pages.get()
        gc.collect()
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert requests
    assert most - before > size
    assert after - before < size / 2
