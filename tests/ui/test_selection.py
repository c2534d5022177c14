"""Selected rows of the history: what is selected, what is done with it, and the undo."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui.testing import User

from app.db import JobFilter, JobSnapshot, State
from app.db.lifecycle import requests
from app.db.queries import jobs
from app.jobs.bulk_act import bulk_act
from app.pages.live import bridge
from app.queue import JobContext, cancel, job, registry, start
from app.queue.acts.starting import StartOptions
from tests.actors import ME, person
from tests.ui.tab import names, one, open_tab, text_of, until

LATER = StartOptions(run_at=datetime.now(UTC) + timedelta(hours=1))


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and a kind to start."""

    @job(title="Import orders")
    def import_orders(ctx: JobContext) -> None:
        """Import."""

    registry.add(bulk_act)
    async with open_tab() as user:
        yield user


async def shown(user: User, number: int, path: str = "/history") -> None:
    """Start jobs that wait, and open the history with them."""
    for _ in range(number):
        await asyncio.to_thread(start, "import_orders", {}, order=LATER, by=ME)
    await user.open(path)
    await until(lambda: len(names(user, "job-row-")) == min(number, 25))


def pick(user: User, job_id: int, *, is_picked: bool = True, is_range: bool = False) -> None:
    """Click a checkbox, with Shift or without."""
    user.find(marker=f"select-{job_id}").trigger("click", [is_picked, is_range])


def picked(user: User) -> list[int]:
    """Return which rows are marked as selected."""
    rows = (one(user, name) for name in names(user, "job-row-"))
    return [int(row.props["data-testid"].rpartition("-")[2]) for row in rows if row.props.get("data-picked") == "true"]


def acts() -> list[JobSnapshot]:
    """Return the acts that were asked for, newest first."""
    return jobs.list_jobs(JobFilter(kind="bulk_act")).items


async def asked(user: User, action: str) -> dict[str, Any]:
    """Press an act of the bar, and return the params of the job that will do it."""
    user.find(marker=f"bulk-{action}").click()
    await until(acts)
    await until(lambda: names(user, "undo-toast"))
    assert acts()[0].state is State.SCHEDULED
    return acts()[0].params


async def test_the_bar_is_there_while_something_is_selected(user: User) -> None:
    await shown(user, 3)
    assert not one(user, "selection").visible

    pick(user, 2)
    assert one(user, "selection").visible
    assert text_of(user, "selection-count") == "1 selected"
    pick(user, 2, is_picked=False)
    assert not one(user, "selection").visible


async def test_shift_selects_all_rows_between(user: User) -> None:
    await shown(user, 6)
    pick(user, 5)
    pick(user, 2, is_range=True)
    assert picked(user) == [5, 4, 3, 2]
    pick(user, 4, is_picked=False, is_range=True)
    assert picked(user) == [5]


async def test_the_box_in_the_head_selects_the_page(user: User) -> None:
    await shown(user, 3)
    user.find(marker="select-page").trigger("click", [True, False])
    assert picked(user) == [3, 2, 1]
    pick(user, 1, is_picked=False)
    assert one(user, "select-page").props["indeterminate"] is True
    user.find(marker="select-none").click()
    assert picked(user) == []


async def test_selected_jobs_are_acted_on_and_nothing_is_selected_then(user: User) -> None:
    await shown(user, 3)
    pick(user, 1)
    pick(user, 3)

    params = await asked(user, "cancel")

    assert (params["action"], params["ids"]) == ("cancel", [1, 3])
    await user.should_see("Cancelling 2 jobs in")
    assert picked(user) == []
    assert not one(user, "selection").visible


async def test_an_act_that_fits_no_job_that_matches_says_so_at_once(user: User) -> None:
    await shown(user, 26)
    user.find(marker="select-page").trigger("click", [True, False])
    user.find(marker="select-more").click()
    number = text_of(user, "selection-count")

    user.find(marker="bulk-delete").click()
    await user.should_see("There is nothing to delete.")
    user.find(marker="bulk-retry").click()
    await user.should_see("There is nothing to retry.")

    assert acts() == []
    assert text_of(user, "selection-count") == number
    await asked(user, "cancel")


