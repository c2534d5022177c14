"""The page of a flow: its drawing, its tree, and what is done with many of its jobs."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any, cast

import pytest
from nicegui.element import Element
from nicegui.testing import User

from app.db import JobFilter, JobSnapshot, State
from app.db.lifecycle.start import Message
from app.db.lifecycle.start.message import message_of
from app.db.models.jobs import Job
from app.db.queries import jobs
from app.db.snapshots.parts import Failure
from app.db.sql.sessions import session
from app.jobs.bulk_act import bulk_act
from app.queue import JobContext, Result, job, registry, start
from app.queue.acts.starting import StartOptions
from tests.actors import ME
from tests.store import claimed, done
from tests.ui.tab import RETRIES, fill, names, one, open_tab, text_of, until

JOBS = JobFilter()


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and two kinds."""

    @job(title="Import")
    def bring(ctx: JobContext) -> None:
        """Import."""

    @job(title="Add up")
    def add_up(ctx: JobContext, found: Annotated[Result[str], bring]) -> None:
        """Add up."""

    @job(title="Report")
    def report(ctx: JobContext) -> None:
        """Report."""

    registry.add(bulk_act)
    async with open_tab() as user:
        yield user


async def started(kind: str, *after: JobSnapshot, parent_id: int | None = None) -> JobSnapshot:
    order = StartOptions(after=[one.id for one in after], parent_id=parent_id)
    return await asyncio.to_thread(partial(start, kind, {}, order=order, by=ME))


async def ended(job: JobSnapshot, *, fails: bool = False) -> None:
    message = Message(job_id=job.id, token=1, kind=job.kind, queue="default", priority="normal")
    assert await asyncio.to_thread(claimed, message)
    failure: dict[str, Any] = {
        "outcome": "failed", "result": None, "failure": Failure(type="E", message="m", signature="E"),
    }  # fmt: skip
    assert await asyncio.to_thread(partial(done, message, **(failure if fails else {}))) is not None


def drawn(user: User, job_id: int) -> list[Element]:
    """Return what the drawing has of a job."""
    return [each for each in one(user, "flow-drawing").descendants() if each.props.get("data-job") == job_id]


async def test_a_flow_is_drawn_with_all_of_its_jobs_and_changes_while_one_looks(user: User) -> None:
    first = await started("bring")
    second, then = await started("bring"), await started("report", first)

    await user.open(f"/jobs/{then.id}/flow")

    await user.should_see("2 jobs: 1 scheduled, 1 queued", retries=RETRIES)
    await user.should_see("Flow of Report")  # beside the number of the job by which it was opened
    assert names(user, "flow-job-") == [f"flow-job-{first.id}", f"flow-job-{then.id}"]
    assert [one.props["data-tone"] for one in drawn(user, first.id)] == ["muted"]
    assert drawn(user, second.id) == []
    await ended(first)
    await asyncio.to_thread(partial(start, "bring", {}, order=StartOptions(after=[then.id]), by=ME))
    await until(lambda: text_of(user, "flow-states") == "3 jobs: 1 scheduled, 1 queued, 1 succeeded")
    assert [one.props["data-tone"] for one in drawn(user, first.id)] == ["ok"]
    assert text_of(user, f"state-{first.id}") == "Succeeded"


async def test_the_failed_ones_are_retried_and_the_unfinished_cancelled_and_each_can_be_undone(user: User) -> None:
    first = await started("bring")
    then, later = await started("report", first), await started("bring", first)
    await asyncio.to_thread(partial(start, "report", {}, order=StartOptions(after=[first.id], when="failed"), by=ME))
    await ended(first, fails=True)

    await user.open(f"/jobs/{first.id}/flow")
    await user.should_see("4 jobs: 1 queued, 1 failed, 2 cancelled", retries=RETRIES)
    user.find(marker="flow-retry").click()

    [act] = await until(lambda: [one for one in jobs.list_jobs(JOBS).items if one.kind == "bulk_act"])
    assert (act.state, act.params["action"], act.params["ids"]) == (State.SCHEDULED, "retry", [first.id])
    assert (await asyncio.to_thread(jobs.get_job, then.id)).state is State.CANCELLED
    assert later.id
    user.find(marker="undo").click()
    await until(lambda: jobs.get_job(act.id).state is State.CANCELLED)
    user.find(marker="flow-cancel").click()
    [last] = await until(lambda: [new for new in jobs.list_jobs(JOBS).items[:1] if new.id > act.id])
    assert (last.params["action"], len(last.params["ids"])) == ("cancel", 1)


