"""Elements that share what is equal until one of them is changed, and menus that are drawn when they are opened."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nicegui import ui
from nicegui.binding import BindableProperty, bindable_properties
from nicegui.element import Element
from nicegui.testing import User

from app.pages.dashboard.reading import Figures
from app.pages.widgets.markup import Button, Icon, Link, Panel, Plain, Text, box
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


async def test_what_is_equal_in_two_elements_is_one_object_once_it_was_told(user: User) -> None:
    with user:
        one, other = box("jd-a"), box("jd-a")
    for each in (one, other):
        each.classes("jd-b").style("color: red").props["title"] = "Same"
    told = [each._to_dict() for each in (one, other)]
    assert told[0] == told[1]
    for part in ("class", "style", "props"):
        assert told[0][part] is told[1][part]

    other.props["title"] = "Other"
    other.style("color: blue")
    other.classes("jd-c")

    assert [(*each.classes, each.style["color"], each.props["title"]) for each in (one, other)] == [
        ("jd-a", "jd-b", "red", "Same"),
        ("jd-a", "jd-b", "jd-c", "blue", "Other"),
    ]
    assert one._to_dict() == told[0]


async def test_true_and_one_are_told_apart(user: User) -> None:
    with user:
        one, other = box(), box()
    one.props["draggable"], other.props["draggable"] = True, 1

    assert json.dumps(one._to_dict()) != json.dumps(other._to_dict())


async def test_a_list_among_the_attributes_tells_of_its_change(user: User) -> None:
    with user:
        element = box()
    element.props["points"] = [1, 2]
    element._to_dict()
    assert user.client is not None
    user.client.outbox.updates.clear()

    element.props["points"].append(3)

    assert element._to_dict()["props"] == {"points": [1, 2, 3]}
    assert set(user.client.outbox.updates) == {element.id}


async def test_an_element_tells_the_same_as_one_of_niceguis(user: User) -> None:
    with user:
        for make in (Element, Plain):
            with make("section") as outer:
                outer.classes("jd-a").style("top: 0").props["role"] = "group"
                make("b").on("click", lambda: None)
                make("i")
            with outer.add_slot("append"):
                make("u")
    assert user.client is not None
    usual, plain = [one for one in user.client.elements.values() if one.tag == "section"]

    told, told_too = _without_ids(usual), _without_ids(plain)

    assert told == told_too
    assert [child.tag for child in plain] == ["b", "i", "u"]
    plain.clear()
    assert list(plain.descendants()) == []
    assert "children" not in plain._to_dict()


def _without_ids(root: Element) -> list[dict[str, Any]]:
    """Return what all elements below one are told to be; ids counted from its own."""
    told: list[dict[str, Any]] = json.loads(json.dumps([one._to_dict() for one in root.descendants(include_self=True)]))
    for one in told:
        one["children"] = [number - root.id for number in one.get("children", [])]
        for slot in one.get("slots", {}).values():
            slot["ids"] = [number - root.id for number in slot["ids"]]
        for event in one.get("events", []):
            del event["listener_id"]
    return told


async def test_only_a_property_of_its_own_is_noted_for_others_to_follow(user: User) -> None:
    class Counted(Text):
        total = BindableProperty()

    with user:
        counted = Counted("b", "x")
        counted.total = 1
    counted.text, counted.visible = "y", False

    assert [name for of, (name, *_) in bindable_properties if of == id(counted)] == ["total"]
    assert (counted.text, counted._to_dict()["text"], list(counted.classes)) == ("y", "y", ["hidden"])


async def test_a_property_of_its_own_under_a_name_of_niceguis_may_be_followed(user: User) -> None:
    seen = list[str]()

    class Loud(Text):
        text = BindableProperty(on_change=lambda _, text: seen.append(text))

    with user:
        loud = Loud("b", "x")
    loud.text = "y"

    assert seen == ["y"]
    assert [name for of, (name, *_) in bindable_properties if of == id(loud)] == ["text"]


async def test_a_change_before_the_page_was_sent_is_sent_with_it_once(user: User) -> None:
    with user:
        element = box()
    assert user.client is not None
    queued = user.client.outbox.updates

    element.props["title"] = "One"
    queued.clear()
    element.props["title"] = "Two"

    assert list(queued) == [element.id]

    woken = user.client.outbox._enqueue_event
    assert woken is not None
    woken.clear()
    element.props["title"] = "Three"  # as after a message that could not be made
    assert woken.is_set()


async def test_a_property_bound_to_a_text_follows_after_it_was_told(user: User) -> None:
    model = Figures()
    with user:
        text = Text("b").bind_text_from(model, "problem", lambda value: value or "")
    text._to_dict()

    model.problem = "away"

    assert text.text == "away"
    assert text._to_dict()["text"] == "away"


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
