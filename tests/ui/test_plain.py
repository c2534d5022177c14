"""Elements that share what is equal until one of them is changed, and menus that are drawn when they are opened."""

from collections.abc import AsyncIterator, Callable
from inspect import Signature
from pathlib import Path
from typing import Any

import pytest
from nicegui import helpers, ui
from nicegui.helpers import functions
from nicegui.testing import User

from app.pages.widgets.markup import Button, Icon, Link, Panel, Text, answer_for_elements, box
from app.pages.widgets.press import opens_menu
from tests.ui.tab import open_tab


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A tab with a page in it."""
    async with open_tab() as user:
        await user.open("/")
        yield user


async def test_a_change_shows_on_the_element_that_was_changed_and_on_no_equal_one(user: User) -> None:
    with user:
        one, other = box("jd-a jd-b"), box("jd-a jd-b")
        text, link, icon, panel = (
            Text("b", "x", classes="jd-a"),
            Link("x", "/", classes="jd-a"),
            Icon("add"),
            Panel("p"),
        )

    one.classes("jd-c").style("color: red").props["title"] = "One"
    one.visible = False

    assert (list(one.classes), one.style["color"], one.props["title"]) == (
        ["jd-a", "jd-b", "jd-c", "hidden"],
        "red",
        "One",
    )
    assert (list(other.classes), dict(other.style), dict(other.props)) == (["jd-a", "jd-b"], {}, {})
    assert [list(each.classes) for each in (text, link, icon, panel)] == [["jd-a"], ["jd-a"], [], ["p"]]
    assert (link.props["href"], icon.props["name"], text.text) == ("/", "add", "x")
    with user:
        usual = ui.link(), ui.icon("add"), ui.card(), ui.button()
        plain = link, icon, panel, Button()
    assert [each.tag for each in plain] == [each.tag for each in usual]
    assert link.component == usual[0].component


async def test_a_change_is_sent(user: User) -> None:
    with user:
        element, text = box("jd-a"), Text("b", "x")
    assert user.client is not None
    user.client.outbox.updates.clear()

    element.props["title"] = "One"
    text.set_text("y")

    assert set(user.client.outbox.updates) == {element.id, text.id}


async def test_an_element_is_made_without_a_look_at_a_signature_and_tells_of_changes(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(_: Callable[..., Any]) -> Signature:
        raise AssertionError("a signature is looked at")

    monkeypatch.setattr(helpers, "expects_arguments", helpers.expects_arguments)
    answer_for_elements()
    with monkeypatch.context() as looks, user:
        looks.setattr(functions, "signature", look)
        element = box("jd-a")
        element.classes("jd-b").style("color: red").props["title"] = "One"
        with pytest.raises(AssertionError):
            element.classes.on_change(print)
    assert user.client is not None
    for change, words in ((element.classes, "jd-c"), (element.style, "top: 0"), (element.props, "lang=en")):
        user.client.outbox.updates.clear()
        change(words)
        assert set(user.client.outbox.updates) == {element.id}
    assert helpers.expects_arguments(lambda number: number)


async def test_a_menu_is_made_by_the_first_press_and_filled_anew_by_each(user: User) -> None:
    drawn: list[ui.menu_item] = []
    with user:
        button = ui.button("Open").mark("opens")
    opens_menu(button, lambda: drawn.append(ui.menu_item("Choose").mark("choose")))
    assert not button.default_slot.children

    user.find(marker="opens").click()
    user.find(marker="opens").click()  # the browser closes it
    await user.should_see("Choose")
    [menu] = button.default_slot.children
    assert isinstance(menu, ui.menu)
    assert len(drawn) == 1

    menu.close()
    user.find(marker="opens").click()
    assert button.default_slot.children == [menu]
    assert menu.value
    assert menu.default_slot.children == drawn[1:]


async def test_what_a_line_of_a_menu_opens_outlives_the_menu(user: User) -> None:
    opened: list[ui.dialog] = []

    def ask() -> None:
        with ui.dialog(value=True) as dialog:
            ui.label("Really?")
        opened.append(dialog)

    with user:
        button = ui.button("Open").mark("opens")
    opens_menu(button, lambda: ui.menu_item("Ask", on_click=ask).mark("ask"))
    user.find(marker="opens").click()
    await user.should_see("Ask")
    [menu] = button.default_slot.children
    assert isinstance(menu, ui.menu)

    user.find(marker="ask").click()
    await user.should_see("Really?")
    menu.close()
    for listener in [one for one in menu._event_listeners.values() if one.type == "hide"]:
        menu._handle_event({"listener_id": listener.id, "args": {}})

    assert not opened[0].is_deleted
