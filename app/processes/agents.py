"""`python main.py mcp`: the Model Context Protocol on standard input and output, for an agent on this machine.

Jobs run in the instance on the data folder. Where none runs, what they need is started, and stopped when the agent
hangs up.
"""

import asyncio
import logging
import sys

from app.actor import local
from app.errors import AppError
from app.processes.terminal.place import a_place, find_instance
from app.queue.kinds.registry import registry
from app.settings import Settings

ENDED, FAILED = 0, 1


def run(settings: Settings) -> int:
    """Serve until the agent hangs up. Returns the exit status. What is said to people goes to standard error."""
    if not settings.is_given("log_level"):
        logging.getLogger().setLevel(logging.WARNING)
    try:
        running = find_instance(settings)
        switched_on = settings.switched_on if running is None else frozenset(running.switched_on)
        sources = [*(running.jobs if running else ()), *settings.absolute_jobs]
        registry.load(list(dict.fromkeys(sources)), switched_on=switched_on)
        with a_place(settings, starts=True):
            asyncio.run(_serve(settings.agent_kinds))
    except AppError as error:
        sys.stderr.write(" ".join(filter(None, (error.message, error.hint))) + "\n")
        return FAILED
    return ENDED


async def _serve(allowed: list[str]) -> None:
    from mcp.server.stdio import stdio_server  # 20 MB; loaded when all else is well

    from app.api.agents.server import make_server

    server = make_server(lambda: local("mcp"), allowed=allowed)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
