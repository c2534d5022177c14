"""Saved views beside the history: keeping, opening, counting, changing, sharing and deleting them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui import ui
from nicegui.testing import User

from app.actor import local
from app.db.snapshots.view import SavedView
from app.pages.history.views import counting, side
from app.queue import JobContext, job, start
from app.queue.acts.views import keeping as views
from tests.actors import person
from tests.ui.tab import RETRIES, fill, names, one, open_tab, text_of, until

HERE = local("page")
"""Who reads the page."""


@pytest.fixture
async def user(room: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[User]:
    """A person, and a kind to start."""

    @job(title="Import orders")
    def import_orders(ctx: JobContext, path: str = "a.csv") -> None:
        """Import."""

    counting.forget()
    monkeypatch.setattr(counting, "KEPT_SECONDS", 0)
    monkeypatch.setattr(counting, "MOST_SHARE", 0)
    monkeypatch.setattr(side, "COUNT_PAUSE_SECONDS", 0.01)
    async with open_tab() as user:
        yield user


async def kept(name: str, *, by: Any = HERE, **wish: Any) -> SavedView:
    return await asyncio.to_thread(views.create, cast(Any, {"name": name, **wish}), by=by)


def listed(user: User) -> list[str]:
    """Return the names of the views at the side, from the top."""
    links = [name for name in names(user, "view-") if name.removeprefix("view-").isdecimal()]
    texts = [[getattr(each, "text", "") for each in one(user, name).descendants()] for name in links]
    return [next(text for text in found if text) for found in texts]


async def test_what_is_shown_is_kept_and_opened_again(user: User) -> None:
    await asyncio.to_thread(start, "import_orders", {}, by=HERE)
    await user.open("/history?kind=import_orders&state=queued&sort=id")
    await until(lambda: one(user, "save-view").visible)
    user.find(marker="save-view").click()
    await user.should_see("state:queued kind:import_orders")
    fill(user, "view-name", "Imports that wait", leave=False)
    user.find(marker="view-save").click()
    await until(lambda: listed(user) == ["Imports that wait"])
    await user.should_see("“Imports that wait” is kept.")

    [view] = views.list_views(HERE)
    assert (view.q, view.sort, view.shared) == ("state:queued kind:import_orders", "id", False)
    assert not one(user, "save-view").visible
    assert one(user, f"view-{view.id}").props["aria-current"] == "true"
    assert one(user, f"view-{view.id}").props["href"] == "/history?q=state%3Aqueued+kind%3Aimport_orders&sort=id"
    await until(lambda: text_of(user, f"view-count-{view.id}") == "1")


async def test_a_name_that_is_there_already_is_refused_at_the_field(user: User) -> None:
    await kept("Mine", q="tag:a")
    await user.open("/history?state=failed")
    await until(lambda: one(user, "save-view").visible)
    user.find(marker="save-view").click()
    fill(user, "view-name", "Mine", leave=False)
    user.find(marker="view-save").click()
    await user.should_see("You have a view of this name already.", retries=RETRIES)
    assert len(views.list_views(HERE)) == 1


async def test_counts_follow_what_happens_and_only_starred_views_have_them(user: User) -> None:
    starred = await kept("Imports", q="kind:import_orders")
    plain = await kept("All of them", q="state:queued")
    await asyncio.to_thread(views.change, plain.id, {}, starred=False, by=HERE)
    await user.open("/history")
    await until(lambda: listed(user) == ["Imports", "All of them"])
    await until(lambda: text_of(user, f"view-count-{starred.id}") == "0")

    await asyncio.to_thread(start, "import_orders", {}, by=HERE)
    await until(lambda: text_of(user, f"view-count-{starred.id}") == "1")
    assert text_of(user, f"view-count-{plain.id}") == ""

    user.find(marker=f"view-star-{plain.id}").click()
    await until(lambda: text_of(user, f"view-count-{plain.id}") == "1")
    assert listed(user) == ["All of them", "Imports"]
    await user.should_see("“All of them” has a star.")


async def test_a_view_is_renamed_shared_and_set_to_what_is_shown(user: User) -> None:
    view = await kept("Old", q="tag:a")
    await user.open("/history?state=failed")
    await until(lambda: listed(user) == ["Old"])
    user.find(marker=f"view-rename-{view.id}").click()
    assert cast(ui.input, one(user, "view-name")).value == "Old"
    fill(user, "view-name", "New", leave=False)
    user.find(marker="view-save").click()
    await until(lambda: listed(user) == ["New"])

    user.find(marker=f"view-share-{view.id}").click()
    await until(lambda: views.get_view(view.id, by=HERE).shared)
    await user.should_see("Keep it to myself", retries=RETRIES)
    await user.should_see("Everybody sees “New”.")
    user.find(marker=f"view-replace-{view.id}").click()
    await until(lambda: views.get_view(view.id, by=HERE).q == "state:failed")
    await until(lambda: one(user, f"view-{view.id}").props.get("aria-current") == "true")


async def test_a_deleted_view_is_put_back_by_undo(user: User) -> None:
    view = await kept("Only one", q="tag:a")
    await user.open("/history")
    await until(lambda: listed(user) == ["Only one"])
    user.find(marker=f"view-delete-{view.id}").click()
    await user.should_see("“Only one” is deleted.", retries=RETRIES)
    await until(lambda: listed(user) == [])

    user.find(marker="undo-view").click()
    await until(lambda: listed(user) == ["Only one"])
    assert views.get_view(view.id, by=HERE) == view
    await user.should_see("Undone: the view is back.")


async def test_a_shared_view_of_another_can_be_starred_and_no_more(user: User) -> None:
    view = await kept("Theirs", by=person("ada"), q="tag:a", shared=True)
    await user.open("/history")
    await until(lambda: listed(user) == ["Theirs"])

    assert names(user, "view-star-") == [f"view-star-{view.id}"]
    for act in ("rename", "share", "replace", "delete"):
        assert names(user, f"view-{act}-") == []


async def test_without_views_their_place_is_not_there(user: User) -> None:
    await user.open("/history")
    await until(lambda: names(user, "history-count"))
    assert not one(user, "views").visible
