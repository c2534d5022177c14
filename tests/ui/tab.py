"""One tab of the real pages, without a browser, a web process or Redis: what the room publishes is heard at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from unittest.mock import patch

from nicegui import Client
from nicegui.element import Element
from nicegui.testing import User, general
from nicegui.testing.user_simulation import user_simulation

from app.pages import root
from app.pages.live import bridge
from app.pages.live.live_jobs import LiveJobs
from app.pages.widgets.markup import keep_little
from app.queue.events.bus import EventBus
from app.queue.events.publisher import witness
from app.queue.events.types import JobEvent
from tests.patience import patient

T = TypeVar("T")
NO_COLLECTOR = SimpleNamespace(collect=lambda: 0)
"""NiceGUI has garbage collected before and after each test, which is a third of the time of a test of pages."""
RETRIES = round(patient(300))
"""How often a condition is looked at again: on a usual machine 15 s here, 30 s of NiceGUI's own `should_see`."""
for look in (User.should_see, User.should_not_see):
    assert look.__kwdefaults__ is not None
    look.__kwdefaults__["retries"] = RETRIES  # NiceGUI's 0.3 s is less than what a busy machine needs for a click


@asynccontextmanager
async def open_tab() -> AsyncIterator[User]:
    """Serve the pages to one simulated person."""
    keep_little()  # as `app.pages.prepare` does in the web process
    with patch.object(general, "gc", NO_COLLECTOR):
        async with user_simulation(root=root) as user:
            loop = asyncio.get_running_loop()
            bridge._live_jobs = LiveJobs()  # the bridge is one for this process; each test has jobs #1, #2, … anew
            for counted in fields(bridge.totals):
                setattr(bridge.totals, counted.name, 0)

            def hear(event: JobEvent) -> None:
                loop.call_soon_threadsafe(feed.tell, event)

            feed = EventBus()
            feed.hear(bridge.hear)
            undo = witness(hear)
            try:
                yield user
            finally:
                undo()
                for client in list(Client.instances.values()):
                    client.delete()  # the tab is closed: nothing of it listens any more


def one(user: User, name: str) -> Element:
    """Return the only element of a test id, shown or not."""
    assert user.client is not None
    found = [element for element in user.client.elements.values() if element.props.get("data-testid") == name]
    assert len(found) == 1, f"{len(found)} elements are named {name}"
    return found[0]


def names(user: User, beginning: str) -> list[str]:
    """Return the test ids on the page that begin so, in the order of the page."""
    assert user.client is not None
    ids = (element.props.get("data-testid", "") for element in user.client.layout.descendants())
    return [name for name in ids if name.startswith(beginning)]


def drawn_with(user: User, name: str) -> set[str]:
    """Return the test ids that a browser draws again when an element changes: all of the component that it stands in,
    and what stands in the components below that.
    """
    place = one(user, name)
    while "-" not in place.tag and place.component is None:
        assert place.parent_slot is not None
        place = place.parent_slot.parent
    return {str(below.props.get("data-testid")) for below in place.descendants()}


def text_of(user: User, name: str) -> str:
    """Return the text of an element."""
    return cast(Any, one(user, name)).text or ""


def fill(user: User, name: str, value: Any, *, leave: bool = True) -> None:
    """Put a value into a field and, as a person would, leave it."""
    field = cast(Any, one(user, name))
    with field:
        field.value = value
    if leave:
        user.find(marker=name).trigger("blur")


async def until(condition: Callable[[], T]) -> T:
    """Return the first true value of `condition`."""
    for _ in range(RETRIES):
        if value := condition():
            return value
        await asyncio.sleep(0.05)
    raise AssertionError(f"at last it was {condition()!r}")
