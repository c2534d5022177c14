"""The client for asyncio: what differs from the other one."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from app.client import AsyncJobdeck, JobdeckError, async_deck
from tests.direct import Direct
from tests.unit.api.conftest import OWN


class Streamed(httpx.AsyncByteStream):
    """Events, and then the connection breaks."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for line in self._text.splitlines(keepends=True):
            yield line.encode()
        raise httpx.ReadError("the server is gone")


def event(name: str, told: object) -> str:
    return f"event: {name}\nid: 7\ndata: {json.dumps(told)}\n\n"


async def test_a_job_is_followed_over_a_connection_that_breaks(direct: Direct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(async_deck, "AGAIN_SECONDS", 0)
    job: dict[str, object] = {}
    running = {"state": "running", "version": 2, "attempt": 1}

    def first() -> str:
        told = {"job_id": 1, "attempt": 1, "progress": {"done": 1, "total": 2}}
        return "retry: 1000\n\n" + event("job", {**job, **running}) + event("progress", told)

    def second() -> str:
        return ": nothing new\n\n" + event("job", {**job, "state": "succeeded", "version": 3, "attempt": 1})

    streams = iter([first, second])

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("accept") == "text/event-stream":
            return httpx.Response(200, stream=Streamed(next(streams)()))
        if request.method == "POST":
            answered = await httpx.ASGITransport(direct.application).handle_async_request(request)
            job.update(json.loads(await answered.aread()))
        return httpx.Response(200, json=job)

    async with AsyncJobdeck(OWN, transport=httpx.MockTransport(answer)) as deck:
        started = await deck.start("hello", name="Ada")
        seen = [(one.state, one.progress.done) async for one in deck.follow(started)]

    assert seen == [("queued", None), ("running", None), ("running", 1), ("succeeded", None)]


async def test_a_job_that_is_deleted_is_followed_no_more(direct: Direct) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("accept") == "text/event-stream":
            return httpx.Response(200, stream=Streamed(event("deleted", {"job_id": 1})))
        return await httpx.ASGITransport(direct.application).handle_async_request(request)

    async with AsyncJobdeck(OWN, transport=httpx.MockTransport(answer)) as deck:
        started = await deck.start("hello")
        with pytest.raises(JobdeckError, match="was deleted"):
            await deck.wait(started)
