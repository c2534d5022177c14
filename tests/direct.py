"""The API as the client of `app.client` asks it, without a network and without a loop of its own."""

import asyncio

import httpx
from starlette.types import ASGIApp


class Direct(httpx.BaseTransport):
    """Asks an application in this thread. Streams of events are not there: nobody answers those."""

    def __init__(self, application: ASGIApp) -> None:
        self.application = application
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.headers.get("accept") == "text/event-stream":
            raise httpx.ConnectError("there are no streams here")
        return asyncio.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        again = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        async with httpx.ASGITransport(self.application) as transport:
            answer = await transport.handle_async_request(again)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())
