"""What is shown of an attached file, by its type and out of a part of its bytes."""

import pytest

from app.pages.previews.file_preview import (
    TEXT_BYTES,
    Content,
    FilePart,
    Html,
    Look,
    Nothing,
    PlainText,
    content_of,
    look_of,
)
from app.pages.previews.tabular import Table


def shown(look: Look, name: str, data: bytes, *, size_bytes: int | None = None, is_end: bool = False) -> Content:
    size = len(data) if size_bytes is None else size_bytes
    return content_of(look, name, FilePart(data=data, size_bytes=size, is_end=is_end))


@pytest.mark.parametrize(
    ("name", "media_type", "look"),
    [
        ("a.html", "text/html; charset=utf-8", "page"),
        ("a.html", "text/plain", "text"),
        ("a.html", "application/octet-stream", "none"),
        ("a.svg", "image/svg+xml", "image"),
        ("a.tiff", "image/tiff", "none"),
        ("a.csv", "text/csv", "table"),
        ("a.csv", "text/plain", "table"),
        ("a.ndjson", "application/octet-stream", "table"),
        ("README.md", "text/markdown", "markdown"),
        ("a.json", "application/json", "json"),
        ("build.log", "application/octet-stream", "text"),
        ("a.py", "text/x-python", "text"),
        ("a.pdf", "application/pdf", "none"),
        ("a", "application/octet-stream", "none"),
        ("a", "", "none"),
    ],
)
def test_the_type_says_how_a_file_is_shown_and_the_name_where_the_type_says_nothing(
    name: str, media_type: str, look: Look
) -> None:
    assert look_of(name, media_type) == look


def test_a_table_is_read_from_its_beginning_up_to_the_last_whole_line() -> None:
    table = shown("table", "a.csv", b"name,n\nAda,1\nBob,2\nEv", size_bytes=210)

    assert isinstance(table, Table)
    assert table.rows == [["Ada", "1"], ["Bob", "2"]]
    assert table.sentence == "2 of about 20 rows"


def test_a_spreadsheets_marks_are_no_part_of_the_first_name() -> None:
    for data in ("name,n\nÄda,1\n".encode("utf-8-sig"), "name,n\nÄda,1\n".encode("utf-16")):
        table = shown("table", "a.csv", data)
        assert isinstance(table, Table)
        assert (table.columns, table.rows) == (["name", "n"], [["Äda", "1"]])


def test_json_is_a_table_where_it_is_records_and_a_tree_otherwise() -> None:
    assert isinstance(shown("json", "a.json", b'[{"a": 1}]'), Table)
    tree = shown("json", "a.json", b'{"a": {"b": 1}}')
    assert isinstance(tree, Html)
    assert tree.sort == "tree"


@pytest.mark.parametrize("data", [b"{not json", b"[" * 100_000])
def test_what_is_no_json_is_shown_as_text(data: bytes) -> None:
    assert isinstance(shown("json", "a.json", data), PlainText)


def test_json_that_is_too_long_to_be_read_whole_is_shown_as_text() -> None:
    text = shown("json", "a.json", b'[\n{"a": 1},\n{"a"', size_bytes=10_000_000)

    assert text == PlainText(text='[\n{"a": 1},', note="The first 11 B of 10.0 MB.")


def test_a_long_text_is_cut_at_a_line_and_says_so() -> None:
    data = b"".join(b"line %06d\n" % number for number in range(20_000))

    first = shown("text", "a.txt", data[:TEXT_BYTES], size_bytes=len(data))
    last = shown("text", "a.log", data[-TEXT_BYTES:], size_bytes=len(data), is_end=True)

    assert isinstance(first, PlainText)
    assert isinstance(last, PlainText)
    assert first.text.startswith("line 000000\n")
    assert first.text.rpartition("\n")[2] == "line 008332"
    assert first.note == "The first 100.0 kB of 240.0 kB."
    assert last.text.startswith("line 011667\n")
    assert last.text.endswith("line 019999\n")
    assert last.note.startswith("The last ")


def test_markdown_is_written_as_html() -> None:
    assert shown("markdown", "a.md", b"# Hello") == Html(html="<h3>Hello</h3>", sort="markdown")


def test_an_empty_file_and_one_that_is_no_text_say_so() -> None:
    assert shown("text", "a.txt", b"") == Nothing(sentence="The file is empty.")
    binary = shown("table", "a.csv", b"PK\x03\x04\0\0")
    assert isinstance(binary, Nothing)
    assert binary.sentence == "This is not a text."
