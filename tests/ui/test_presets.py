"""What a form can be filled in with: presets, earlier starts, and the link that opens it so."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui.testing import User

from app.actor import local
from app.db.presets import rows
from app.pages.start.link import start_path
from app.queue import JobContext, Secret, job, registry, start
from app.queue.acts.presets import keeping
from tests.actors import person
from tests.patience import patient
from tests.ui.tab import RETRIES, fill, names, one, open_tab, until
from tests.ui.test_start_form import closed, jobs, open_dialog

HERE = local("page")


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, and a kind to start."""

    @job(title="Copy rows")
    def copy_rows(ctx: JobContext, table: str, rows: int = 15, password: Secret | None = None) -> None:
        """Copy."""

    async with open_tab() as user:
        await user.open("/")
        yield user


def value(user: User, name: str) -> Any:
    return cast(Any, one(user, f"field-{name}")).value


async def test_values_are_kept_under_a_name_and_filled_in_again_without_secrets(user: User) -> None:
    await open_dialog(user, "copy_rows")
    fill(user, "field-table", "orders")
    fill(user, "field-password", "hunter2")
    user.find(marker="presets").click()
    fill(user, "preset-name", " Nightly  orders ", leave=False)
    user.find(marker="preset-save").click()
    [preset] = await until(lambda: rows.list_presets("copy_rows", person=HERE.account))

    assert (preset.name, preset.shared) == ("Nightly orders", False)
    await user.should_see("“Nightly orders” is kept.", retries=RETRIES)
    assert (preset.params["table"], "password" in preset.params) == ("orders", False)
    fill(user, "field-table", "other")
    await until(lambda: names(user, f"preset-{preset.id}"))
    user.find(marker=f"preset-{preset.id}").click()
    await until(lambda: value(user, "table") == "orders")


async def test_a_reading_that_comes_back_late_takes_nothing_away(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    is_asked, may_answer, has_answered = threading.Event(), threading.Event(), threading.Event()
    list_earlier = keeping.list_earlier

    def list_late(*given: Any, **named: Any) -> Any:
        if is_asked.is_set():
            return list_earlier(*given, **named)
        is_asked.set()
        assert may_answer.wait(patient(10))
        has_answered.set()
        return []

    monkeypatch.setattr(keeping, "list_earlier", list_late)
    await open_dialog(user, "copy_rows")
    fill(user, "field-table", "orders")
    user.find(marker="presets").click()
    await until(is_asked.is_set)
    fill(user, "preset-name", "Nightly", leave=False)
    user.find(marker="preset-save").click()
    [preset] = await until(lambda: rows.list_presets("copy_rows", person=HERE.account))
    await user.should_see("“Nightly” is kept.", retries=RETRIES)

    may_answer.set()
    await until(has_answered.is_set)
    for _ in range(20):
        await asyncio.sleep(0)  # the event loop hears of it

    await until(lambda: names(user, f"preset-{preset.id}"))


async def test_shared_presets_of_others_and_own_earlier_starts_are_offered(user: User) -> None:
    rows.keep("copy_rows", "Weekly", {"table": "weeks"}, owner="bob", is_shared=True)
    rows.keep("copy_rows", "Hidden", {"table": "x"}, owner="bob", is_shared=False)
    await asyncio.to_thread(start, "copy_rows", {"table": "mine", "password": "x"}, by=HERE)
    await asyncio.to_thread(start, "copy_rows", {"table": "theirs"}, by=person("bob"))
    await open_dialog(user, "copy_rows")
    user.find(marker="presets").click()
    await until(lambda: names(user, "earlier-"))

    assert names(user, "earlier-") == ["earlier-1"]
    await user.should_see("from bob", retries=RETRIES)
    assert names(user, "preset-delete") == [], "it is another's"
    await user.should_not_see("Hidden")
    user.find(marker="earlier-1").click()
    await until(lambda: value(user, "table") == "mine")
    assert value(user, "password") in (None, "")


async def test_a_preset_is_deleted_by_its_owner(user: User) -> None:
    kept = keeping.keep(registry.get("copy_rows"), "Mine", {"table": "a"}, shared=True, by=HERE)
    await open_dialog(user, "copy_rows")
    user.find(marker="presets").click()
    await until(lambda: names(user, f"preset-delete-{kept.id}"))

    user.find(marker=f"preset-delete-{kept.id}").click()

    await until(lambda: not names(user, f"preset-{kept.id}"))
    assert rows.list_presets("copy_rows", person=HERE.account) == []
    await user.should_see("“Mine” is deleted.")


async def test_a_preset_without_a_name_is_refused_at_its_field(user: User) -> None:
    await open_dialog(user, "copy_rows")
    user.find(marker="presets").click()
    user.find(marker="preset-save").click()

    await until(lambda: cast(Any, one(user, "preset-name")).error)
    assert rows.list_presets("copy_rows", person=HERE.account) == []


async def test_a_link_opens_the_form_filled_in_and_starts_nothing(user: User) -> None:
    await user.open(start_path("copy_rows", {"table": "orders", "rows": 3, "password": "x", "gone": 1}))
    await until(lambda: names(user, "field-table"))

    assert (value(user, "table"), value(user, "rows")) == ("orders", "3")
    assert value(user, "password") in (None, "")
    assert jobs() == []
    user.find(marker="start-submit").click()
    [found] = await until(jobs)
    assert (found.params["table"], found.params["rows"]) == ("orders", 3)
    await closed(user)


async def test_a_link_to_a_kind_that_is_not_there_says_so(user: User) -> None:
    await user.open("/?start=nothing")

    await user.should_see("There is no kind “nothing” to start.", retries=RETRIES)


async def test_other_values_under_a_name_are_replaced_only_when_that_was_said(user: User) -> None:
    kept = keeping.keep(registry.get("copy_rows"), "Mine", {"table": "a", "rows": 15}, shared=False, by=HERE)
    await open_dialog(user, "copy_rows")
    fill(user, "field-table", "b")
    user.find(marker="presets").click()
    fill(user, "preset-name", "Mine", leave=False)
    user.find(marker="preset-save").click()

    await until(lambda: "other values as “Mine”" in str(cast(Any, one(user, "preset-name")).error))
    assert keeping.list_presets(registry.get("copy_rows"), by=HERE) == [kept]

    user.find(marker="preset-save").click()
    await until(lambda: keeping.list_presets(registry.get("copy_rows"), by=HERE)[0].params["table"] == "b")
