"""`python main.py mcp --server URL`: the Model Context Protocol on standard input and output, for a Jobdeck elsewhere.

What the agent asks is passed on to `/mcp` of the server, by the kinds and rights there. Each call is a conversation of
its own, as the server keeps none: one that starts anew in between is not noticed.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
from mcp import ClientSession, McpError
from mcp.client.streamable_http import streamable_http_client
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.types import INTERNAL_ERROR, CallToolResult, ErrorData, Tool

from app import VERSION

SECONDS = 120.0
"""A tool waits for up to a minute."""


def serve(url: str, token: str | None) -> int:
    """Serve until the agent hangs up. Returns the exit status."""
    asyncio.run(_serve(Elsewhere(url, token)))
    return 0


async def _serve(elsewhere: "Elsewhere") -> None:
    server = make_relay(elsewhere)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


class Elsewhere:
    """The server, as the official client asks it."""

    def __init__(self, url: str, token: str | None, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Say where it is; `transport`: how requests are sent, for tests."""
        self._url = f"{url.rstrip('/')}/mcp"
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._transport = transport

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[ClientSession]:
        """Begin a conversation.

        Raises:
            McpError: nobody answers, or the server refuses who asks.
        """
        http = create_mcp_http_client(self._headers, httpx.Timeout(30, read=SECONDS))
        if self._transport is not None:
            http = httpx.AsyncClient(transport=self._transport, headers=self._headers)
        try:
            async with (
                http,
                streamable_http_client(self._url, http_client=http) as (incoming, outgoing, _),
                ClientSession(incoming, outgoing, timedelta(seconds=SECONDS)) as session,
            ):
                await session.initialize()
                yield session
        except BaseExceptionGroup as group:
            if group.split((McpError, httpx.HTTPError))[1] is not None:
                raise
            reason = "; ".join(sorted({str(one) for one in leaves(group)}))
            raise McpError(ErrorData(code=INTERNAL_ERROR, message=f"Nobody answers: {reason}")) from group


def make_relay(elsewhere: Elsewhere) -> Server[Any, Any]:
    """Make the server that passes everything on."""
    server: Server[Any, Any] = Server("jobdeck", version=VERSION)

    @server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]  # the package declares no types here
    async def list_tools() -> list[Tool]:
        async with elsewhere.talk() as session:
            return (await session.list_tools()).tools

    @server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]  # as above
    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        context = server.request_context
        token = context.meta.progressToken if context.meta is not None else None

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            assert token is not None
            await context.session.send_progress_notification(
                token, progress, total=total, message=message, related_request_id=str(context.request_id)
            )

        async with elsewhere.talk() as session:
            return await session.call_tool(name, arguments, progress_callback=None if token is None else tell)

    return server


def leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    """Return the errors of a group and of the groups in it."""
    return [
        leaf for one in group.exceptions for leaf in (leaves(one) if isinstance(one, BaseExceptionGroup) else [one])
    ]
