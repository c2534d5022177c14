"""Reading again and again while it is wanted, with the elements of a real tab."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from pathlib import Path

import pytest
from nicegui import app
from nicegui.testing import User

from app.pages.live.read_loop import ReadLoop
from app.pages.widgets.markup import box
from tests.ui.tab import open_tab, until


class Source:
    """What is read: each reading takes until the test lets it end."""

    def __init__(self) -> None:
        self.begun = self.ended = 0
        self.let_end = asyncio.Event()

    async def read(self) -> None:
        """Read once."""
        self.begun += 1
        await self.let_end.wait()
        self.ended += 1


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A tab with a page in it."""
    async with open_tab() as user:
        await user.open("/")
        yield user


async def test_wishes_during_a_reading_lead_to_one_more(user: User) -> None:
    source = Source()
    assert user.client is not None
    with user.client.layout:
        loop = ReadLoop(source.read, name="test", element=box())

    loop.ask()
    await until(lambda: source.begun == 1)
    for _ in range(5):
        loop.ask()
    source.let_end.set()
    await until(lambda: source.ended == 2)

    assert source.begun == 2


async def test_two_wishes_at_once_are_one_reading(user: User) -> None:
    source = Source()
    source.let_end.set()
    assert user.client is not None
    with user.client.layout:
        loop = ReadLoop(source.read, name="test", element=box())

    loop.ask()
    loop.ask()
    await until(lambda: source.ended)
    loop.ask()
    await until(lambda: source.ended == 2)

    assert source.begun == 2


async def test_nothing_is_read_for_an_element_that_is_gone(user: User) -> None:
    source = Source()
    assert user.client is not None
    with user.client.layout:
        element = box()
        loop = ReadLoop(source.read, name="test", element=element)

    loop.ask()
    await until(lambda: source.begun == 1)
    loop.ask()
    element.delete()
    source.let_end.set()
    await until(lambda: source.ended == 1)
    loop.ask()
    await asyncio.sleep(0)

    assert source.begun == 1


async def test_a_reading_that_fails_does_not_end_the_next_one(user: User, caplog: pytest.LogCaptureFixture) -> None:
    times = 0

    async def read() -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise OSError("away")

    assert user.client is not None
    with user.client.layout:
        loop = ReadLoop(read, name="test", element=box())

    loop.ask()
    await until(lambda: "away" in caplog.text)
    loop.ask()
    await until(lambda: times == 2)
    caplog.clear()


async def test_a_reading_that_an_event_asks_for_knows_whose_tab_it_is(user: User) -> None:
    found: list[object] = []

    async def read() -> None:
        found.append(app.storage.user.get("likes"))

    assert user.client is not None
    with user:
        app.storage.user["likes"] = "tea"
    with user.client.layout:
        loop = ReadLoop(read, name="test", element=box())

    Context().run(loop.ask)

    await until(lambda: found == ["tea"])
