"""WHAT AGENTS CALL: the Model Context Protocol. Every kind is a tool, and there are tools to look and to act.

`tools.py` says which tools there are and what they do, without the protocol's library; `server.py` speaks it (the
official package `mcp`); `endpoint.py` is `/mcp`. The library is loaded when somebody speaks the protocol first: it
takes 20 MB.
"""

from app.api.agents.endpoint import Endpoint

__all__ = ["Endpoint", "server"]
