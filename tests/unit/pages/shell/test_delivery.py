"""Which events of a browser are new, and what is answered to each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from nicegui import Client, core
from socketio import AsyncServer  # type: ignore[import-untyped]  # it has none

from app.pages.shell.delivery import GONE, MOST_REMEMBERED, Taken, take_events_once


@dataclass(eq=False)
class Tab:
    """Stands for a client: which one it is, what is on its page, and whether its browser is there."""

    elements: dict[int, str] = field(default_factory=dict)
    has_socket_connection: bool = True


def tab() -> Client:
    return cast(Client, Tab())


Send = Callable[[Tab, dict[str, Any]], tuple[object, list[dict[str, Any]]]]


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Send:
    """Send an event of a tab; gives the answer, and all that was handed on to NiceGUI by then."""
    heard: list[dict[str, Any]] = []
    server = AsyncServer(async_mode="asgi")
    server.on("event", lambda socket_id, message: heard.append(message))
    monkeypatch.setattr(core, "sio", server)
    take_events_once()

    def send_one(of: Tab, message: dict[str, Any]) -> tuple[object, list[dict[str, Any]]]:
        monkeypatch.setitem(Client.instances, "tab", cast(Client, of))
        return server.handlers["/"]["event"]("socket", {"client_id": "tab", **message}), heard

    return send_one


def test_an_event_is_handed_on_once_however_often_it_comes(send: Send) -> None:
    one = Tab(elements={7: "button"})

    for _ in range(2):
        answer, heard = send(one, {"id": 7, "number": 1, "document": "first"})

    assert answer is True
    assert heard == [{"client_id": "tab", "id": 7}]


def test_the_browser_is_told_of_an_event_whose_element_is_not_there_any_more(send: Send) -> None:
    answer, heard = send(Tab(elements={8: "the same button, drawn anew"}), {"id": 7, "number": 1, "document": "first"})

    assert answer == GONE
    assert heard == []


def test_an_event_that_comes_before_the_connection_stands_is_asked_for_again(send: Send) -> None:
    one = Tab(elements={7: "button"}, has_socket_connection=False)

    assert send(one, {"id": 7, "number": 1, "document": "first"}) == (False, [])
    one.has_socket_connection = True
    answer, heard = send(one, {"id": 7, "number": 1, "document": "first"})
    assert (answer, len(heard)) == (True, 1)


def test_an_event_that_is_sent_again_is_not_new() -> None:
    taken, one = Taken(), tab()

    assert taken.is_new(one, ("document", 1))
    assert not taken.is_new(one, ("document", 1))


def test_an_event_before_one_that_was_taken_is_still_new() -> None:
    taken, one = Taken(), tab()

    assert taken.is_new(one, ("document", 2))
    assert taken.is_new(one, ("document", 1))


def test_tabs_and_documents_have_numbers_of_their_own() -> None:
    taken, one, other = Taken(), tab(), tab()

    assert taken.is_new(one, ("document", 1))
    assert taken.is_new(one, ("another document", 1))
    assert taken.is_new(other, ("document", 1))


def test_of_very_many_events_the_last_are_remembered() -> None:
    taken, one = Taken(), tab()
    for number in range(MOST_REMEMBERED + 1):
        taken.is_new(one, ("document", number))

    assert not taken.is_new(one, ("document", 1))
    assert not taken.is_new(one, ("document", MOST_REMEMBERED))
