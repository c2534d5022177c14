"""Columns of a list of jobs: their names, what stands above them, and what a path leads to."""

import pytest

from app.db.snapshots.columns import HEADINGS, MAX_COLUMNS, USUAL, heading, read_columns, value_at
from app.db.snapshots.job import JobSnapshot
from tests.store import inserted

LINES = [{"sku": "a1"}, {"sku": "b2"}]


@pytest.fixture
def job(database: str) -> JobSnapshot:
    """A job with params that hold others."""
    return inserted(params={"customer": {"id": 123}, "lines": LINES, "note": "x"}).job


def test_names_of_columns_are_checked_and_kept_in_their_order() -> None:
    names = ["params.customer.id", " state ", "result.rows", "job"]

    assert read_columns(names) == ("params.customer.id", "state", "result.rows", "job")
    assert read_columns([]) == ()
    assert read_columns(USUAL) == USUAL
    assert set(USUAL) <= HEADINGS.keys()


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["weather"], "There is no column “weather”. Columns are job, state"),
        (["params."], "There is no column “params.”"),
        (["customer.id"], "There is no column “customer.id”"),
        (["params.a,b"], "There is no column “params.a,b”"),
        (["state", "state"], "The column “state” is there twice."),
        ([f"params.a{number}" for number in range(MAX_COLUMNS + 1)], f"At most {MAX_COLUMNS} columns"),
    ],
)
def test_what_is_no_column_is_refused_in_words(names: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{sentence}"):
        read_columns(names)


def test_a_path_leads_through_objects_and_lists(job: JobSnapshot) -> None:
    found = {name: value_at(job, f"params.{name}") for name in ("customer.id", "lines.1.sku", "lines", "note")}

    assert found == {"customer.id": 123, "lines.1.sku": "b2", "lines": LINES, "note": "x"}
    for nowhere in ("customer.name", "lines.2.sku", "lines.x", "note.0", "customer.id.deeper"):
        assert value_at(job, f"params.{nowhere}") is None
    assert value_at(job, "result.rows") is None


def test_the_head_of_a_path_names_its_last_two_keys() -> None:
    assert [heading(name) for name in ("took", "params.note", "params.order.customer.id")] == [
        "Took",
        "note",
        "customer.id",
    ]
