"""Pages of private kinds, open before somebody who only looks on: what others do there shows them no more."""

import asyncio
from datetime import UTC
from pathlib import Path

from nicegui import Event, background_tasks
from nicegui.testing import User

from app.auth.visits import IN_SCOPE, in_course_of
from app.db.lifecycle.flows import checkpoints
from app.db.queries.counts import Count
from app.db.snapshots.secrets import hidden_kinds
from app.pages.history.views import counting
from app.pages.live.subscriptions import Subscriptions
from app.queue import JobContext, cancel, job, registry
from app.queue.acts.schedules.changing import Wish, create, edit
from app.rights import Role
from tests.actors import ME, person
from tests.store import claimed, stored
from tests.ui.tab import open_tab, until
from tests.ui.test_rights import visit_of


def declare() -> None:
    """Declare a kind whose params only operators see."""

    @job(title="Pay", private=True)
    def pay(ctx: JobContext, amount: int = 3) -> None:
        """Pay."""


async def open_as_viewer(user: User, path: str, *, reading: str, shows: str) -> None:
    """Open a page as the doorkeeper lets a viewer in, and wait until its first reading (a task's name) is over.

    Until then what comes is read in the same task, which has the rights of the page anyway.
    """
    viewer = visit_of("ann", Role.VIEWER)
    with in_course_of(viewer, private=registry.private):
        await user.open(path)
        assert user.client is not None
        user.client.request.scope[IN_SCOPE] = viewer
        await until(lambda: shows in words(user))
    await until_over(reading)


async def until_over(reading: str) -> None:
    """Wait until no task of this name goes on."""
    await until(lambda: reading not in {task.get_name() for task in background_tasks.running_tasks})


def words(user: User) -> str:
    """Return all texts of the page."""
    assert user.client is not None
    return " ".join(
        f"{getattr(element, 'text', '')} {element.props.get('html', '')}"
        for element in user.client.layout.descendants()
    )


async def test_a_schedule_stays_private_to_a_viewer_when_somebody_changes_it(room: Path) -> None:
    declare()
    made = create("pay", Wish(cron=("0 3 * * *",), params={"amount": 77123}), by=ME)
    async with open_tab() as user:
        await open_as_viewer(
            user, f"/schedules/{made.id}", reading=f"read schedule {made.id}", shows="At 03:00 every day"
        )
        change = Wish(cron=("0 4 * * *",), params={"amount": 88456})
        await asyncio.to_thread(edit, made.id, change, by=person("bob"))
        await until(lambda: "At 04:00 every day" in words(user))
        assert "77123" not in words(user)
        assert "88456" not in words(user)
        assert "private" in words(user)


async def test_a_jobs_checkpoint_stays_private_to_a_viewer_when_the_job_goes_on(room: Path) -> None:
    declare()
    message = stored(kind="pay", params={"amount": 1})
    claimed(message)
    checkpoints.save(message.job_id, message.token, {"paid": 77123})
    async with open_tab() as user:
        path, reading = f"/jobs/{message.job_id}", f"read job {message.job_id}"
        await open_as_viewer(user, path, reading=reading, shows="Saved for the next attempt")
        await asyncio.to_thread(cancel, message.job_id, by=person("bob"))
        await until(lambda: "Stopping, up to" in words(user))  # told at once; what the job saved is read after it
        await until_over(reading)
        assert "Saved for the next attempt" in words(user)
        assert "77123" not in words(user)


async def test_what_an_event_leads_to_reads_as_the_pages_person(room: Path) -> None:
    declare()
    told: Event[[]] = Event()
    hidden: list[frozenset[str]] = []

    def at_once() -> None:
        hidden.append(hidden_kinds.get())

    async def afterwards() -> None:
        hidden.append(await asyncio.to_thread(hidden_kinds.get))

    async with open_tab() as user:
        await user.open("/")
        assert user.client is not None
        user.client.request.scope[IN_SCOPE] = visit_of("ann", Role.VIEWER)
        with user.client.layout:
            subscriptions = Subscriptions()
        subscriptions.add(told, at_once)
        subscriptions.add(told, afterwards)
        told.emit()
        await until(lambda: len(hidden) == 2)
    assert hidden == [frozenset({"pay"})] * 2
    assert not hidden_kinds.get(), "what comes after the event has the rights that it had"


async def test_a_viewers_count_of_a_text_is_not_that_of_who_sees_private_kinds(room: Path) -> None:
    declare()
    stored(kind="pay", params={"amount": 77123}, search_text="pay 77123")
    counting.forget()
    everybodys = await counting.count_each(["77123"], UTC)
    with in_course_of(visit_of("ann", Role.VIEWER), private=registry.private):
        viewers = await counting.count_each(["77123"], UTC)
    assert everybodys["77123"] == Count(count=1, is_exact=True)
    assert viewers["77123"] == Count(count=0, is_exact=True)
