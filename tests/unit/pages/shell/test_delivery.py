"""Which events of a browser are new."""

from typing import cast

from nicegui import Client

from app.pages.shell.delivery import MOST_REMEMBERED, Taken


class Tab:
    """Stands for a client: only which one it is matters."""


def tab() -> Client:
    return cast(Client, Tab())


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
