"""The question before a job is started whose kind wants to be confirmed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nicegui.testing import User

from app.queue import JobContext, Secret, job
from tests.ui.tab import fill, one, open_tab, text_of, until
from tests.ui.test_start_form import closed, jobs, open_dialog


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, and a dangerous kind."""

    @job(title="Empty a table", confirm="Every row is lost for good.")
    def empty(ctx: JobContext, table: str, password: Secret, place: str = "staging", reason: str = "") -> None:
        """Empty a table."""

    async with open_tab() as user:
        await user.open("/")
        await open_dialog(user, "empty")
        yield user


async def test_a_dangerous_kind_shows_its_params_and_starts_only_when_it_is_meant(user: User) -> None:
    fill(user, "field-table", "orders")
    fill(user, "field-password", "hunter2")

    user.find(marker="start-submit").click()

    await until(lambda: said(user))
    assert text_of(user, "start-confirm") == "Every row is lost for good."
    assert said(user) == ["table", "orders", "password", "•••", "place", "staging"]
    assert jobs() == []
    user.find(marker="confirm-start").click()
    [found] = await until(jobs)
    assert found.params == {"table": "orders", "password": "•••", "place": "staging", "reason": ""}
    await closed(user)


async def test_who_goes_on_editing_has_started_nothing_and_is_asked_again(user: User) -> None:
    fill(user, "field-table", "orders")
    fill(user, "field-password", "hunter2")
    user.find(marker="start-submit").click()
    await until(lambda: said(user))

    user.find(marker="confirm-keep").click()
    fill(user, "field-table", "customers")
    user.find(marker="start-submit").click()

    await until(lambda: said(user)[1:2] == ["customers"])
    assert jobs() == []


async def test_nobody_is_asked_about_what_does_not_fit(user: User) -> None:
    user.find(marker="start-submit").click()

    await until(lambda: text_of(user, "error-table"))
    assert said(user) == []


def said(user: User) -> list[str]:
    """Return the names and values that the question shows."""
    return [getattr(each, "text", "") for each in one(user, "confirm-values").descendants()]
