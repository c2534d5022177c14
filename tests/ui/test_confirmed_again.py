"""The question before what is dangerous runs again: from a job, from many of them, from its schedule."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db import JobFilter, JobSnapshot, State
from app.db.queries.jobs import get_job, list_jobs
from app.jobs.bulk_act import bulk_act
from app.queue import JobContext, cancel, job, registry, start
from app.queue.acts.schedules.changing import Wish, create
from app.queue.acts.starting import StartOptions
from tests.actors import ME
from tests.ui.tab import RETRIES, fill, names, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and a dangerous kind."""

    @job(title="Empty a table", confirm="Every row is lost for good.")
    def empty(ctx: JobContext, table: str = "orders") -> None:
        """Empty a table."""

    @job(title="Count rows")
    def count(ctx: JobContext) -> None:
        """Count rows."""

    registry.add(bulk_act)
    async with open_tab() as user:
        yield user


async def cancelled() -> int:
    """Cancel a dangerous job before it runs; its number."""
    started = await asyncio.to_thread(start, "empty", {"table": "orders"}, by=ME)
    return (await asyncio.to_thread(cancel, started.id, by=ME)).id


def all_jobs() -> list[JobSnapshot]:
    return list_jobs(JobFilter()).items


def values(user: User) -> list[str]:
    """Return the names and values that the question shows."""
    assert user.client is not None
    shown = [one for one in user.client.elements.values() if one.props.get("data-testid") == "confirm-values"]
    return [getattr(each, "text", "") for each in shown[-1].descendants()] if shown else []


async def test_a_dangerous_job_is_run_again_from_its_page_when_that_is_meant(user: User) -> None:
    number = await cancelled()
    await user.open(f"/jobs/{number}")
    await until(lambda: names(user, f"retry-{number}"))

    user.find(marker=f"retry-{number}").click()
    await user.should_see(f"Retry Empty a table #{number}?", retries=RETRIES)
    await user.should_see("Every row is lost for good.")
    assert values(user) == ["table", "orders"]
    assert get_job(number).state is State.CANCELLED

    user.find(marker="confirm-retry").click()
    await until(lambda: get_job(number).state is State.QUEUED)


async def test_dangerous_jobs_are_run_again_from_the_history_when_that_is_meant(user: User) -> None:
    ids = [await cancelled(), await cancelled()]
    await user.open("/history")
    await until(lambda: len(names(user, "job-row-")) == 2)
    user.find(marker=f"select-{ids[0]}").trigger("click", [True, False])
    user.find(marker=f"select-{ids[1]}").trigger("click", [True, False])

    user.find(marker="bulk-retry").click()
    await user.should_see("Retry 2 jobs?", retries=RETRIES)
    assert len(all_jobs()) == 2
    user.find(marker="confirm-retry").click()

    await until(lambda: len(all_jobs()) == 3)
    assert all_jobs()[0].params["confirmed"] is True


async def test_a_dangerous_schedule_is_run_now_when_that_is_meant(user: User) -> None:
    made = create("empty", Wish(cron=("0 3 * * *",), params={"table": "orders"}), by=ME)
    await user.open(f"/schedules/{made.id}")
    await until(lambda: names(user, f"run-schedule-{made.id}"))

    user.find(marker=f"run-schedule-{made.id}").click()
    await user.should_see("Run Empty a table now?", retries=RETRIES)
    assert all_jobs() == []
    user.find(marker="confirm-run").click()
    await until(lambda: len(all_jobs()) == 1)

    user.find(marker=f"run-with-{made.id}").click()
    await until(lambda: names(user, "run-with-params"))
    user.find(marker="run-with-params").click()
    await until(lambda: values(user) == ["table", "orders"])
    assert len(all_jobs()) == 1
    user.find(marker="confirm-start").click()
    await until(lambda: len(all_jobs()) == 2)


async def test_dangerous_jobs_of_a_flow_are_run_again_when_that_is_meant(user: User) -> None:
    first = await asyncio.to_thread(start, "empty", {}, by=ME)
    then = await asyncio.to_thread(partial(start, "empty", {}, order=StartOptions(after=[first.id]), by=ME))
    await asyncio.to_thread(cancel, first.id, by=ME)
    await user.open(f"/jobs/{first.id}/flow")
    await until(lambda: names(user, "flow-from-here"))

    user.find(marker="flow-from-here").click()
    await user.should_see("Retry 1 job?", retries=RETRIES)
    await user.should_see("Empty a table: Every row is lost for good.")
    assert len(all_jobs()) == 2
    user.find(marker="confirm-retry").click()

    [act] = await until(lambda: [job for job in all_jobs() if job.id > then.id])
    assert (act.params["ids"], act.params["confirmed"]) == ([first.id], True)


async def test_what_is_dangerous_is_started_after_a_job_when_that_is_meant(user: User) -> None:
    first = await asyncio.to_thread(start, "count", {}, by=ME)
    await user.open(f"/jobs/{first.id}")
    await until(lambda: names(user, f"then-start-{first.id}"))

    user.find(marker=f"then-start-{first.id}").click()
    await until(lambda: names(user, "then-next"))
    fill(user, "then-kind", "empty", leave=False)
    user.find(marker="then-next").click()
    await user.should_see(marker="start-submit", retries=RETRIES)
    fill(user, "field-table", "customers")
    user.find(marker="start-submit").click()
    await until(lambda: values(user) == ["table", "customers"])
    assert len(all_jobs()) == 1
    user.find(marker="confirm-start").click()

    [then] = await until(lambda: [job for job in all_jobs() if job.id > first.id])
    assert (then.kind, then.after) == ("empty", [first.id])
