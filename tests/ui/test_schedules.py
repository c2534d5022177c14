"""The pages of schedules: the list, one schedule, and the dialog that makes and changes one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nicegui import ui
from nicegui.testing import User

from app.db import JobFilter
from app.db.queries import jobs
from app.db.queries.schedules import list_schedules
from app.queue import JobContext, job
from app.queue.acts.schedules.changing import Wish, create
from tests.actors import ME
from tests.ui.tab import RETRIES, one, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, with one kind to schedule."""

    @job(title="Sweep up")
    def sweep_up(ctx: JobContext, size: int = 3) -> None:
        """Sweep."""

    async with open_tab() as user:
        yield user


def field(user: User, name: str) -> ui.input:
    """Return a field of the dialog."""
    found = one(user, name)
    assert isinstance(found, ui.input)
    return found


async def test_a_schedule_is_made_with_its_words_and_next_instants_before_it_is_saved(user: User) -> None:
    await user.open("/schedules")
    await user.should_see("Nothing is scheduled.", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    kind = one(user, "schedule-kind")
    assert isinstance(kind, ui.select)
    kind.value = "sweep_up"
    field(user, "schedule-cron").value = "61 * * * *"
    await user.should_see("'61' is no minute", retries=RETRIES)
    user.find(marker="save-schedule").click()
    await until(lambda: "'61' is no minute" in getattr(one(user, "schedule-alert"), "text", ""))
    assert list_schedules() == []

    field(user, "schedule-cron").value = "*/7 * * * *; 0 9 13 * 5"
    field(user, "schedule-zone").value = "Europe/Berlin"
    await user.should_see("from the last to the next 0 it is 4 minutes, not 7", retries=RETRIES)
    await user.should_see("one of both is enough", retries=RETRIES)
    user.find(marker="save-schedule").click()

    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.cron, made.timezone, made.params) == (
        ("*/7 * * * *", "0 9 13 * 5"),
        "Europe/Berlin",
        {"size": 3},
    )


async def test_a_schedule_is_run_paused_with_a_reason_and_resumed(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",)), by=ME)
    await user.open("/schedules")
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)
    user.find(marker=f"run-schedule-{made.id}").click()
    await user.should_see("Sweep up #1 was started.", retries=RETRIES)
    assert len(jobs.list_jobs(JobFilter()).items) == 1

    user.find(marker=f"pause-schedule-{made.id}").click()
    await user.should_see(marker="confirm-pause", retries=RETRIES)
    field(user, "pause-reason").value = "the disk is full"
    user.find(marker="confirm-pause").click()
    await user.should_see("Paused by local: the disk is full", retries=RETRIES)
    user.find(marker=f"resume-schedule-{made.id}").click()
    await user.should_see(marker=f"pause-schedule-{made.id}", retries=RETRIES)
    assert list_schedules()[0].paused_at is None


async def test_the_page_of_a_schedule_shows_its_policies_and_keeps_who_changed_what(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), overlap="skip", params={"size": 5}), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)
    await user.should_see("while a job of it is unfinished: none", retries=RETRIES)
    await user.should_see("None of its instants has come yet.", retries=RETRIES)
    user.find(marker=f"edit-schedule-{made.id}").click()
    await user.should_see(marker="schedule-cron", retries=RETRIES)
    field(user, "schedule-cron").value = "0 4 * * *"
    user.find(marker="save-schedule").click()

    await user.should_see("At 04:00 every day (UTC)", retries=RETRIES)
    await user.should_see("cron: 0 3 * * * → 0 4 * * *", retries=RETRIES)
    assert list_schedules()[0].params == {"size": 5}


@pytest.mark.parametrize("path", ["/schedules/77", "/schedules/seven"])
async def test_a_schedule_that_is_not_there_is_told(user: User, path: str) -> None:
    await user.open(path)
    await user.should_see(
        "There is no schedule #77" if path.endswith("77") else "not a schedule's number", retries=RETRIES
    )
