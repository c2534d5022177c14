"""A page belongs to the session that it was made for: no socket of another one takes it over or speaks for it.

To NiceGUI the client id, which is in the page, is the only proof: whoever knows it gets the page's messages and sends
its events. Here every message of a socket is passed on only where socket and page have the same visit. A page that was
made for somebody who saw the params of private kinds then, and may not now, is nobody's: the browser asks for another.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qs

from nicegui import Client, core
from nicegui.storage import request_contextvar
from socketio.exceptions import ConnectionRefusedError as Refused  # type: ignore[import-untyped]  # it has none

from app.auth.visits import IN_SCOPE, SAW_PRIVATE, Visit, in_course_of, present
from app.queue import registry

_BY_CLIENT = ("handshake", "event", "javascript_response", "ack", "log")
"""What names the client that it is for. NOTE: the handlers of `nicegui/nicegui.py`."""
_REFUSAL = "Implicit handshake failed"
"""NOTE: as NiceGUI says it of a page that it does not know; jobdeck_return.js asks for the page again."""


def owns(client_id: str, visit: Visit | None) -> bool:
    """Say whether a page was made for a visit that may see as much as then, or is not known (any more)."""
    client = Client.instances.get(client_id)
    if client is None:
        return True
    made_for = visit_of(client)
    if made_for is not None and client.request.scope.get(SAW_PRIVATE) and not made_for.sees_private:
        return False
    return made_for is visit if made_for is None or visit is None else made_for.is_same(visit)


def visit_of(client: Client) -> Visit | None:
    """Return the visit that a page was made for; None: it came through no web server (in a test)."""
    found = client.request.scope.get(IN_SCOPE)
    return found if isinstance(found, Visit) else None


@contextmanager
def for_reader_of(client: Client) -> Iterator[None]:
    """Do something as the person of a page, and read as they may: what is inside, and what it starts.

    For work that begins outside of the page's own requests: without this it has the rights of whoever it began with.
    That is another person, or the bus, to which no kind is private.
    """
    before = request_contextvar.set(client.request)
    visit = visit_of(client)
    try:
        if visit is None:
            yield
        else:
            with in_course_of(visit, private=registry.private):
                yield
    finally:
        request_contextvar.reset(before)


def refuse_others() -> None:
    """Pass on only what comes from a page's own session. Once for each web process, after all other handlers."""
    handlers: dict[str, Callable[..., Any]] = core.sio.handlers["/"]
    connect = handlers["connect"]

    async def connect_own(socket_id: str, environ: dict[str, Any], auth: object = None) -> None:
        for client_id in parse_qs(environ.get("QUERY_STRING", "")).get("client_id", []):
            if not owns(client_id, present.get()):
                raise Refused(_REFUSAL)
        await connect(socket_id, environ, auth)

    core.sio.on("connect", connect_own)
    for name in _BY_CLIENT:
        core.sio.on(name, _of_own(handlers[name]))


def _of_own(hand_on: Callable[[str, dict[str, Any]], Any]) -> Callable[[str, dict[str, Any]], Any]:
    async def take(socket_id: str, message: dict[str, Any]) -> Any:
        if not owns(str(message.get("client_id")), present.get()):
            return False
        answer = hand_on(socket_id, message)
        return await answer if isawaitable(answer) else answer

    return take
