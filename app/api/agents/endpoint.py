"""`/mcp`: the Model Context Protocol over HTTP, without sessions: each request stands for itself.

So nothing is kept of a client between two requests, and it notices nothing when the web process is started again.
"""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from app.actor import Actor
from app.api.protocol.caller import caller
from app.queue.events.bus import EventBus
from app.queue.events.types import Closing, Heard

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class Endpoint:
    """Answers requests; loads the protocol with the first. Event loop only."""

    def __init__(self, bus: EventBus, *, allowed: Collection[str] = ()) -> None:
        """`bus`: says when the web process stops; `allowed`: kinds that are tools though they ask first."""
        self._bus = bus
        self._allowed = allowed
        self._manager: StreamableHTTPSessionManager | None = None
        self._begins = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (await self._begun()).handle_request(scope, receive, send)

    async def _begun(self) -> "StreamableHTTPSessionManager":
        async with self._begins:
            if self._manager is None or self._running is None or self._running.done():
                self._manager = await asyncio.to_thread(_load, self._allowed)
                is_ready = asyncio.Event()
                self._running = asyncio.get_running_loop().create_task(
                    self._run(self._manager, is_ready), name="agents"
                )
                await is_ready.wait()
            return self._manager

    async def _run(self, manager: "StreamableHTTPSessionManager", is_ready: asyncio.Event) -> None:
        """Keep what the protocol needs open until the web process stops."""
        stops = asyncio.Event()

        def hear(event: Heard) -> None:
            if isinstance(event, Closing):
                stops.set()

        undo = self._bus.hear(hear)
        try:
            async with manager.run():
                is_ready.set()
                await stops.wait()
        finally:
            undo()


def _load(allowed: Collection[str]) -> "StreamableHTTPSessionManager":
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager  # 20 MB, and most never speak with it

    from app.api.agents.server import make_server

    return StreamableHTTPSessionManager(make_server(_caller, allowed=allowed), stateless=True)


def _caller() -> Actor:
    return replace(caller(), via="mcp")
