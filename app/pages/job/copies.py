"""The acts on a job as commands for a terminal, made when they are asked for."""

import json
import shlex
from collections.abc import Callable
from typing import Any

from nicegui import ui

from app.db import JobSnapshot
from app.pages.jobs.reader import seen_params
from app.pages.widgets.markup import own_address

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


def copies_of(job: Callable[[], JobSnapshot], *, on_copy: Callable[[str], None]) -> dict[str, Callable[[], None]]:
    """Return, by label, what hands a command to `on_copy`; needs the context of a tab. `job`: as it is by then."""

    def copied(method: str, path: str, body: Callable[[JobSnapshot], Any] | None = None) -> Callable[[], None]:
        def copy() -> None:
            origin = str(ui.context.client.request.base_url).rstrip("/") + own_address("")
            on_copy(curl(origin, method, path, body(job()) if body else None))

        return copy

    first = job()
    own = f"/jobs/{first.id}"
    return {
        "Start one like it, as curl": copied(
            "POST", f"/kinds/{first.kind}/start", lambda job: {"params": seen_params(job)}
        ),
        "Cancel, as curl": copied("POST", f"{own}/cancel", lambda _: {}),
        "Retry, as curl": copied("POST", f"{own}/retry", lambda _: {}),
        "Read it, as curl": copied("GET", own),
    }
