"""Who uses a page: it belongs to the session that it was made for, and offers what that one may do."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nicegui import core
from nicegui.testing import User
from socketio.exceptions import ConnectionRefusedError  # type: ignore[import-untyped]  # it has none

from app.auth.visits import IN_SCOPE, Identity, Visit, present
from app.pages.live import own_sockets
from app.rights import Rights, Role
from tests.ui.tab import open_tab


def visit_of(name: str, role: Role = Role.ADMIN) -> Visit:
    """Return the visit of somebody who is signed in."""
    visit = Visit(name)
    visit.identity = Identity(account=name, rights=Rights(role=role))
    return visit


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard."""
    async with open_tab() as person:
        await person.open("/")
        yield person


async def test_a_page_is_spoken_for_by_its_own_session_alone(user: User) -> None:
    ann, eve = visit_of("ann"), visit_of("eve")
    assert user.client is not None
    user.client.request.scope[IN_SCOPE] = ann
    taken: list[str] = []
    before = dict(core.sio.handlers["/"])
    for name in before:
        core.sio.on(name, lambda _socket, message, name=name: taken.append(name))
    own_sockets.refuse_others()
    message: dict[str, Any] = {"client_id": user.client.id}
    try:
        for visit in (None, eve, Visit(is_open=True), ann):
            reset = present.set(visit)
            for name in ("handshake", "event", "javascript_response", "ack", "log"):
                await core.sio.handlers["/"][name]("socket", message)
            present.reset(reset)
    finally:
        core.sio.handlers["/"].update(before)
    assert taken == ["handshake", "event", "javascript_response", "ack", "log"], "those of ann"


async def test_no_socket_takes_anothers_page_over(user: User) -> None:
    assert user.client is not None
    user.client.request.scope[IN_SCOPE] = visit_of("ann")
    before = dict(core.sio.handlers["/"])
    own_sockets.refuse_others()
    connect = core.sio.handlers["/"]["connect"]
    core.sio.handlers["/"].update(before)
    with pytest.raises(ConnectionRefusedError):
        await connect("socket", {"QUERY_STRING": f"implicit_handshake=true&client_id={user.client.id}"})
