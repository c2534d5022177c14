"""The pages of schedules: the list, one schedule, and the dialog that makes and changes one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from nicegui import ui
from nicegui.element import Element
from nicegui.testing import User

from app.db import JobFilter, State
from app.db.queries import jobs
from app.db.queries.schedules import list_schedules
from app.jobs.backfill import backfill
from app.queue import JobContext, job, registry
from app.queue.acts.schedules.changing import Wish, create, edit, pause, resume
from tests.actors import ME
from tests.ui.tab import RETRIES, fill, one, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, with one kind to schedule."""

    @job(title="Sweep up")
    def sweep_up(ctx: JobContext, size: int = 3) -> None:
        """Sweep."""

    async with open_tab() as user:
        yield user


def _says(element: Element, words: str) -> bool:
    return words in getattr(element, "text", "")


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
    await until(lambda: "'61' is no minute" in getattr(one(user, "error-schedule-cron"), "text", ""))
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
    await user.should_see("Sweep up #1 is started.", retries=RETRIES)
    assert len(jobs.list_jobs(JobFilter()).items) == 1

    user.find(marker=f"pause-schedule-{made.id}").click()
    await user.should_see(marker="confirm-pause", retries=RETRIES)
    field(user, "pause-reason").value = "the disk is full"
    user.find(marker="pause-reason").trigger("keydown.enter")
    await user.should_see("Paused by local: the disk is full", retries=RETRIES)
    user.find(marker=f"resume-schedule-{made.id}").click()
    await user.should_see(marker=f"pause-schedule-{made.id}", retries=RETRIES)
    assert list_schedules()[0].paused_at is None


async def test_the_page_of_a_schedule_shows_its_policies_and_keeps_who_changed_what(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), overlap="skip", params={"size": 5}), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see("At 03:00 every day (UTC)", retries=RETRIES)
    await user.should_see("The instant starts nothing, and says so.", retries=RETRIES)
    await user.should_see("None of its instants has come yet.", retries=RETRIES)
    user.find(marker=f"edit-schedule-{made.id}").click()
    await user.should_see(marker="schedule-cron", retries=RETRIES)
    field(user, "schedule-cron").value = "0 4 * * *"
    await user.should_see("Was: At 03:00 every day (UTC)", retries=RETRIES)
    await user.should_see("No more: ", retries=RETRIES)
    user.find(marker="then-add").click()
    await user.should_see(marker="then-kind", retries=RETRIES)
    fill(user, "then-kind", "sweep_up", leave=False)
    fill(user, "then-when", "finished", leave=False)
    user.find(marker="save-schedule").click()

    await user.should_see("At 04:00 every day (UTC)", retries=RETRIES)
    await user.should_see("cron: 0 3 * * * → 0 4 * * *", retries=RETRIES)
    assert list_schedules()[0].params == {"size": 5}
    await user.should_see("Then Sweep up, when that has ended.", retries=RETRIES)
    assert [(one.kind, one.params, one.when) for one in list_schedules()[0].then] == [
        ("sweep_up", {"size": 3}, "finished")
    ]


async def test_a_schedule_that_was_deleted_is_told_on_the_list(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), name="The night"), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"delete-schedule-{made.id}", retries=RETRIES)

    user.find(marker=f"delete-schedule-{made.id}").click()
    await user.should_see(marker="confirm-delete", retries=RETRIES)
    user.find(marker="confirm-delete").click()

    await user.should_see("The schedule The night is deleted.", retries=RETRIES)
    assert list_schedules() == []


async def test_an_instant_is_told_in_the_zone_of_the_schedule_and_by_the_clock_of_the_reader(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), timezone="Asia/Kathmandu"), by=ME)
    pause(made.id, until=datetime(2099, 1, 2, 3, 4, tzinfo=UTC), reason="holidays", by=ME)
    resume(made.id, by=ME)
    await user.open("/schedules")
    await user.should_see("03:00 +0545", retries=RETRIES)
    await user.should_see(" here", retries=RETRIES)
    await user.open(f"/schedules/{made.id}")
    await user.should_see("Late by less than 1 min is in time.", retries=RETRIES)
    await user.should_see(" here", retries=RETRIES)
    await user.should_see("2099-01-02 03:04 UTC", retries=RETRIES)


@pytest.mark.parametrize("path", ["/schedules/77", "/schedules/seven"])
async def test_a_schedule_that_is_not_there_is_told(user: User, path: str) -> None:
    await user.open(path)
    await user.should_see(
        "There is no schedule #77" if path.endswith("77") else "not a schedule's number", retries=RETRIES
    )


