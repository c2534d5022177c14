"""The address of the history and what it means."""

from datetime import UTC, datetime

import pytest

from app.db import State
from app.errors import InvalidInput
from app.pages.history.view import HistoryView, view_of


@pytest.mark.parametrize(
    "view",
    [
        HistoryView(),
        HistoryView(text="a&b=c #1", kind="import_orders", state=State.FAILED),
        HistoryView(since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 11, 2, 3, tzinfo=UTC)),
        HistoryView(state=State.FAILED, finished_since=datetime(2026, 11, 1, tzinfo=UTC)),
        HistoryView(sort="-run_seconds", after="WyJ4Il0", queue="mail"),
    ],
)
def test_an_address_says_all_of_a_view(view: HistoryView) -> None:
    assert view_of(view.url) == view


def test_defaults_are_left_out_of_the_address() -> None:
    assert HistoryView().url == "/history"


@pytest.mark.parametrize("query", ["state=done", "sort=name", "since=2026-11-01", "until=x"])
def test_values_that_cannot_be_are_refused_in_words(query: str) -> None:
    with pytest.raises(InvalidInput, match="The address says"):
        view_of(f"/history?{query}")


def test_a_changed_view_begins_at_its_beginning() -> None:
    assert HistoryView(after="x").narrowed(kind="a") == HistoryView(kind="a")
