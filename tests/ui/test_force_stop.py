"""Force stop, from the page of a job that was asked to stop and does not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import cast

import pytest
from nicegui import ui
from nicegui.testing import User

from app.db import State
from app.db.queries import jobs
from app.db.snapshots.parts import Progress
from app.pages.dashboard.running_jobs import RunningJobs
from app.pages.job.head import JobHead
from app.pages.time.clock import Clock
from app.pages.time.time_left import TimeLeft
from app.queue import cancel, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.ui.tab import RETRIES, one, open_tab, text_of, until


@pytest.fixture
async def user(stubborn: None) -> AsyncIterator[User]:
    """A person, and a kind that takes no notice of being asked to stop."""
    async with open_tab() as user:
        yield user


async def test_a_running_job_is_not_offered_force_before_it_was_asked_to_stop(
    user: User, run_worker: Callable[..., WorkerLife]
) -> None:
    run_worker()
    found = await asyncio.to_thread(start, "stubborn", {}, by=ME)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"state-{found.id}", retries=RETRIES)
    await until(lambda: text_of(user, f"state-{found.id}") == "Running")
    assert not one(user, f"force-{found.id}").visible

    user.find(marker=f"cancel-{found.id}").click()

    await until(lambda: one(user, f"force-{found.id}").visible)
    await user.should_see("Stopping, up to 10 min 00 s: at its next step, or by force in ", retries=RETRIES)
    assert user.client is not None
    assert "left" in [each.props["mode"] for each in user.client.elements.values() if isinstance(each, Clock)]


async def test_what_is_to_stop_is_given_no_time_left(user: User, stopping: int) -> None:
    await user.open("/")
    progress = Progress(done=1, total=9, ratio=1 / 9, eta_seconds=60, at=datetime.now(UTC))
    job = jobs.get_job(stopping).model_copy(update={"progress": progress})
    with user:
        head = JobHead(job, acts=[], copies={})
    [left] = [each for each in head.element.descendants() if isinstance(each, TimeLeft)]
    assert left.props.get("at") is None

    with user:
        head.update(job.model_copy(update={"cancel_requested_at": None}))

    assert left.props.get("at") is not None


async def test_force_stop_asks_names_what_may_be_lost_and_stops_the_job(user: User, stopping: int) -> None:
    await user.open(f"/jobs/{stopping}")
    await user.should_see(marker=f"force-{stopping}", retries=RETRIES)

    user.find(marker=f"force-{stopping}").click()
    await user.should_see("What it has not saved is lost", retries=RETRIES)
    assert jobs.get_job(stopping).force_requested_at is None
    user.find(marker="confirm-force-stop").click()

    await until(lambda: text_of(user, f"state-{stopping}") == "Cancelled")
    assert jobs.get_job(stopping).force_requested_at is not None
    assert not one(user, f"force-{stopping}").visible


async def test_after_force_was_asked_for_the_head_says_so(
    user: User, stopping: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queue.context.run.Run.hurry", lambda self: None)  # its worker has not heard of it yet
    await user.open(f"/jobs/{stopping}")
    await user.should_see("Stopping…", retries=RETRIES)

    await asyncio.to_thread(cancel, stopping, is_forced=True, by=ME)

    await user.should_see("Stopping by force…", retries=RETRIES)
    await until(lambda: not cast(ui.button, one(user, f"force-{stopping}")).enabled)


async def test_force_stop_from_a_card_asks_first(user: User, stopping: int) -> None:
    await user.open("/")
    user.find(RunningJobs).trigger("force", stopping)
    await user.should_see(f"Stop job #{stopping} by force?", retries=RETRIES)

    user.find(marker="confirm-force-stop").click()

    await until(lambda: jobs.get_job(stopping).state is State.CANCELLED)
