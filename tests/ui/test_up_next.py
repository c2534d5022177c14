"""Running a schedule's job now, from *Up next* on the dashboard."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db import JobFilter
from app.db.queries import jobs
from app.db.queries.schedules import list_schedules
from app.pages.dashboard import reading
from app.pages.dashboard.reading import figures
from app.queue import JobContext, job
from app.queue.acts.schedules.changing import Wish, edit
from app.queue.acts.schedules.declaring import declare_all
from app.queue.acts.schedules.reading import ScheduleState
from tests.actors import ME
from tests.patience import patient
from tests.ui.tab import RETRIES, names, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, with one kind that has a schedule."""

    @job(title="Sweep up", schedule="0 3 * * *")
    def sweep_up(ctx: JobContext) -> None:
        """Sweep."""

    await asyncio.to_thread(declare_all)
    async with open_tab() as user:
        await user.open("/")
        await reading.read()
        yield user
    figures.schedules = None


def count_jobs() -> int:
    return len(jobs.list_jobs(JobFilter()).items)


async def test_a_schedule_is_said_in_words(user: User) -> None:
    await user.should_see("At 03:00 every day")
    await user.should_not_see("0 3 * * *")


async def test_what_somebody_else_changes_is_said_without_a_look(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "QUIET_SECONDS", patient(600))  # it is not read again but for the change
    first = threading.Event()

    def list_overdue() -> list[ScheduleState]:
        first.set()
        return []

    monkeypatch.setattr(reading, "list_overdue", list_overdue)
    [schedule] = list_schedules()
    reading.start()
    try:
        await until(first.is_set)  # after what comes next was read
        edit(schedule.id, Wish(cron=("0 4 * * *",)), by=ME)
        await user.should_see("At 04:00 every day", retries=RETRIES)
    finally:
        reading.stop()


async def test_two_presses_at_once_start_one_job_and_one_later_another(user: User) -> None:
    [button] = names(user, "run-")

    user.find(marker=button).click().click()
    await user.should_see("Sweep up #1 is started.", retries=RETRIES)
    assert count_jobs() == 1
    user.find(marker=button).click()

    await user.should_see("Sweep up #2 is started.", retries=RETRIES)
    await until(lambda: count_jobs() == 2)
