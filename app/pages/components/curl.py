"""Acts as commands for a terminal."""

import json
import shlex
from typing import Any

API = "/api/v1"


def curl(origin: str, method: str, path: str, body: Any = None) -> str:
    """Write a request as a curl command.

    Args:
        origin: where the server is: `http://127.0.0.1:8080`.
        path: below `/api/v1`.
        body: sent as JSON; None: no body.
    """
    parts = ["curl", "-sS"]
    if method != "GET":
        parts += ["-X", method]
    if body is not None:
        parts += ["-H", "Content-Type: application/json", "-d", json.dumps(body, ensure_ascii=False)]
    return shlex.join([*parts, f"{origin}{API}{path}"])
