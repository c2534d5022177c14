#!/usr/bin/env bash
# MCP Python SDK: a tool's text parameter that may be None does not get text that looks like JSON.
#
# Guess: `def note(text: str | None = None)` gets the text that was sent, as `text: str` does.
# Instead: for every annotation but plain `str` a text is first read as JSON. '[1]' and '{"a": 1}' become a list and a dict and are refused as "not a
# string"; the word "null" becomes None without an error; with `list[str] | str` a text like '["a"]' arrives as a list.
# Hurts: tools that take a query, a template or a log line: they fail exactly for users whose text is JSON, and "null" is lost.
# Source: pre_parse_json in the SDK's func_metadata (made for clients that send lists as text; numbers and booleans are spared).
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
def plain(text: str) -> str:
    return repr(text)


@server.tool()
def optional(text: str | None = None) -> str:
    return repr(text)


async def main():
    found = {}
    async with Client(server) as client:
        for text in ("null", "[1]", '{"a": 1}', "5"):
            answers = [await client.call_tool(tool, {"text": text}) for tool in ("plain", "optional")]
            found[text] = ["refused" if answer.is_error else answer.content[0].text for answer in answers]
    return found


seen = asyncio.run(main())
print("mcp", version("mcp"))
print("expected: each text arrives as it was sent, in both tools")
print(f"seen:     {seen}")
known = {"null": ["'null'", "None"], "[1]": ["'[1]'", "refused"], '{"a": 1}': ["'{\"a\": 1}'", "refused"], "5": ["'5'", "'5'"]}
sys.exit(seen != known)
PYTHON