async def test_the_missed_ones_are_counted_asked_for_and_undone(user: User) -> None:
    registry.add(backfill)
    made = create("sweep_up", Wish(every_seconds=3600), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"backfill-{made.id}", retries=RETRIES)
    user.find(marker=f"backfill-{made.id}").click()
    await user.should_see(marker="backfill-since", retries=RETRIES)
    field(user, "backfill-since").value = "2026-01-01T00:30"
    field(user, "backfill-until").value = "2026-01-01T03:30"
    await user.should_see("3 instants without a job.", retries=RETRIES)
    user.find(marker="confirm-backfill").click()
    await user.should_see("Run 3 missed instants of Sweep up", retries=RETRIES)
    user.find(marker="undo-backfill").click()
    await user.should_see("Undone: nothing was started.", retries=RETRIES)
    assert [one.state for one in jobs.list_jobs(JobFilter()).items] == [State.CANCELLED]


async def test_a_rule_is_filled_in_as_an_interval_with_days_and_hours_without_it(user: User) -> None:
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    kind, mode, days = one(user, "schedule-kind"), one(user, "schedule-mode"), one(user, "schedule-exclude")
    assert isinstance(kind, ui.select)
    assert isinstance(mode, ui.toggle)
    assert isinstance(days, ui.textarea)
    kind.value, mode.value = "sweep_up", "every"
    field(user, "schedule-every").value = "often"
    user.find(marker="save-schedule").click()
    await until(lambda: "1h 30m" in getattr(one(user, "schedule-alert"), "text", ""))

    field(user, "schedule-every").value = "1h 30m"
    field(user, "schedule-not-between").value = "22:00-06:00"
    days.value = "2099-12-24, 2099-12-25"
    await user.should_see("Every 90 minutes; not between 22:00 and 06:00; not on 2 days", retries=RETRIES)
    field(user, "schedule-holidays").value = "XX"
    user.find(marker="add-holidays").click()
    await user.should_see("The holidays of 'XX' are not known.", retries=RETRIES)
    user.find(marker="save-schedule").click()

    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.every_seconds, made.not_between) == (5400, (("22:00", "06:00"),))
    assert made.exclude == ("2099-12-24", "2099-12-25")


async def test_what_another_tab_changed_meanwhile_is_said_before_it_is_overwritten(user: User) -> None:
    made = create("sweep_up", Wish(cron=("0 3 * * *",), name="Nightly"), by=ME)
    await user.open(f"/schedules/{made.id}")
    await user.should_see(marker=f"edit-schedule-{made.id}", retries=RETRIES)
    user.find(marker=f"edit-schedule-{made.id}").click()
    await user.should_see(marker="schedule-cron", retries=RETRIES)
    field(user, "schedule-cron").value = "0 4 * * *"
    edit(made.id, Wish(name="Weekly", cron=("0 5 * * 1",)), by=ME)
    user.find(marker="save-schedule").click()

    await until(lambda: "changed meanwhile: name, cron" in getattr(one(user, "schedule-alert"), "text", ""))
    assert (list_schedules()[0].name, list_schedules()[0].cron) == ("Weekly", ("0 5 * * 1",))

    user.find(marker="save-schedule").click()
    await until(lambda: (list_schedules()[0].name, list_schedules()[0].cron) == ("Nightly", ("0 4 * * *",)))


async def test_policies_are_filled_in_as_words_and_what_does_not_fit_is_told_beside_each(user: User) -> None:
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see(marker="schedule-kind", retries=RETRIES)
    user.find(marker="save-schedule").click()
    await until(lambda: getattr(one(user, "error-schedule-kind"), "text", "") == "Choose what it starts.")
    kind = one(user, "schedule-kind")
    assert isinstance(kind, ui.select)
    kind.value = "sweep_up"
    field(user, "schedule-zone").value = "Europe/Berlim"
    field(user, "schedule-tolerance").value = "soon"
    field(user, "schedule-failures").value = "2.5"
    user.find(marker="save-schedule").click()
    for name, said in (("tolerance", "Not a duration."), ("failures", "A whole number"), ("zone", "no time zone")):
        told = one(user, f"error-schedule-{name}")
        await until(partial(_says, told, said))
    assert list_schedules() == []

    field(user, "schedule-zone").value = "Europe/Berlin"
    field(user, "schedule-tolerance").value = "5m"
    field(user, "schedule-late").value = "1h"
    field(user, "schedule-failures").value = "3"
    user.find(marker="save-schedule").click()
    await until(lambda: len(list_schedules()) == 1)
    [made] = list_schedules()
    assert (made.misfire_after_seconds, made.late_after_seconds, made.pause_after_failures) == (300, 3600, 3)


async def test_who_joins_a_crowd_at_the_full_hour_is_told_before_it_is_saved(user: User) -> None:
    for _ in range(9):
        create("sweep_up", Wish(cron=("0 * * * *",)), by=ME)
    await user.open("/schedules")
    await user.should_see(marker="new-schedule", retries=RETRIES)
    user.find(marker="new-schedule").click()
    await user.should_see("9 other schedules start at the full hour, too", retries=RETRIES)
