"""JSON as every database takes it."""

import pytest

from app.db.sql.json_text import write_json, write_sqlite_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, "ü"]}, '{"a":[1,"ü"]}'),
        ({"a": float("nan"), "b": [float("-inf"), 1.5]}, '{"a":null,"b":[null,1.5]}'),
        ((1, float("inf")), "[1,null]"),
        ("half \ud800", '"half ?"'),
        (None, "null"),
    ],
)
def test_what_databases_refuse_is_replaced(value: object, text: str) -> None:
    assert write_json(value) == text


@pytest.mark.parametrize("value", [2**70, -1, 0.1, True])
def test_a_bare_number_is_no_text_for_sqlite_which_would_cut_it(value: object) -> None:
    assert write_sqlite_json(value) == write_json(value).encode()
    assert write_sqlite_json({"number": value}) == write_json({"number": value})
