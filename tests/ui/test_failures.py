"""*Needs a look* on the dashboard and the list of all causes: what failed, dismissed, retried, back again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextvars import Context
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db.failures import groups
from app.db.queries import jobs
from app.jobs.bulk_act import bulk_act
from app.pages.dashboard import reading
from app.pages.dashboard.reading import figures
from app.pages.failures.failure_list import test_id_of as name_of
from app.pages.insights import reading as insights
from app.queue import JobContext, job, registry, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.ui.tab import RETRIES, names, open_tab, until

CAUSE = "KeyError in test_failures.user.count_sheep: <text>"
ROW = name_of(CAUSE)


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, with a kind that fails."""

    @job(title="Count sheep", max_retries=0)
    def count_sheep(ctx: JobContext) -> None:
        """Count."""
        raise KeyError(f"sheep {ctx.job_id}")

    registry.add(bulk_act)
    insights.forget()
    async with open_tab() as user:
        await user.open("/")
        await read()
        yield user
    figures.failures = None
    insights.forget()


async def read() -> None:
    """Read the figures as the loop of the web process does: in no page's request."""
    await asyncio.create_task(reading.read(), context=Context())


async def fail() -> int:
    """Let a job fail; its number."""
    started = await asyncio.to_thread(start, "count_sheep", {}, by=ME)
    await until(lambda: jobs.get_job(started.id).state.is_finished)
    await read()
    return started.id


async def test_what_fails_today_needs_a_look_until_it_is_dismissed(
    user: User, run_worker: Callable[..., WorkerLife]
) -> None:
    await user.should_see("Nothing needs a look.")
    run_worker()
    await fail()
    await fail()

    assert names(user, "failure-") == [ROW]
    await user.should_see(CAUSE)
    user.find(marker=f"dismiss-{ROW}").click()
    await user.should_see("Dismissed until it comes again", retries=RETRIES)
    await read()
    assert names(user, "failure-") == []

    user.find(marker="undo").click()
    await until(lambda: groups.get_group(CAUSE).state == "open")
    await user.should_see("Undone: it needs a look again.", retries=RETRIES)
    await read()
    assert names(user, "failure-") == [ROW]

    user.find(marker=f"dismiss-{ROW}").click()
    await until(lambda: groups.get_group(CAUSE).state == "dismissed")
    await fail()
    await user.should_see("Came back")


async def test_a_retry_of_all_can_be_undone(user: User, run_worker: Callable[..., WorkerLife]) -> None:
    run_worker()
    failed = await fail()

    user.find(marker=f"retry-{ROW}").click()
    await user.should_see("Retrying 1 job in", retries=RETRIES)
    user.find(marker="undo").click()

    await user.should_see("Undone: nothing was changed.", retries=RETRIES)
    assert jobs.get_job(failed).attempt == 1


async def test_all_causes_are_listed_with_those_that_were_dismissed(
    user: User, run_worker: Callable[..., WorkerLife]
) -> None:
    run_worker()
    await fail()
    await user.open("/insights")
    await user.should_see(CAUSE, retries=RETRIES)

    user.find(marker=f"dismiss-{ROW}").click()
    await until(lambda: names(user, "failure-") == [])
    user.find(marker="failures-state").elements.pop().set_value("dismissed")  # type: ignore[attr-defined]
    await user.should_see("dismissed by local", retries=RETRIES)

    user.find(marker=f"take-back-{ROW}").click()
    await until(lambda: groups.get_group(CAUSE).state == "open")


async def test_causes_come_some_at_a_time(user: User, run_worker: Callable[..., WorkerLife]) -> None:
    @job(max_retries=0)
    def stumble(ctx: JobContext, over: str) -> None:
        """Fail of a cause of its own."""
        raise type(f"Over{over}", (Exception,), {})

    run_worker()
    words = [f"{letter}{letter}" for letter in "abcdefghijklmnopq"]
    ids = [(await asyncio.to_thread(start, "stumble", {"over": word}, by=ME)).id for word in words]
    await until(lambda: all(jobs.get_job(job_id).state.is_finished for job_id in ids))

    await user.open("/insights")
    await user.should_see("The 15 that came last.", retries=RETRIES)
    assert len(names(user, "failure-")) == 15

    user.find(marker="failures-more").click()
    await until(lambda: len(names(user, "failure-")) == 17)
    await user.should_not_see(marker="failures-more")
