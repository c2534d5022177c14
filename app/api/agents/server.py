"""The protocol's server: what it is asked goes to the tools, and how far a job is goes back meanwhile.

Loads the package `mcp`.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Collection
from typing import Any

from mcp.server.lowlevel import Server
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from mcp.types import Tool as ToolInfo

from app import VERSION
from app.actor import Actor
from app.api.agents.tools import Answer, Done, Tool, all_tools, told
from app.db import JobSnapshot, State
from app.db.queries.jobs import get_job
from app.errors import AppError, NotFound

LOOK_SECONDS = 0.1
MOST_LOOK_SECONDS = 1.0
"""The pauses between two looks at a job grow up to this."""
_INSTRUCTIONS = (
    "Jobdeck runs background jobs. Each kind of job is a tool that starts one. What takes longer than a minute goes on "
    "by itself: wait_for_job waits for its end, read_log says what it does."
)
_log = logging.getLogger(__name__)


def make_server(actor: Callable[[], Actor], *, allowed: Collection[str] = ()) -> Server[Any, Any]:
    """Make the server of one process.

    Args:
        actor: says who asks, whenever a tool is called.
        allowed: kinds that ask for a confirmation and are tools all the same.
    """
    server: Server[Any, Any] = Server("jobdeck", version=VERSION, instructions=_INSTRUCTIONS)

    @server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]  # the package declares no types here
    async def list_tools() -> list[ToolInfo]:
        return [_info(tool) for tool in all_tools(allowed).values()]

    @server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]  # as above; the tools check, in words
    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        try:
            tool = all_tools(allowed).get(name)
            if tool is None:
                raise NotFound(f"There is no tool named {name!r}.")
            done = await asyncio.to_thread(tool.act, arguments, actor())
            return await _result(server, done)
        except AppError as error:
            return _failed(" ".join(filter(None, (str(error), error.hint))))
        except Exception:
            _log.exception("The tool %s failed", name)
            return _failed("Something went wrong; the server's log has it.")

    return server


async def _result(server: Server[Any, Any], done: Done) -> CallToolResult:
    if done.waits_for is None:
        return _answered(done.answer)
    job = await _ended(server, done.waits_for, done.seconds)
    return _answered(told(job), is_error=job.state is State.FAILED)


async def _ended(server: Server[Any, Any], job_id: int, seconds: float) -> JobSnapshot:
    """Wait for the end of a job, and tell how far it is. Returns it as it is then, or when the time is over."""
    deadline, pause = time.monotonic() + seconds, LOOK_SECONDS
    last = -1.0
    while True:
        job = await asyncio.to_thread(get_job, job_id)
        if job.state.is_finished or time.monotonic() >= deadline:
            return job
        last = await _tell_progress(server, job, last)
        await asyncio.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.3, MOST_LOOK_SECONDS)


async def _tell_progress(server: Server[Any, Any], job: JobSnapshot, last: float) -> float:
    """Tell how far a job is, where the client asked for that and it is further. Returns how far it was told to be."""
    context = server.request_context
    token = context.meta.progressToken if context.meta is not None else None
    done = job.progress.done
    if token is None or done is None or done <= last:
        return last
    await context.session.send_progress_notification(
        token,
        float(done),
        total=None if job.progress.total is None else float(job.progress.total),
        message=job.progress.message,
        related_request_id=str(context.request_id),
    )
    return float(done)


def _info(tool: Tool) -> ToolInfo:
    return ToolInfo(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        inputSchema=tool.schema,
        annotations=ToolAnnotations(readOnlyHint=tool.only_reads, destructiveHint=tool.destroys, openWorldHint=False),
    )


def _answered(answer: Answer, *, is_error: bool = False) -> CallToolResult:
    text = json.dumps(answer, ensure_ascii=False)
    return CallToolResult(content=[TextContent(type="text", text=text)], structuredContent=answer, isError=is_error)


def _failed(text: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], isError=True)
