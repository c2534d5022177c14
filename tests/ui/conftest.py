"""For the tests of pages: figures that no other test has left, and jobs that go on until a test lets them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db import State
from app.db.queries import jobs
from app.pages.dashboard.reading import figures
from app.queue import JobContext, cancel, job, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.ui.tab import until


@pytest.fixture(autouse=True)
def nothing_read_yet() -> None:
    """Forget what failed today in the database of another test: a page shows at first what was read last."""
    figures.summaries = {}


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a kind of the test waits for; open at the end of the test in any case."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def stubborn(room: Path, gate: threading.Event) -> None:
    """A kind that takes no notice of being asked to stop."""

    @job(title="Stubborn", max_retries=0, grace=600)
    def stubborn(ctx: JobContext) -> None:
        """Go on."""
        while not gate.wait(0.01):
            pass


@pytest.fixture
async def stopping(user: User, stubborn: None, run_worker: Callable[..., WorkerLife]) -> int:
    """A `stubborn` job that was asked to stop and goes on."""
    run_worker()
    found = await asyncio.to_thread(start, "stubborn", {}, by=ME)
    await until(lambda: jobs.get_job(found.id).state is State.RUNNING)
    await asyncio.to_thread(cancel, found.id, by=ME)
    return found.id
