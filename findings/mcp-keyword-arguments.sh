#!/usr/bin/env bash
# MCP Python SDK: a tool with **options has one required text parameter called "options".
#
# Guess: `def start(kind: str, **options)` takes further arguments, or is refused like a parameter whose name begins with "_".
# Instead: the schema asks for "options", a string, and a call without it is refused; a call with it gets {"options": ...} in **options. Other
# arguments that are sent are dropped in silence. A decorator without functools.wraps makes "args" and "kwargs" of every tool.
# Hurts: a model fills in "options" with some text since the schema says so, and what it meant to pass is not there.
# Source: func_metadata in the SDK goes through signature.parameters and does not look at their kind.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "mcp==2.3.0"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import logging
import sys
from importlib.metadata import version

from mcp import Client
from mcp.server import MCPServer

logging.disable(logging.CRITICAL)
server = MCPServer("finding")


@server.tool()
def start(kind: str, **options) -> str:
    return repr(options)


async def main():
    async with Client(server) as client:
        schema = (await client.list_tools()).tools[0].input_schema
        without = await client.call_tool("start", {"kind": "mail", "limit": 5})
        with_it = await client.call_tool("start", {"kind": "mail", "limit": 5, "options": "x"})
    return schema["required"], without.is_error, with_it.content[0].text


seen = asyncio.run(main())
print("mcp", version("mcp"))
print("expected: (['kind'], False, \"{'limit': 5}\"), or the tool is refused")
print(f"seen:     {seen}")
sys.exit(seen != (["kind", "options"], True, "{'options': 'x'}"))
PYTHON
