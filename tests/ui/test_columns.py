"""The columns of the history: which, in which order, made of paths too, and the menu that chooses them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui.testing import User

from app.auth.visits import present
from app.queue import JobContext, job, start
from app.rights import Role
from tests import store
from tests.actors import ME
from tests.ui.tab import fill, names, one, open_tab, text_of, until
from tests.ui.test_history import cells
from tests.ui.test_rights import visit_of


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and a job whose params and result have fields."""
    message = await asyncio.to_thread(
        store.stored, params={"customer": {"id": 4711}, "dry": False}, tags=["nightly"], queue="mail"
    )
    await asyncio.to_thread(store.claimed, message)
    await asyncio.to_thread(store.done, message, result={"rows": 12})
    async with open_tab() as user:
        yield user


def heads(user: User) -> list[str]:
    """Return what stands above the columns."""
    table = one(user, "job-rows").parent_slot
    assert table is not None
    found = [each for each in table.parent.descendants() if each.tag == "th"]
    return ["".join(getattr(each, "text", None) or "" for each in head.descendants()) for head in found]


async def test_an_address_says_which_columns_are_drawn_and_in_which_order(user: User) -> None:
    await user.open("/history?columns=queue,job,params.customer.id,params.dry,result.rows,tags,params.none")
    await until(lambda: names(user, "job-row-"))

    assert heads(user) == ["", "Queue", "Job", "customer.id", "dry", "rows", "Tags", "none", "Acts"]
    below = [each for each in one(user, "job-row-1").default_slot.children if "jd-jobs__other" in each.classes]
    assert {each.props["data-label"]: text_in(each) for each in below} == {
        "Queue": "mail",
        "customer.id": "4711",
        "dry": "no",
        "rows": "12",
        "Tags": "nightly",
        "none": "",
    }


def text_in(cell: Any) -> str:
    return "".join(getattr(each, "text", None) or "" for each in cell.descendants())


async def test_the_menu_shows_hides_and_moves_columns_and_the_address_says_so(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    await user.open("/history")
    await until(lambda: names(user, "job-row-"))
    seen: list[str] = []
    monkeypatch.setattr(user.navigate.history, "replace", seen.append)
    user.find(marker="columns").click()
    await until(lambda: names(user, "column-tags"))

    pick(user, "waited", is_picked=False)
    pick(user, "tags", is_picked=True)
    user.find(marker="column-up-tags").click()

    await until(lambda: heads(user)[-4:] == ["Took", "Tags", "By", "Acts"])
    assert seen[-1] == "/history?columns=job%2Cstate%2Coutcome%2Cparams%2Cstarted%2Ctook%2Ctags%2Cby"
    assert cells(user, 1)["tags"] == "nightly"
    user.find(marker="columns-usual").click()
    await until(lambda: "Waited" in heads(user))
    assert seen[-1] == "/history"


def pick(user: User, name: str, *, is_picked: bool) -> None:
    user.find(marker=f"column-{name}").trigger("change", is_picked)


async def test_a_column_of_a_path_is_added_in_the_menu_which_offers_those_there_are(user: User) -> None:
    await user.open("/history")
    await until(lambda: names(user, "job-row-"))
    user.find(marker="columns").click()
    offered: Any = await until(lambda: one_of(user, "option"))

    assert [each.props["value"] for each in offered][:3] == ["params.customer.id", "params.dry", "result.rows"]
    fill(user, "column-path", "result.rows", leave=False)
    user.find(marker="column-add").click()
    await until(lambda: "rows" in heads(user))
    fill(user, "column-path", "result.rows", leave=False)
    user.find(marker="column-add").click()
    await until(lambda: cast(Any, one(user, "column-path")).error)
    assert cast(Any, one(user, "column-path")).error == "The column “result.rows” is there twice."


def one_of(user: User, tag: str) -> list[Any]:
    assert user.client is not None
    return [each for each in user.client.layout.descendants() if each.tag == tag]


async def test_a_column_keeps_what_is_selected_and_follows_its_job(user: User) -> None:
    waiting = await asyncio.to_thread(store.stored, params={"n": 1})
    await user.open("/history")
    await until(lambda: names(user, f"job-row-{waiting.job_id}"))
    user.find(marker="select-page").trigger("click", [True, False])
    await until(lambda: text_of(user, "selection-count") == "2 selected")
    user.find(marker="columns").click()
    await until(lambda: names(user, "column-attempt"))

    pick(user, "attempt", is_picked=True)

    await until(lambda: "Attempt" in heads(user))
    assert text_of(user, "selection-count") == "2 selected"
    assert one(user, "select-page").props["checked"] is True


async def test_a_viewer_sees_no_value_of_a_private_kind_in_a_column_of_its_path(room: Path) -> None:
    @job(title="Pay", private=True)
    def pay(ctx: JobContext, iban: str) -> None:
        """Pay."""

    await asyncio.to_thread(start, "pay", {"iban": "DE77"}, by=ME)
    present.set(visit_of("vera", Role.VIEWER))
    async with open_tab() as user:
        await user.open("/history?columns=job,params.iban,params.iban.0")
        await until(lambda: names(user, "job-row-1"))
        row = one(user, "job-row-1")
        assert "DE77" not in text_in(row)
