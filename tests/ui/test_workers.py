"""The page of workers: what each runs and needs, and the acts on it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db import State
from app.db.queries import jobs
from app.db.queries.workers import workers
from app.db.states import Asked
from app.pages.dashboard import reading
from app.queue import JobContext, job, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.patience import patient
from tests.ui.tab import RETRIES, open_tab, until


@pytest.fixture
async def user(room: Path, gate: threading.Event) -> AsyncIterator[User]:
    """A person, with one kind that goes on until the gate opens."""

    @job(title="Sweep up")
    def sweep_up(ctx: JobContext) -> None:
        """Sweep."""
        ctx.progress(1, 4)
        gate.wait(patient(60))

    reading.figures.workers = None
    async with open_tab() as user:
        reading.start()
        yield user
        reading.stop()


async def test_a_worker_shows_what_it_runs_and_is_made_quiet_resumed_and_stopped(
    user: User, run_worker: Callable[..., WorkerLife]
) -> None:
    run_worker(threads=2)
    found = await asyncio.to_thread(start, "sweep_up", {}, by=ME)
    await until(lambda: jobs.get_job(found.id).state is State.RUNNING)
    await user.open("/workers")
    await user.should_see("1 of 2 threads busy · ", retries=RETRIES)
    await user.should_see(f"Sweep up #{found.id}", retries=RETRIES)
    await user.should_see("25%", retries=RETRIES)

    user.find(marker="quiet-worker-1").click()
    await user.should_see("quiet, asked by local", retries=RETRIES)
    user.find(marker="resume-worker-1").click()
    await until(lambda: workers()[0].asked is Asked.NONE)
    user.find(marker="stop-worker-1").click()
    await user.should_see("Its job gets its grace time", retries=RETRIES)
    user.find(marker="confirm-stop").click()
    await until(lambda: workers()[0].asked is Asked.STOP)
    await user.should_see("stopping, asked by local", retries=RETRIES)


async def test_without_workers_the_page_says_what_to_do(user: User) -> None:
    await user.open("/workers")
    await user.should_see("No worker has started yet.", retries=RETRIES)
