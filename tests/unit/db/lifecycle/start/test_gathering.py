"""What comes together is stored together, and none suffers from another."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from app.db.lifecycle.start.gathering import Gathering
from app.errors import InvalidInput, Unavailable
from tests.patience import patient
from tests.waiting import until

COMERS = ["a", "b", "c", "d"]


class Store:
    """Notes what is stored at once. The first time it waits, so that others come meanwhile."""

    def __init__(self, refuse: Callable[[list[str]], None] = lambda names: None) -> None:
        self.stored: list[list[str]] = []
        self.is_writing, self.may_end = threading.Event(), threading.Event()
        self._refuse = refuse

    def __call__(self, wishes: Sequence[str]) -> list[str]:
        names = list(wishes)
        self.stored.append(names)
        if names == ["first"]:
            self.is_writing.set()
            assert self.may_end.wait(patient(10))
        self._refuse(names)
        return [f"{name} is stored" for name in names]


def come(store: Store, gathering: Gathering[str, str], names: Sequence[str]) -> list[Future[str]]:
    """Store one, and while that is written some more."""
    with ThreadPoolExecutor(len(names) + 1) as threads:
        first = threads.submit(gathering.store, "first")
        assert store.is_writing.wait(patient(10))
        others = [threads.submit(gathering.store, name) for name in names]
        waiting: list[Any] = gathering._waiting
        until(lambda: len(waiting) == len(names), every=0.001)
        store.may_end.set()
    return [first, *others]


def test_who_comes_alone_is_stored_alone() -> None:
    store = Store()
    gathering = Gathering(store)

    assert [gathering.store(name) for name in "ab"] == ["a is stored", "b is stored"]
    assert store.stored == [["a"], ["b"]]


def test_who_comes_while_another_is_stored_goes_together() -> None:
    store = Store()

    answers = come(store, Gathering(store), COMERS)

    assert [one.result() for one in answers] == [f"{name} is stored" for name in ["first", *COMERS]]
    assert [sorted(names) for names in store.stored] == [["first"], COMERS]


def test_one_that_does_not_fit_fails_alone() -> None:
    def refuse(names: list[str]) -> None:
        if "c" in names:
            raise InvalidInput("c does not fit.")

    store = Store(refuse)

    first, *others = come(store, Gathering(store), COMERS)

    assert first.result() == "first is stored"
    assert {name: str(one.exception() or one.result()) for name, one in zip(COMERS, others, strict=True)} == {
        "a": "a is stored",
        "b": "b is stored",
        "c": "c does not fit.",
        "d": "d is stored",
    }


def test_where_the_database_is_away_nothing_is_tried_twice() -> None:
    def refuse(names: list[str]) -> None:
        if names != ["first"]:
            raise Unavailable("The database is away.")

    store = Store(refuse)

    _, *others = come(store, Gathering(store), COMERS)

    assert [type(one.exception()) for one in others] == [Unavailable] * len(COMERS)
    assert len(store.stored) == 2


def test_what_ends_the_thread_that_writes_leaves_nobody_waiting() -> None:
    def refuse(names: list[str]) -> None:
        if names != ["first"]:
            raise KeyboardInterrupt

    store = Store(refuse)

    _, *others = come(store, Gathering(store), COMERS)

    ends = [type(one.exception()) for one in others]
    assert sorted(ends, key=str) == [KeyboardInterrupt, *[Unavailable] * (len(COMERS) - 1)]


@pytest.mark.parametrize("most", [1, 3])
def test_a_crowd_is_stored_in_parts(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("app.db.lifecycle.start.gathering.MOST_TOGETHER", most)
    store = Store()

    answers = come(store, Gathering(store), COMERS)

    assert sorted(one.result() for one in answers[1:]) == [f"{name} is stored" for name in COMERS]
    assert max(len(names) for names in store.stored) == most
