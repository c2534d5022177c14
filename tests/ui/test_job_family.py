"""A job's parent and children, as its page shows them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db import JobSnapshot
from app.queue import JobContext, cancel, job, start
from app.queue.acts.control import delete
from app.queue.acts.starting import StartOptions
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.patience import patient
from tests.ui.tab import RETRIES, names, one, open_tab, text_of, until


@pytest.fixture
async def user(room: Path, gate: threading.Event) -> AsyncIterator[User]:
    """A person, a kind that starts others, and the kind it starts."""

    @job(title="Resize", max_retries=0)
    def resize(ctx: JobContext, number: int = 0) -> dict[str, int]:
        """Resize one."""
        ctx.progress(1, 4)
        gate.wait(patient(30))
        return {"width": 640, "height": 480}

    @job(title="Resize all", priority="high", isolate=True)
    def resize_all(ctx: JobContext, number: int = 2) -> None:
        """Resize many."""
        for place in range(number):
            ctx.start(resize, number=place)

    async with open_tab() as user:
        yield user


async def child_of(parent: JobSnapshot) -> JobSnapshot:
    return await asyncio.to_thread(start, "resize", {}, order=StartOptions(parent_id=parent.id), by=ME)


async def test_a_child_names_its_parent_and_a_parent_its_child(user: User) -> None:
    parent = await asyncio.to_thread(start, "resize_all", {}, by=ME)
    child = await child_of(parent)

    await user.open(f"/jobs/{child.id}")
    await user.should_see("Parent", retries=RETRIES)
    await user.should_see(f"#{parent.id}")
    await user.should_not_see("Children")

    await user.open(f"/jobs/{parent.id}")
    await user.should_see("Children", retries=RETRIES)
    assert names(user, "child-") == [f"child-{child.id}"]
    await user.should_not_see("Parent")


async def test_children_come_and_end_while_the_page_is_open(
    user: User, run_worker: Callable[..., WorkerLife], gate: threading.Event
) -> None:
    parent = await asyncio.to_thread(start, "resize_all", {}, by=ME)
    await asyncio.to_thread(cancel, parent.id, by=ME)
    await user.open(f"/jobs/{parent.id}")
    await user.should_see(marker=f"state-{parent.id}", retries=RETRIES)

    child = await child_of(parent)

    await until(lambda: names(user, "child-") == [f"child-{child.id}"])
    assert text_of(user, f"state-{child.id}") == "Queued"
    run_worker()
    await until(lambda: text_of(user, f"state-{child.id}") == "Running")
    gate.set()
    await until(lambda: text_of(user, f"state-{child.id}") == "Succeeded")
    await user.should_see("width: 640, height: 480", retries=RETRIES)


async def test_of_many_children_the_first_ten_are_shown_and_a_link_leads_to_all(user: User) -> None:
    parent = await asyncio.to_thread(start, "resize_all", {}, by=ME)
    children = [await child_of(parent) for _ in range(11)]
    await user.open(f"/jobs/{parent.id}")

    await until(lambda: names(user, "child-") == [f"child-{child.id}" for child in children[:10]])
    assert text_of(user, "all-children") == "All 11"
    assert one(user, "all-children").props["href"] == f"/history?parent={parent.id}"

    await child_of(parent)
    await until(lambda: text_of(user, "all-children") == "All 12")
    await asyncio.to_thread(cancel, children[0].id, by=ME)
    await asyncio.to_thread(delete, children[0].id, by=ME)
    await until(lambda: names(user, "child-") == [f"child-{child.id}" for child in children[1:]])


async def test_priority_and_a_process_of_its_own_are_among_the_facts(user: User) -> None:
    special = await asyncio.to_thread(start, "resize_all", {}, by=ME)
    plain = await asyncio.to_thread(start, "resize", {}, by=ME)

    await user.open(f"/jobs/{special.id}")
    await user.should_see("Priority", retries=RETRIES)
    await user.should_see("in a process of its own")

    await user.open(f"/jobs/{plain.id}")
    await user.should_see("Started by", retries=RETRIES)
    await user.should_not_see("Priority")
    await user.should_not_see("in a process of its own")
