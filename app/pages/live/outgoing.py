"""The way of a message from an element to its tab, without the tasks that NiceGUI and what is below it make for each.

With hundreds of tabs they were a third of what the web process does. What is sent, and in which order, stays as it is.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable
from typing import Any, TypeVar

from engineio.exceptions import SocketIsClosedError  # type: ignore[import-untyped]  # it has none
from engineio.packet import MESSAGE, Packet  # type: ignore[import-untyped]  # it has none
from socketio.packet import EVENT  # type: ignore[import-untyped]  # it has none

logger = logging.getLogger(__name__)

T = TypeVar("T")


def shorten_way(server: Any) -> None:
    """Send by the shorter way from now on. Once for each web process; safe to repeat.

    Args:
        server: NiceGUI's, `core.sio`.
    """
    manager = server.manager
    if not isinstance(manager.emit, _Emit):
        manager.emit = _Emit(manager)
    if sys.version_info < (3, 12):
        setattr(asyncio, "wait_for", _wait_for)  # noqa: B010  # a type checker takes it for another's


class _Emit:
    """What `emit` of python-socketio does, for one receiver without a task: there it makes one and waits for it."""

    def __init__(self, manager: Any) -> None:
        self._manager, self._emit = manager, manager.emit

    async def __call__(self, event: str, data: Any, namespace: str, room: str | None = None, **rest: Any) -> None:
        # NOTE: `AsyncManager.emit` of socketio/async_manager.py
        receivers = list(self._manager.get_participants(namespace, room))
        if (
            len(receivers) != 1
            or data is None
            or isinstance(data, tuple)
            or rest.get("callback")
            or rest.get("skip_sid")
        ):
            await self._emit(event, data, namespace, room=room, **rest)
            return
        try:
            await self._send(event, data, namespace, receivers[0][1])
        except SocketIsClosedError:
            pass  # it is sent again when the browser comes back
        except Exception:  # the outbox of the tab goes on, as it does where a task fails
            logger.exception("A message to an open page was not sent")

    async def _send(self, event: str, data: Any, namespace: str, receiver: str) -> None:
        server = self._manager.server
        encoded = server.packet_class(EVENT, namespace=namespace, data=[event, data]).encode()
        for part in encoded if isinstance(encoded, list) else [encoded]:
            await server._send_eio_packet(receiver, Packet(MESSAGE, part))


async def _wait_for(awaited: Awaitable[T], timeout: float | None) -> T:  # noqa: ASYNC109  # as asyncio's own
    """Wait as Python 3.12 does, in the present task: 3.11 makes another for it, and each tab waits all the time.

    https://github.com/python/cpython/blob/v3.12.0/Lib/asyncio/tasks.py#L469
    """
    if timeout is not None and timeout <= 0:
        return await _python_wait_for(awaited, timeout)
    async with asyncio.timeout(timeout):
        return await awaited


_python_wait_for = asyncio.wait_for
