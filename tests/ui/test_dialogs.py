"""One dialog at a time: what is pressed twice, or while another is open, and what a dialog does when its job ends."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from nicegui import ui
from nicegui.testing import User

from app.db import JobFilter
from app.db.queries import jobs
from app.pages.dashboard.running_jobs import RunningJobs
from app.pages.shell.shortcuts import HELP, PALETTE, Shortcuts
from app.queue import cancel, start
from tests.actors import ME
from tests.ui.tab import RETRIES, one, open_tab, text_of, until


@pytest.fixture
async def user(stubborn: None) -> AsyncIterator[User]:
    """A person at the dashboard, and a kind that takes no notice of being asked to stop."""
    async with open_tab() as user:
        await user.open("/")
        yield user


def open_dialogs(user: User) -> list[str]:
    """Return the names of the dialogs that are open."""
    assert user.client is not None
    found = [element for element in user.client.elements.values() if isinstance(element, ui.dialog)]
    return [dialog.props["aria-label"] for dialog in found if dialog.value]


async def wait_for_dialog(user: User) -> str:
    """Wait until the first is open and what was pressed after it has had its turn."""
    await until(lambda: open_dialogs(user))
    for _ in range(10):
        await asyncio.sleep(0)  # the loop has taken everything that was asked for at the same time
    assert len(open_dialogs(user)) == 1, open_dialogs(user)
    return open_dialogs(user)[0]


async def test_start_pressed_twice_opens_one_form(user: User) -> None:
    user.find(marker="start-stubborn").click().click()

    assert await wait_for_dialog(user) == "Start Stubborn"


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ([PALETTE, PALETTE], "Palette"),
        ([HELP, HELP], "Shortcuts"),
        ([HELP, PALETTE], "Shortcuts"),
        ([PALETTE, HELP], "Palette"),
    ],
)
async def test_keys_open_one_dialog(user: User, keys: list[str], name: str) -> None:
    for key in keys:
        user.find(Shortcuts).trigger("key", key)

    assert await wait_for_dialog(user) == name


async def test_a_form_keeps_the_palette_away_until_it_is_closed(user: User) -> None:
    user.find(marker="start-stubborn").click()
    await until(lambda: open_dialogs(user))

    user.find(Shortcuts).trigger("key", PALETTE)
    assert await wait_for_dialog(user) == "Start Stubborn"
    user.find(marker="start-cancel").click()
    user.find(Shortcuts).trigger("key", PALETTE)

    assert await wait_for_dialog(user) == "Palette"


@pytest.mark.parametrize(("act", "name"), [("edit", "Run #1 again"), ("delete", "Delete Stubborn #1?")])
async def test_an_act_that_asks_asks_once(user: User, act: str, name: str) -> None:
    found = await asyncio.to_thread(start, "stubborn", {}, by=ME)
    await asyncio.to_thread(cancel, found.id, by=ME)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"{act}-{found.id}", retries=RETRIES)

    user.find(marker=f"{act}-{found.id}").click().click()

    assert await wait_for_dialog(user) == name


async def test_a_second_press_on_delete_is_no_error(user: User) -> None:
    found = await asyncio.to_thread(start, "stubborn", {}, by=ME)
    await asyncio.to_thread(cancel, found.id, by=ME)
    await user.open(f"/jobs/{found.id}")
    await user.should_see(marker=f"delete-{found.id}", retries=RETRIES)
    user.find(marker=f"delete-{found.id}").click()
    await until(lambda: open_dialogs(user))

    user.find(marker="confirm-delete").click().click()

    await until(lambda: user.notify.messages)
    await until(lambda: not jobs.list_jobs(JobFilter()).items)
    assert user.notify.messages == [f"Job #{found.id} is deleted."]


async def test_force_stop_pressed_twice_asks_once(user: User, stopping: int) -> None:
    user.find(RunningJobs).trigger("force", stopping).trigger("force", stopping)

    assert await wait_for_dialog(user) == f"Stop job #{stopping} by force?"


async def test_the_question_about_force_goes_when_the_job_ends_by_itself(
    user: User, stopping: int, gate: threading.Event
) -> None:
    await user.open(f"/jobs/{stopping}")
    await user.should_see(marker=f"force-{stopping}", retries=RETRIES)
    user.find(marker=f"force-{stopping}").click()
    await until(lambda: open_dialogs(user))

    gate.set()

    await until(lambda: not open_dialogs(user))
    await user.should_see(f"Stubborn #{stopping} has stopped meanwhile: succeeded.", retries=RETRIES)
    await until(lambda: text_of(user, f"state-{stopping}") == "Succeeded")
    assert not one(user, f"force-{stopping}").visible
