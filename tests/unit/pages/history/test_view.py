"""The address of the history and what it means."""

from datetime import UTC, datetime

import pytest

from app.db import JobFilter, State
from app.db.queries.filters import FIELDS
from app.errors import InvalidInput
from app.pages.history.view import HistoryView, view_of


@pytest.mark.parametrize(
    "view",
    [
        HistoryView(),
        HistoryView(text="a&b=c #1", kind="import_orders", states=frozenset({State.FAILED})),
        HistoryView(since=datetime(2026, 11, 1, tzinfo=UTC), until=datetime(2026, 11, 2, 3, tzinfo=UTC)),
        HistoryView(states=frozenset({State.FAILED}), finished_since=datetime(2026, 11, 1, tzinfo=UTC)),
        HistoryView(states=frozenset({State.FAILED, State.CANCELLED}), parent_id=7),
        HistoryView(sort="-run_seconds", after="WyJ4Il0", queue="mail"),
    ],
)
def test_an_address_says_all_of_a_view(view: HistoryView) -> None:
    assert view_of(view.url) == view


def test_every_field_of_the_filter_has_a_place_in_the_address() -> None:
    assert [one.name for one in FIELDS if one.address is None] == ["max_id"]
    assert view_of("/history?state=failed,running&parent=3&finished_since=2026-11-01T00:00:00Z").filter == JobFilter(
        states=frozenset({State.FAILED, State.RUNNING}), parent_id=3, finished_since=datetime(2026, 11, 1, tzinfo=UTC)
    )


def test_a_field_that_is_dropped_narrows_no_more() -> None:
    view = HistoryView(queue="mail", states=frozenset({State.FAILED}), kind="a", after="x")

    assert view.without("queue", "states") == HistoryView(kind="a")


def test_defaults_are_left_out_of_the_address() -> None:
    assert HistoryView().url == "/history"


@pytest.mark.parametrize(
    "query", ["state=done", "sort=name", "since=2026-11-01", "until=x", "parent=0", "state=failed,,"]
)
def test_values_that_cannot_be_are_refused_in_words(query: str) -> None:
    with pytest.raises(InvalidInput, match="The address says"):
        view_of(f"/history?{query}")


def test_a_changed_view_begins_at_its_beginning() -> None:
    assert HistoryView(after="x").narrowed(kind="a") == HistoryView(kind="a")


def test_a_file_of_a_view_has_its_columns_where_some_are_chosen() -> None:
    chosen = view_of("/history?q=kind:count&columns=job,params.customer.id")
    assert chosen.export_url("csv") == ("/api/v1/jobs.csv?q=kind%3Acount&sort=-id&columns=job%2Cparams.customer.id")
    assert "columns" not in view_of("/history?q=kind:count").export_url("csv")