async def test_from_a_chosen_job_on_what_failed_is_retried(user: User) -> None:
    parent = await started("report")
    child, other = await started("bring", parent_id=parent.id), await started("bring", parent_id=parent.id)
    for each in (parent, child, other):
        await ended(each, fails=each is not other)
    await user.open(f"/jobs/{other.id}/flow")
    await user.should_see(marker="flow-chosen", retries=RETRIES)

    user.find(marker="flow-tree").trigger("click", child.id)
    await user.should_see("Retry from here", retries=RETRIES)
    assert [each.props.get("data-chosen") for each in drawn(user, child.id)] == ["true"]
    user.find(marker="flow-from-here").click()

    [act] = await until(lambda: [one for one in jobs.list_jobs(JOBS).items if one.kind == "bulk_act"])
    assert act.params["ids"] == [child.id]


async def test_a_flow_of_no_job_says_so(user: User) -> None:
    await user.open("/jobs/99/flow")
    await user.should_see("There is no job #99.", retries=RETRIES)


async def test_the_page_of_a_job_leads_to_its_flow_where_it_has_one(user: User) -> None:
    alone, first = await started("bring"), await started("bring")
    await started("report", first)

    await user.open(f"/jobs/{first.id}")
    await user.should_see(marker=f"flow-{first.id}", retries=RETRIES)
    await user.open(f"/jobs/{alone.id}")
    await user.should_see(marker=f"cancel-{alone.id}", retries=RETRIES)
    await user.should_not_see(marker=f"flow-{alone.id}")


async def test_another_job_is_started_to_wait_for_one_that_has_not_ended(user: User) -> None:
    first = await started("bring")
    await user.open(f"/jobs/{first.id}/flow")
    await user.should_see(marker="flow-then-start", retries=RETRIES)

    user.find(marker="flow-then-start").click()
    await user.should_see(marker="then-kind", retries=RETRIES)
    fill(user, "then-kind", "report", leave=False)
    fill(user, "then-when", "finished", leave=False)
    user.find(marker="then-next").click()
    await user.should_see(f"After Import #{first.id}, when it has ended, however.", retries=RETRIES)
    user.find(marker="start-submit").click()

    [then] = await until(lambda: [new for new in jobs.list_jobs(JOBS).items[:1] if new.id > first.id])
    assert (then.kind, then.state, then.after, then.when) == ("report", State.SCHEDULED, [first.id], "finished")
    await until(lambda: text_of(user, "flow-states") == "2 jobs: 1 scheduled, 1 queued")


async def test_one_that_was_cancelled_while_it_waited_says_what_a_retry_does(user: User) -> None:
    first = await started("bring")
    then = await started("report", first)
    await user.open(f"/jobs/{then.id}")
    await user.should_see(marker=f"cancel-{then.id}", retries=RETRIES)
    assert not one(user, f"again-{then.id}").visible

    user.find(marker=f"cancel-{then.id}").click()

    await user.should_see("Retried by itself, it runs at once, without waiting again.", retries=RETRIES)
    user.find(marker=f"retry-{then.id}").click()
    await until(lambda: jobs.get_job(then.id).state is State.QUEUED)
    assert (await asyncio.to_thread(jobs.get_job, first.id)).state is State.QUEUED
    later = await started("report", first)
    await ended(first)
    with session() as opened:
        message = message_of(opened.get_one(Job, later.id))
    assert await asyncio.to_thread(claimed, message)
    assert await asyncio.to_thread(partial(done, message, outcome="cancelled", result=None)) is not None
    await user.open(f"/jobs/{later.id}")
    await user.should_see(marker=f"again-{later.id}", retries=RETRIES)


async def test_nothing_is_started_to_wait_for_a_job_that_has_ended(user: User) -> None:
    first = await started("bring")
    await ended(first)

    await user.open(f"/jobs/{first.id}")

    await user.should_see(marker=f"retry-{first.id}", retries=RETRIES)
    assert one(user, f"then-start-{first.id}").props.get("title") == "It has ended: start the other one at once."


async def test_the_form_offers_the_jobs_of_the_kind_whose_result_is_wanted(user: User) -> None:
    first, failed, other = await started("bring"), await started("bring"), await started("report")
    for each in (first, failed, other):
        await ended(each, fails=each is failed)

    await user.open(f'/?start=add_up&params={{"found":{failed.id}}}')
    await user.should_see(marker="field-found", retries=RETRIES)
    offered = {failed.id: f"#{failed.id}", first.id: f"Import #{first.id}: x"}
    await until(lambda: cast(Any, one(user, "field-found")).options == offered)
    refusal = f"Job #{failed.id} Import failed: it has no result."
    user.find(marker="start-submit").click()
    await user.should_see(refusal, retries=RETRIES)
    user.find(marker="field-found").trigger("blur")  # the press of Start left the field
    assert text_of(user, "error-found") == refusal
    fill(user, "field-found", first.id)
    assert text_of(user, "error-found") == ""
    user.find(marker="start-submit").click()

    [then] = await until(lambda: [new for new in jobs.list_jobs(JOBS).items[:1] if new.kind == "add_up"])
    assert then.params == {"found": first.id}
    await user.open(f"/jobs/{then.id}")
    await user.should_see(f"The result of #{first.id}", retries=RETRIES)
