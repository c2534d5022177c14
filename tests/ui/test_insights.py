"""The page of figures: what it counts, and where each point leads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from nicegui import ui
from nicegui.testing import User

from app.db.queries import jobs
from app.pages.insights import reading
from app.queue import JobContext, job, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.ui.tab import RETRIES, one, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, with a kind that succeeds or fails as it is told."""

    @job(title="Count sheep", max_retries=0)
    def count_sheep(ctx: JobContext, sheep: int = 1) -> None:
        """Count."""
        if sheep > 1:
            raise KeyError(f"sheep {sheep}")

    reading.forget()
    async with open_tab() as user:
        yield user
    reading.forget()


def links(user: User) -> list[str]:
    """Return where the page leads."""
    assert user.client is not None
    return [str(one.props["href"]) for one in user.client.elements.values() if one.props.get("href")]


async def test_jobs_are_counted_by_kind_hour_and_cause_and_each_point_leads_to_them(
    user: User, run_worker: Callable[..., WorkerLife]
) -> None:
    run_worker()
    started = [await asyncio.to_thread(start, "count_sheep", {"sheep": number}, by=ME) for number in (1, 1, 4, 7)]
    await until(lambda: all(jobs.get_job(one.id).state.is_finished for one in started))
    await user.open("/insights")

    await user.should_see("Count sheep", retries=RETRIES)
    for words in (
        "50%",
        "2 failed",
        "50% of those that ran to the end",
        "KeyError in test_insights.user.count_sheep: <text>",
    ):
        await user.should_see(words, retries=RETRIES)
    leading = links(user)
    assert any(link.startswith("/history?kind=count_sheep&since=") for link in leading)
    assert any(link.startswith("/history?finished_since=") for link in leading)
    assert any(link.startswith("/history?signature=KeyError") for link in leading)


async def test_the_range_is_in_the_address_and_an_empty_one_says_so(user: User) -> None:
    await user.open("/insights?days=30")
    choice = one(user, "insights-range")

    assert isinstance(choice, ui.toggle)
    assert choice.value == 30
    await user.should_see("No job was started in this time.", retries=RETRIES)
