"""Messages go out to the tabs as they would by the longer way, and what waits waits as it did."""

import asyncio
from typing import Any

import pytest
import socketio  # type: ignore[import-untyped]  # it has none
from engineio.exceptions import SocketIsClosedError  # type: ignore[import-untyped]  # it has none
from engineio.packet import Packet  # type: ignore[import-untyped]  # it has none
from nicegui import json

from app.pages.live.outgoing import shorten_way
from tests.patience import patient

DEADLINE_SECONDS = patient(20)


class Server(socketio.AsyncServer):  # type: ignore[misc]  # it is untyped
    """A server that notes what would go out to which connection."""

    def __init__(self, *, is_short: bool) -> None:
        super().__init__(async_mode="asgi", json=json)
        self.sent: list[tuple[str, str | bytes]] = []
        self.closed: set[str] = set()
        for tab, rooms in {"a": ["one", "all"], "b": ["all"]}.items():
            self.manager.basic_enter_room(tab, "/", None, eio_sid=tab.upper())
            for room in rooms:
                self.manager.basic_enter_room(tab, "/", room)
        if is_short:
            shorten_way(self)

    async def _send_eio_packet(self, eio_sid: str, packet: Packet) -> None:
        if eio_sid in self.closed:
            raise SocketIsClosedError
        self.sent.append((eio_sid, packet.encode()))


@pytest.fixture(autouse=True)
def _waits_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "wait_for", asyncio.wait_for)  # back to what it was


@pytest.mark.parametrize("room", ["one", "all", "nobody", None])
@pytest.mark.parametrize("data", [{"code": "f('ä\u2028')", "_id": 7}, {"bytes": b"12"}, None, ("two", "values")])
async def test_the_same_goes_out_to_the_same(room: str | None, data: Any) -> None:
    usual, short = Server(is_short=False), Server(is_short=True)
    for server in (usual, short):
        await server.emit("run_javascript", data, room=room)

    assert short.sent == usual.sent
    assert len(usual.sent) > 0 or room == "nobody"


async def test_messages_keep_their_order_and_a_connection_that_is_gone_holds_up_nothing() -> None:
    server = Server(is_short=True)
    server.closed.add("A")
    await server.emit("update", {"_id": 1}, room="one")
    server.closed.clear()
    for number in range(2, 5):
        await server.emit("update", {"_id": number}, room="one")

    assert [text for _, text in server.sent] == [f'42["update",{{"_id":{number}}}]' for number in range(2, 5)]


async def test_a_message_that_cannot_be_sent_is_told_in_the_log_and_keeps_no_other_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Server(is_short=True)
    await server.emit("update", {"_id": {1, 2}}, room="one")  # a set is no JSON
    await server.emit("update", {"_id": 2}, room="one")

    assert [text for _, text in server.sent] == ['42["update",{"_id":2}]']
    assert "A message to an open page was not sent" in caplog.text


async def test_who_waits_gets_the_result_the_error_or_the_end_of_the_time() -> None:
    shorten_way(Server(is_short=True))

    async def fail() -> None:
        raise ValueError("no")

    assert await asyncio.wait_for(asyncio.sleep(0, "done"), DEADLINE_SECONDS) == "done"
    assert await asyncio.wait_for(asyncio.sleep(0, "done"), None) == "done"
    with pytest.raises(ValueError, match="no"):
        await asyncio.wait_for(fail(), DEADLINE_SECONDS)
    for seconds in (0.001, 0, -1):
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(future, seconds)
        assert future.cancelled()


async def test_who_waits_can_be_cancelled() -> None:
    shorten_way(Server(is_short=True))
    awaited = asyncio.Event()
    waiting = asyncio.create_task(asyncio.wait_for(awaited.wait(), DEADLINE_SECONDS))
    await asyncio.sleep(0)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
