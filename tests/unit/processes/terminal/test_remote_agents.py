"""`mcp --server URL`: an agent on standard input and output, and a Jobdeck elsewhere."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from mcp.shared.memory import create_connected_server_and_client_session
from mcp.types import TextContent

from app import api
from app.processes.http.guard import Guard, Hosts
from app.processes.terminal.remote.agents import Elsewhere, make_relay
from app.queue import JobContext, job
from app.queue.events.bus import EventBus
from app.rights import Role
from app.settings import Settings
from tests.door import bearer, make_account, with_door

pytestmark = pytest.mark.thorough
OWN = "http://127.0.0.1:8080"


async def test_an_agent_does_there_what_the_token_may(room: Path, run_worker: Callable[..., object]) -> None:
    @job
    def count_rows(ctx: JobContext, rows: int = 3) -> str:
        """Count some rows."""
        ctx.progress(1, 2, "Counting")
        return f"{rows} rows"

    run_worker()
    make_account("ann", Role.ADMIN)
    token = bearer("ann", scope="start:count_rows")["Authorization"].removeprefix("Bearer ")
    bus = EventBus()
    programs = api.build(Settings(data_dir=room), bus)
    transport = httpx.ASGITransport(Guard(with_door(programs), hosts=Hosts(host="127.0.0.1", port=8080)))
    relay = make_relay(Elsewhere(OWN, token, transport=transport))

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        """Ask for progress."""

    async with create_connected_server_and_client_session(relay) as session:
        tools = [tool.name for tool in (await session.list_tools()).tools]
        answer = await session.call_tool("count_rows", {"rows": 2}, progress_callback=hear)
        refused = await session.call_tool("retry_job", {"id": 1})
    bus.close()

    assert "count_rows" in tools
    assert answer.structuredContent is not None
    assert answer.structuredContent["result"] == "2 rows"
    [content] = refused.content
    assert isinstance(content, TextContent)
    assert refused.isError
    assert content.text.startswith("This token may only start jobs.")


async def test_a_server_that_is_away_is_said_to_the_agent() -> None:
    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused")

    relay = make_relay(Elsewhere(OWN, None, transport=httpx.MockTransport(refuse)))
    async with create_connected_server_and_client_session(relay) as session:
        answer = await session.call_tool("count_rows", {})

    [content] = answer.content
    assert isinstance(content, TextContent)
    assert (answer.isError, content.text) == (True, "Nobody answers: Connection refused")
