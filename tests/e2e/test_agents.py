"""`python main.py mcp` as an agent runs it: the official client over standard input and output."""

import json
import sys

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import TextContent

from tests.e2e.folder import Folder
from tests.e2e.instance import ROOT, Instance


@pytest.mark.not_on_postgresql("what it says goes to the same functions as everything else")
async def test_an_agent_runs_a_job_to_its_end_in_the_instance_on_the_folder(instance: Instance, folder: Folder) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=[str(ROOT / "main.py"), "mcp", "--data-dir", str(instance.data_dir)],
        env=instance.environment,
    )
    async with stdio_client(server) as (incoming, outgoing), ClientSession(incoming, outgoing) as session:
        about = await session.initialize()
        result = await session.call_tool("count", {"folder": str(folder.path), "to": 2})

    [content] = result.content
    assert isinstance(content, TextContent)
    answer = json.loads(content.text)
    assert (about.serverInfo.name, answer["state"], answer["result"]) == ("jobdeck", "succeeded", 2)
    assert instance.transitions(answer["id"])[0].via == "mcp"
