"""Without an open tab, what pages show is read seldom."""

import asyncio
from types import SimpleNamespace

import pytest
from nicegui import Client

from app.db.queries import workers
from app.pages.live import audience, bridge


@pytest.mark.parametrize(("connected", "watched"), [([], False), ([False], False), ([False, True], True)])
def test_somebody_looks_when_a_tab_is_connected(
    monkeypatch: pytest.MonkeyPatch, connected: list[bool], watched: bool
) -> None:
    tabs = {str(number): SimpleNamespace(has_socket_connection=one) for number, one in enumerate(connected)}
    monkeypatch.setattr(Client, "instances", tabs)

    assert audience.is_watched() is watched


async def readings(monkeypatch: pytest.MonkeyPatch, *, watched: bool) -> int:
    """Count how often the live jobs are read while five refreshes would be due for an open tab."""
    read: list[int] = []
    waits: list[float] = []

    async def refresh() -> bool:
        read.append(1)
        return False

    async def wait_for(waiting: object, seconds: float) -> None:
        getattr(waiting, "close", lambda: None)()
        waits.append(seconds)
        if len(waits) == 5:
            raise asyncio.CancelledError
        raise TimeoutError

    monkeypatch.setattr(bridge, "_wants_refresh", asyncio.Event())
    monkeypatch.setattr(bridge, "_has_redis", True)
    monkeypatch.setattr(bridge, "_refresh", refresh)
    monkeypatch.setattr(bridge, "is_watched", lambda: watched)
    monkeypatch.setattr(workers, "scheduler_problem", lambda: None)
    monkeypatch.setattr(asyncio, "wait_for", wait_for)
    with pytest.raises(asyncio.CancelledError):
        await bridge._refresh_often()
    return len(read)


async def test_an_open_tab_has_what_was_missed_read_again_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await readings(monkeypatch, watched=True) == 5


async def test_without_a_tab_nothing_is_read_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await readings(monkeypatch, watched=False) == 1
