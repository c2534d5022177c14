"""The notices in the settings: made, tested, changed and deleted, with the log of what was answered."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from nicegui import ui
from nicegui.testing import User

from app.db.clock import now
from app.db.queries.notices import list_deliveries, list_notices
from app.db.snapshots.notice import Answer, NoticeEvent
from app.jobs.send_notice import send_notice
from app.pages.live import bridge
from app.pages.settings import page
from app.queue import registry
from app.queue.acts import notices
from app.queue.events.types import NoticeTold
from app.settings import Settings
from tests.actors import ME
from tests.store import stored
from tests.ui.tab import RETRIES, names, one, open_tab, text_of, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person in the settings of notices."""
    registry.add(send_notice)
    page.tell(Settings(data_dir=room))
    async with open_tab() as user:
        await user.open("/settings/notices")
        yield user


async def make(user: User, where: str = "https://hooks.example.org/in") -> None:
    """Fill the dialog and keep it."""
    user.find(marker="notice-add").click()
    await until(lambda: names(user, "notice-keep"))
    cast(ui.input, one(user, "notice-name")).set_value("Watch")
    cast(ui.input, one(user, "notice-tag")).set_value("nightly")
    cast(ui.input, one(user, "notice-where")).set_value(where)
    user.find(marker="notice-keep").click()


async def test_a_notice_is_made_tested_and_its_log_is_read(user: User) -> None:
    await make(user)
    await until(lambda: names(user, "notice-1"))
    await user.should_see("tag nightly: failed → https://hooks.example.org/in", retries=RETRIES)
    await until(lambda: names(user, "notice-secret"))
    assert text_of(user, "notice-secret").startswith("whsec_")

    user.find(marker="notice-test-1").click()
    await until(lambda: names(user, "delivery-1"))
    answer = Answer(at=now(), status=503, seconds=0.1, text="Answered 503: busy", is_accepted=False)
    await asyncio.to_thread(notices.answered, 1, answer, is_last=False)
    user.find(marker="notice-log-1").click()
    await until(lambda: not names(user, "delivery-1"))
    user.find(marker="notice-log-1").click()

    await until(lambda: names(user, "delivery-1"))
    await user.should_see("Answered 503: busy", retries=RETRIES)
    assert [one.events for one in list_deliveries(1)] == [["test"]]


async def test_what_does_not_fit_is_said_in_the_dialog(user: User) -> None:
    await make(user, where="hooks.example.org")

    await until(lambda: text_of(user, "notice-alert") != "")
    assert text_of(user, "notice-alert") == "It must be an address that begins with https:// or http://."
    assert list_notices() == []


async def test_a_notice_is_switched_off_and_deleted(user: User) -> None:
    await make(user)
    await until(lambda: names(user, "notice-on-1"))

    cast(ui.switch, one(user, "notice-on-1")).set_value(False)
    await user.should_see("Watch is off.", retries=RETRIES)
    assert not list_notices()[0].is_enabled
    await until(lambda: names(user, "notice-delete-1"))
    user.find(marker="notice-delete-1").click()
    await until(lambda: names(user, "confirm-delete"))
    user.find(marker="confirm-delete").click()

    await user.should_see("Watch is deleted.", retries=RETRIES)
    assert list_notices() == []


async def test_a_switch_that_was_refused_is_drawn_as_it_stands(user: User) -> None:
    await make(user)
    await until(lambda: names(user, "notice-on-1"))
    await asyncio.to_thread(notices.delete, 1, by=ME)

    cast(ui.switch, one(user, "notice-on-1")).set_value(False)

    await until(lambda: not names(user, "notice-on-1"))
    await user.should_not_see("Watch is off.")


async def test_a_notice_to_the_tabs_is_said_in_each(user: User) -> None:
    bridge.hear(NoticeTold(delivery_id=1, name="Watch", text="Import (#1) failed", path="/jobs/1"))
    await user.should_see("Import (#1) failed", retries=RETRIES)


async def test_the_tabs_are_told_when_a_job_ends_if_a_person_asked_for_it(user: User) -> None:
    message = await asyncio.to_thread(stored)
    await user.open(f"/jobs/{message.job_id}")
    await until(lambda: names(user, f"tell-{message.job_id}"))

    user.find(marker=f"tell-{message.job_id}").click()

    await until(lambda: list_notices() != [])
    [notice] = list_notices()
    assert (notice.job_id, notice.events, notice.to) == (message.job_id, ("finished",), {"desktop": True})
    await user.should_see("The open tabs say so when", retries=RETRIES)


async def test_what_another_tab_changed_of_a_notice_is_said_before_it_is_overwritten(user: User) -> None:
    wish = notices.Wish(name="Watch", tag="nightly", events=(NoticeEvent.FAILED,), to={"desktop": True})
    await asyncio.to_thread(notices.create, wish, by=ME)
    await user.open("/settings/notices")
    await until(lambda: names(user, "notice-edit-1"))
    user.find(marker="notice-edit-1").click()
    await until(lambda: names(user, "notice-alert"))
    await asyncio.to_thread(notices.edit, 1, {"tag": "weekly"}, by=ME)
    user.find(marker="notice-keep").click()

    await until(lambda: "changed meanwhile: tag" in text_of(user, "notice-alert"))
    assert list_notices()[0].tag == "weekly"

    user.find(marker="notice-keep").click()
    await until(lambda: list_notices()[0].tag == "nightly")
