"""Tables out of CSV, TSV, NDJSON and lists of flat objects."""

from typing import Any

import pytest

from app.pages.previews.data_table import table_html
from app.pages.previews.tabular import (
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    Table,
    table_of_lines,
    table_of_records,
    table_of_text,
)


def read(text: str, *, delimiter: str | None = None, share: float = 1.0) -> Table:
    table = table_of_text(text, delimiter=delimiter, share=share)
    assert table is not None
    return table


def test_the_first_line_names_the_columns() -> None:
    table = read('name,note\nAda,"first, ""and"" best"\nBob,\n')

    assert table.columns == ["name", "note"]
    assert table.rows == [["Ada", 'first, "and" best'], ["Bob", ""]]
    assert table.sentence == "2 rows"


@pytest.mark.parametrize("text", ["a;b\n1,5;2\n", "a\tb\n1,5\t2\n", "a|b\n1,5|2\n"])
def test_the_delimiter_is_guessed_from_the_first_line(text: str) -> None:
    assert read(text).rows == [["1,5", "2"]]


def test_a_long_table_says_how_many_of_its_rows_are_shown() -> None:
    table = read("n\n" + "".join(f"{number}\n" for number in range(12_345)))

    assert len(table.rows) == MOST_ROWS
    assert table.sentence == "200 of 12,345 rows"


def test_the_rows_of_a_file_that_was_read_in_part_are_an_estimate() -> None:
    assert read("n\n" + "1\n" * 1000, share=0.1).sentence == "200 of about 10,000 rows"
    assert read("n\n1\n2\n", share=0.5).sentence == "2 of about 4 rows"


def test_rows_of_different_lengths_have_a_cell_for_each_column() -> None:
    table = read("a,b\n1\n1,2,3\n")

    assert table.columns == ["a", "b", ""]
    assert table.rows == [["1", "", ""], ["1", "2", "3"]]


def test_only_columns_of_nothing_but_numbers_are_numeric() -> None:
    assert read("a,b,c,d\n1,x,,2026-01-01\n-2.5e3,1,,\n").numeric == {0}


def test_too_many_columns_and_too_long_cells_are_cut() -> None:
    table = read(",".join(f"c{number}" for number in range(70)) + "\n" + "x" * 1000 + "\n")

    assert len(table.columns) == len(table.rows[0]) == MOST_COLUMNS
    assert len(table.rows[0][0]) == LONGEST_CELL
    assert table.sentence == "1 row, 60 of 70 columns"


@pytest.mark.parametrize("text", ["", "\n\n", 'a\n"' + "x" * 200_000])
def test_a_text_without_rows_of_values_is_no_table(text: str) -> None:
    assert table_of_text(text) is None


def test_flat_objects_have_a_column_for_each_name() -> None:
    table = table_of_records([{"id": 9007199254740993, "ok": True}, {"id": 2, "note": None, "more": "x"}])

    assert table is not None
    assert table.columns == ["id", "ok", "note", "more"]
    assert table.rows == [["9007199254740993", "true", "", ""], ["2", "", "", "x"]]


@pytest.mark.parametrize("value", [[], {}, "x", None, [1, 2], [{"a": [1]}], [{"a": {}}], [{"a": 1}, "x"]])
def test_what_is_no_list_of_flat_objects_is_no_table(value: Any) -> None:
    assert table_of_records(value) is None


def test_one_object_a_line_is_a_table() -> None:
    table = table_of_lines('{"a": 1}\n\n{"a": 2}\n', share=0.5)

    assert table is not None
    assert table.rows == [["1"], ["2"]]
    assert table.sentence == "2 of about 4 rows"
    assert table_of_lines('{"a": 1}\nnot json\n') is None
    assert table_of_lines("[" * 100_000) is None


def test_names_and_cells_are_escaped() -> None:
    html = table_html(read("<b>,n\n<script>x</script>,1\n"))

    assert '<th scope="col">&lt;b&gt;</th>' in html
    assert "<td>&lt;script&gt;x&lt;/script&gt;</td>" in html