def offered(user: User) -> list[str]:
    """Return the acts of the bar that are on."""
    return [name for name in ("cancel", "retry", "delete") if cast(Any, one(user, f"bulk-{name}")).enabled]


async def test_acts_that_fit_none_of_the_selected_are_off(user: User) -> None:
    await shown(user, 30)
    await asyncio.to_thread(cancel, 30, by=ME)
    await until(lambda: text_of(user, "state-30") == "Cancelled")

    pick(user, 29)
    assert offered(user) == ["cancel"]
    assert one(user, "bulk-delete").props["title"].startswith("There is nothing to delete.")
    pick(user, 30)
    assert offered(user) == ["cancel", "retry", "delete"]
    assert "title" not in one(user, "bulk-delete").props
    pick(user, 29, is_picked=False)
    assert offered(user) == ["retry", "delete"]
    user.find(marker="older").click()  # they are known on the next page too
    await until(lambda: names(user, "job-row-")[:1] == ["job-row-5"])
    assert offered(user) == ["retry", "delete"]


async def test_an_act_goes_off_when_the_selected_job_has_ended_meanwhile(user: User) -> None:
    await shown(user, 1)
    pick(user, 1)
    assert offered(user) == ["cancel"]

    await asyncio.to_thread(cancel, 1, by=ME)

    await until(lambda: offered(user) == ["retry", "delete"])


async def test_of_all_that_match_the_state_says_which_acts_fit(user: User) -> None:
    await shown(user, 30, "/history?state=scheduled")
    user.find(marker="select-page").trigger("click", [True, False])
    user.find(marker="select-more").click()

    assert text_of(user, "selection-count") == "All 30 matching"
    assert offered(user) == ["cancel"]


async def test_undo_cancels_the_act(user: User) -> None:
    await shown(user, 1)
    pick(user, 1)
    await asked(user, "cancel")

    user.find(marker="undo").click()

    await until(lambda: acts()[0].state is State.CANCELLED)
    await user.should_see("Undone: nothing was changed.")
    assert names(user, "undo-toast") == []


async def test_the_undo_goes_when_the_act_has_begun_although_nobody_said_so(user: User) -> None:
    await shown(user, 1)
    pick(user, 1)
    await asked(user, "cancel")

    await asyncio.to_thread(requests.cancel, acts()[0].id, by=person("test"))
    bridge.refreshed.emit()

    await until(lambda: names(user, "undo-toast") == [])


async def test_all_that_match_can_be_selected_when_the_page_is(user: User) -> None:
    await shown(user, 30, "/history?kind=import_orders&state=scheduled")
    pick(user, 30)
    assert text_of(user, "select-more") == "Select this page"
    user.find(marker="select-more").click()
    assert text_of(user, "selection-count") == "25 selected"
    assert text_of(user, "select-more") == "Select all 30 matching"
    user.find(marker="select-more").click()
    assert text_of(user, "selection-count") == "All 30 matching"
    assert not one(user, "select-more").visible

    params = await asked(user, "cancel")

    assert (params["ids"], params["matching"]["kind"], params["matching"]["states"]) == (
        [],
        "import_orders",
        ["scheduled"],
    )
    await user.should_see("Cancelling all matching jobs in")


async def test_a_selection_is_kept_on_the_next_page_and_dropped_by_another_filter(user: User) -> None:
    await shown(user, 30)
    pick(user, 30)
    user.find(marker="older").click()
    await until(lambda: names(user, "job-row-")[:1] == ["job-row-5"])
    pick(user, 5)
    assert text_of(user, "selection-count") == "2 selected"

    user.find(marker="tab-scheduled").click()

    await until(lambda: names(user, "job-row-")[:1] == ["job-row-30"])
    assert not one(user, "selection").visible
    assert picked(user) == []
