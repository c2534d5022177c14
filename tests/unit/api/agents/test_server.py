"""What an agent can do, through the official client: in memory, and over HTTP."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.memory import create_connected_server_and_client_session
from mcp.types import CallToolResult, TextContent
from starlette.types import Receive, Scope, Send

from app import api
from app.actor import local
from app.api.agents.server import make_server
from app.auth.visits import Identity, Visit, present
from app.db import JobFilter, State
from app.db.queries import jobs
from app.processes.http.guard import Guard, Hosts
from app.queue import JobContext, JobError, job, registry, start
from app.queue.acts.bulk import KIND
from app.queue.events.bus import EventBus
from app.rights import Rights, Role
from app.settings import Settings
from tests.door import bearer, make_account, with_door
from tests.waiting import until

pytestmark = pytest.mark.thorough

OWN_TOOLS = {"list_jobs", "get_job", "read_log", "wait_for_job", "cancel_job", "retry_job"}


@pytest.fixture
def gate(room: object, run_worker: Callable[..., object]) -> Iterator[threading.Event]:
    """Kinds, and a worker that runs them; `pour` ends when the event is set."""
    opened = threading.Event()

    @job(title="Count rows")
    def count_rows(ctx: JobContext, rows: int = 3) -> str:
        """Count some rows."""
        ctx.log(f"counting {rows}")
        return f"{rows} rows"

    @job(max_retries=0)
    def break_it(ctx: JobContext) -> None:
        raise JobError("the disk is full")

    @job
    def pour(ctx: JobContext) -> None:
        ctx.progress(1, 2, "Pouring")
        while not opened.wait(0.02):
            ctx.progress(1, 2, "Pouring")

    @job(off_unless="allow_commands")
    def dangerous(ctx: JobContext) -> None: ...

    @job(listed=False)
    def hidden(ctx: JobContext) -> None: ...

    @job(confirm="It removes everything.")
    def clear(ctx: JobContext) -> str:
        return "cleared"

    @job(name="get_job")
    def taken_name(ctx: JobContext) -> None: ...

    registry.switched_on = frozenset({"allow_commands"})
    run_worker()
    yield opened
    opened.set()


@asynccontextmanager
async def agent() -> AsyncIterator[ClientSession]:
    """Connect the official client to a server in this process."""
    async with create_connected_server_and_client_session(make_server(lambda: local("mcp"))) as session:
        yield session


def said(result: CallToolResult) -> dict[str, Any]:
    """Return what a tool answered."""
    [content] = result.content
    assert isinstance(content, TextContent)
    found: dict[str, Any] = json.loads(content.text)
    assert found == result.structuredContent
    return found


async def test_every_kind_is_a_tool_but_those_that_are_dangerous_or_hidden(gate: threading.Event) -> None:
    async with agent() as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}

    assert set(tools) == OWN_TOOLS | {"count_rows", "break_it", "pour", "start_get_job"}
    assert tools["count_rows"].inputSchema["properties"]["rows"]["type"] == "integer"
    assert tools["count_rows"].description is not None
    assert tools["count_rows"].description.startswith("Count some rows.")
    assert KIND not in tools


async def test_a_kind_that_asks_first_is_a_tool_where_it_is_allowed(gate: threading.Event) -> None:
    server = make_server(lambda: local("mcp"), allowed=["clear"])
    async with create_connected_server_and_client_session(server) as session:
        [tool] = [one for one in (await session.list_tools()).tools if one.name == "clear"]
        answer = said(await session.call_tool("clear", {}))

    assert tool.description is not None
    assert tool.description.startswith("It removes everything.")
    assert answer["result"] == "cleared"


async def test_a_job_of_a_kind_that_asks_first_is_retried_when_that_is_meant(gate: threading.Event) -> None:
    job_id = start("clear", {}, by=local("page")).id
    async with agent() as session:
        await session.call_tool("wait_for_job", {"id": job_id})
        refused = await session.call_tool("retry_job", {"id": job_id})
        meant = said(await session.call_tool("retry_job", {"id": job_id, "confirmed": True}))

    [content] = refused.content
    assert isinstance(content, TextContent)
    assert refused.isError
    assert "It removes everything." in content.text
    assert meant["retry_of"] == job_id


async def test_a_tool_starts_a_job_and_answers_its_end(gate: threading.Event) -> None:
    async with agent() as session:
        answer = said(await session.call_tool("count_rows", {"rows": 5}))
        log = said(await session.call_tool("read_log", {"id": answer["id"]}))
        found = said(await session.call_tool("list_jobs", {"q": "kind:count_rows"}))

    assert (answer["state"], answer["result"], answer["created_by"]) == ("succeeded", "5 rows", "local")
    assert [line["text"] for line in log["items"]] == ["counting 5"]
    assert [one["id"] for one in found["items"]] == [answer["id"]]


async def test_a_job_that_fails_is_an_error_with_its_sentence(gate: threading.Event) -> None:
    async with agent() as session:
        result = await session.call_tool("break_it", {})
        again = await session.call_tool("retry_job", {"id": said(result)["id"]})

    assert result.isError
    assert said(result)["error"]["message"] == "the disk is full"
    assert not again.isError


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("count_rows", {"rows": "many"}, "rows:"),
        ("count_rows", {"row": 1}, "row:"),
        ("get_job", {"id": 99}, "There is no job #99."),
        ("get_job", {"number": 1}, "id:"),
        ("cancel_job", {"id": True}, "id:"),
        ("get_job", {"id": "5"}, "id: Value error, Enter a whole number."),
        ("list_jobs", {"limit": "5"}, "limit:"),
        ("dangerous", {}, "There is no tool named 'dangerous'."),
        ("hidden", {}, "There is no tool named 'hidden'."),
    ],
)
async def test_what_does_not_fit_is_said_in_words(
    gate: threading.Event, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    async with agent() as session:
        result = await session.call_tool(tool, arguments)

    [content] = result.content
    assert isinstance(content, TextContent)
    assert (result.isError, sentence in content.text) == (True, True), content.text


async def test_progress_is_told_while_a_job_is_waited_for(gate: threading.Event) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))
        gate.set()

    async with agent() as session:
        answer = said(await session.call_tool("pour", {}, progress_callback=hear))

    assert answer["state"] == "succeeded"
    assert heard == [(1.0, 2.0, "Pouring")]


async def test_a_job_is_waited_for_no_longer_than_was_asked_and_can_be_cancelled(gate: threading.Event) -> None:
    async with agent() as session:
        waiting = registry.get("pour").start()
        running = said(await session.call_tool("wait_for_job", {"id": waiting.id, "seconds": 0}))
        await session.call_tool("cancel_job", {"id": waiting.id})
        ended = said(await session.call_tool("wait_for_job", {"id": waiting.id}))

    assert running["state"] in ("queued", "running")
    assert ended["state"] == "cancelled"


async def test_the_same_is_answered_over_http_behind_the_guard(gate: threading.Event, tmp_path: Any) -> None:
    bus = EventBus()
    guard = Guard(api.build(Settings(data_dir=tmp_path), bus), hosts=Hosts(host="127.0.0.1", port=8080))
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        async with (
            streamable_http_client("http://127.0.0.1:8080/mcp", http_client=client) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            answer = said(await session.call_tool("count_rows", {"rows": 2}))
        foreign = await client.post("/mcp", json={}, headers={"Origin": "http://evil.example"})
    bus.close()

    assert (answer["state"], answer["result"]) == ("succeeded", "2 rows")
    assert foreign.status_code == 403


async def test_two_agents_at_once_are_told_each_of_its_own_job(gate: threading.Event, tmp_path: Any) -> None:
    bus = EventBus()
    transport = httpx.ASGITransport(api.build(Settings(data_dir=tmp_path), bus))

    async def run(client: httpx.AsyncClient) -> dict[str, Any]:
        async with (
            streamable_http_client("http://127.0.0.1:8080/mcp", http_client=client) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            return said(await session.call_tool("pour", {}))

    async def let_both_end() -> None:
        running = JobFilter(states=frozenset({State.RUNNING}))
        await asyncio.to_thread(until, lambda: len(jobs.list_jobs(running, limit=5).items) == 2)
        gate.set()

    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", timeout=None) as client:
        one, other, _ = await asyncio.gather(run(client), run(client), let_both_end())
    bus.close()

    assert (one["state"], other["state"]) == ("succeeded", "succeeded")
    assert {one["id"], other["id"]} == {1, 2}


async def test_a_tool_does_no_more_than_whoever_asks_may(gate: threading.Event, tmp_path: Any) -> None:
    bus = EventBus()
    guard = Guard(api.build(Settings(data_dir=tmp_path), bus), hosts=Hosts(host="127.0.0.1", port=8080))
    viewer = Visit()
    viewer.identity = Identity(account="ann", rights=Rights(role=Role.VIEWER), token_name="reading")

    async def signed_in(scope: Scope, receive: Receive, send: Send) -> None:
        present.set(viewer)
        await guard(scope, receive, send)

    transport = httpx.ASGITransport(signed_in)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client,
        streamable_http_client("http://127.0.0.1:8080/mcp", http_client=client) as (incoming, outgoing, _),
        ClientSession(incoming, outgoing) as session,
    ):
        await session.initialize()
        refused = await session.call_tool("count_rows", {})
        found = said(await session.call_tool("list_jobs", {}))
    bus.close()

    [content] = refused.content
    assert isinstance(content, TextContent)
    assert (refused.isError, content.text) == (
        True,
        "This needs the role operator. ann/reading is a viewer.",
    )
    assert found["items"] == []


async def test_who_may_only_look_on_is_told_no_params_of_private_kinds(room: object, tmp_path: Any) -> None:
    @job(private=True)
    def pay(ctx: JobContext, account: str) -> None:
        """Pay."""

    make_account("ann", Role.ADMIN)
    paid = start(pay, {"account": "DE02 1234"}, by=local("python")).id
    bus = EventBus()
    door = with_door(api.build(Settings(data_dir=tmp_path), bus))
    told = []
    for scope in ("all", "read"):
        transport, headers = httpx.ASGITransport(door), bearer("ann", scope=scope)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=headers) as client,
            streamable_http_client("http://127.0.0.1:8080/mcp", http_client=client) as (incoming, outgoing, _),
            ClientSession(incoming, outgoing) as session,
        ):
            await session.initialize()
            one = said(await session.call_tool("get_job", {"id": paid}))
            many = said(await session.call_tool("list_jobs", {}))
            found = said(await session.call_tool("list_jobs", {"q": "1234"}))
            told.append((one["params"], many["items"][0]["params"], len(found["items"])))
    bus.close()
    assert told == [({"account": "DE02 1234"},) * 2 + (1,), ({"account": "private"},) * 2 + (0,)]
