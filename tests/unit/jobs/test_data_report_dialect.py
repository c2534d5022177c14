"""How `data_report` finds out what a text file is: no row is lost in silence, and what was assumed is said."""

import bz2
import lzma
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.table.options import Encoding
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext

Written = Callable[[str, str | bytes], Path]
Report = Callable[[str, str | bytes], NotedContext]


@pytest.mark.parametrize(
    ("content", "columns", "rows", "read_as"),
    [
        ("Umsatzbericht 2024\nJahr;Umsatz\n2023;12,5\n2024;13,25\n", ["Jahr", "Umsatz"], 2, {"skip_lines": 1}),
        ("Bericht\n\nStand: heute\na\tb\n1\t2\n3\t4\n", ["a", "b"], 2, {"skip_lines": 3, "delimiter": "\t"}),
        ("Report\na|b\n1|2\n3|4\n", ["a", "b"], 2, {"skip_lines": 1, "delimiter": "|"}),
        ("Report,,\na,b,c\n1,2,3\n4,5,6\n", ["a", "b", "c"], 2, {"skip_lines": 1}),
        ("Report,,\n,,\na,b,c\n1,2,3\n4,5,6\n", ["a", "b", "c"], 2, {"skip_lines": 2}),
        ("a,,\n1,2,3\n4,5,6\n", ["a", "column_2", "column_3"], 2, {"skip_lines": 0}),
        ("# made by hand\na;b\n1;2\n# a remark; in between; here\n3;4\n", ["a", "b"], 2, {"comment": "#"}),
        ("# made\n# by Ann, Bob\na,b\n1,2\n# late\n3,4\n", ["a", "b"], 2, {"comment": "#", "skip_lines": 2}),
        ("##VCF\n#id\tvalue\n1\t2\n", ["#id", "value"], 1, {"skip_lines": 1, "comment": None}),
        ("sep=;\na;b\n1;2\n", ["a", "b"], 1, {"skip_lines": 1, "delimiter": ";"}),
        ("sep=|\r\na|b\r\n1|2\r\n", ["a", "b"], 1, {"delimiter": "|"}),
        ("1,2.5\n3,4\n", ["column_1", "column_2"], 2, {"header": False}),
        ("2024-01-01;7\n2024-01-02;8\n", ["column_1", "column_2"], 2, {"header": False}),
        ("Ann,31\nBob,45\n", ["column_1", "column_2"], 2, {"header": False}),
        ("land,2019,2020,2021\nDE,1,2,3\n", ["land", "2019", "2020", "2021"], 1, {"header": True}),
        ("name,note\nAnn,old\n", ["name", "note"], 1, {"header": True}),
        ("1\n2\n3\n", ["column_1"], 3, {"header": False, "delimiter": None}),
        ("x\n1\n\n2\n", ["x"], 3, {"header": True}),
        ('x\n"a\n\nb"\nc\n', ["x"], 2, {"header": True}),
        ('x\n""\nc\n', ["x"], 2, {"header": True}),
    ],
)
def test_table_when_it_has_more_than_rows_is_found_and_said(
    content: str, columns: list[str], rows: int, read_as: dict[str, Any], report: Report
) -> None:
    found = report("a.csv", content).json

    assert [column["name"] for column in found["columns"]] == columns
    assert found["rows"] == rows
    assert {key: found["read_as"][key] for key in read_as} == read_as
    assert found["read_as"]["chosen"] == []


def test_report_when_something_had_to_be_assumed_says_it_and_names_the_field(report: Report) -> None:
    noted = report("a.csv", "Title\n1;2\n3;4\n")

    assert "1 line above the table passed over" in noted.lines
    assert "The first line was taken for data, not for names" in noted.lines
    assert "1 line above the table passed over." in noted.page
    assert "<dt>Names in the first line</dt><dd>no, the first line is data</dd>" in noted.page


@pytest.mark.parametrize(
    ("values", "type_", "largest"),
    [
        (["12,500", "950", "3.25"], "number", 12500.0),
        (["12,500", "1,250,000"], "integer", 1250000),
        (["12,5", "0,125"], "number", 12.5),
        (["1.250,5", "12,5"], "number", 1250.5),
        (["1.250", "2.500", "0,5"], "number", 2500.0),
        (["12,500", "13,250"], "text", "13,250"),
        (["0,125", "0,250"], "number", 0.25),
    ],
)
def test_numbers_when_commas_may_mean_two_things_are_read_as_the_file_shows(
    values: list[str], type_: str, largest: object, report: Report
) -> None:
    column = report("a.csv", "name;x\n" + "".join(f"n;{value}\n" for value in values)).column("x")

    assert (column["type"], column["max"]) == (type_, largest)
    assert column["note"] != ""


@pytest.mark.parametrize(
    ("content", "values", "words"),
    [
        (
            'path,n\n"C:\\new \\"x\\", a\\\\b",1\nz,2\n',
            ['C:\\new "x", a\\b', "z"],
            '\\" was taken for a quote that is part of a value',
        ),
        ('a, b\n"x, y", 1\n"z", "2, 3"\n', ["x, y", "z"], 'Spaces between a delimiter and a " were passed over'),
        ('path,n\n"C:\\dir\\",1\nz,2\n', ["C:\\dir\\", "z"], None),
        ('a, b\nx "y", 1\nz, 2\n', ['x "y"', "z"], None),
    ],
)
def test_quotes_when_used_in_another_way_are_understood_and_said(
    content: str, values: list[str], words: str | None, report: Report
) -> None:
    noted = report("a.csv", content)

    assert sorted(top["value"] for top in noted.json["columns"][0]["top"]) == sorted(values)
    assert [line for line in noted.lines if "quote" in line or "passed over" in line] == ([words] if words else [])


def test_backslash_before_a_quote_when_the_engine_reads_the_rows_is_understood_too(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.data_report.table.staging.SMALL_BYTES", 0)

    noted = report("a.csv", 'a,b\n"say \\"hi\\", C:\\new",1\nz,2\n')

    assert noted.column("a")["min"] == 'say "hi", C:\\new'
    assert noted.json["read_as"]["escape"] == "\\"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_text_when_it_is_utf_16_without_a_mark_or_utf_32_is_read(encoding: str, report: Report) -> None:
    noted = report("a.csv", "city,n\nKöln,1\nBonn,2\n".encode(encoding))

    assert (noted.column("city")["max"], noted.json["read_as"]["encoding"]) == ("Köln", encoding)


def test_numbers_when_the_decimal_sign_is_chosen_are_read_so(noted: NotedContext, written: Written) -> None:
    path = written("a.csv", "x;y\n12,500;1\n13,250;2\n")

    data_report(noted, path, decimal="comma")
    assert noted.column("x")["max"] == 13.25
    data_report(noted, path, decimal="point")
    assert noted.column("x")["max"] == 13250


@pytest.mark.parametrize(
    ("content", "chosen", "columns", "rows"),
    [
        ("name,note\nAnn,old\n", {"header": "no"}, ["column_1", "column_2"], 2),
        ("1,2\n3,4\n", {"header": "yes"}, ["1", "2"], 1),
        ("a,b\nx\n1,2\n", {"skip_lines": 2, "header": "no"}, ["column_1", "column_2"], 1),
        ("a:b\n1:2\n", {"delimiter": ":"}, ["a", "b"], 1),
        ("a b\n1 2\n", {"delimiter": "space"}, ["a", "b"], 1),
        ("a,b\n'x,y',2\n", {"quote": "single"}, ["a", "b"], 1),
        ('a,b\n"x,2\n', {"quote": "none"}, ["a", "b"], 1),
        ("a,b\n%1,2\n3,4\n", {"comment": "%"}, ["a", "b"], 1),
        ("#1,2\n#3\n5,6\n", {"comment": "none", "skip_lines": 2}, ["column_1", "column_2"], 1),
    ],
)
def test_file_when_it_is_said_how_to_read_it_is_read_so(
    content: str, chosen: dict[str, Any], columns: list[str], rows: int, noted: NotedContext, written: Written
) -> None:
    data_report(noted, written("a.csv", content), **chosen)

    assert [column["name"] for column in noted.json["columns"]] == columns
    assert noted.json["rows"] == rows
    assert noted.json["read_as"]["chosen"] == [name for name in noted.json["read_as"] if name in chosen]


def test_comments_when_passed_over_are_counted(report: Report) -> None:
    noted = report("a.csv", "# one\na,b\n1,2\n# two, three, four\n")

    assert noted.json["comments"] == 1
    assert "1 comment passed over." in noted.page


@pytest.mark.parametrize(
    ("encoding", "read_as"),
    [("utf-16", "utf-16"), ("windows-1252", "windows-1252"), ("utf-8-sig", "utf-8"), ("utf-8", "utf-8")],
)
def test_text_when_in_another_encoding_is_read_all_the_same(encoding: str, read_as: str, report: Report) -> None:
    noted = report("a.csv", "stadt;preis\nKöln;5 €\nMünchen;7 € net\n".encode(encoding))

    assert noted.column("stadt")["max"] == "München"
    assert noted.column("preis")["max"] == "7 € net"
    assert noted.json["read_as"]["encoding"] == read_as


@pytest.mark.parametrize(("encoding", "sign"), [("iso-8859-15", "€"), ("mac-roman", "Œ"), ("shift-jis", "本")])
def test_text_when_its_encoding_is_chosen_is_read_so(
    encoding: Encoding, sign: str, noted: NotedContext, written: Written
) -> None:
    data_report(noted, written("a.csv", f"a,b\n1,{sign}\n".encode(encoding)), encoding=encoding)

    assert noted.column("b")["max"] == sign


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_when_utf_16_is_chosen_is_read_with_a_mark_and_without(
    encoding: str, noted: NotedContext, written: Written
) -> None:
    data_report(noted, written("a.csv", "city,n\nKöln,1\n".encode(encoding)), encoding="utf-16")

    assert noted.column("city")["max"] == "Köln"


def test_text_when_utf_16_is_chosen_and_it_is_none_says_so_in_one_sentence(
    noted: NotedContext, written: Written
) -> None:
    sentence = r"^a\.csv is not UTF-16-LE text \(byte 0x0A\); choose its encoding, or save it as UTF-8\.$"

    with pytest.raises(JobError, match=sentence):
        data_report(noted, written("a.csv", "stadt\nKöln\n".encode("windows-1252")), encoding="utf-16")


@pytest.mark.parametrize(
    ("text", "lines", "words"),
    [("a,b\n1,2\n", 9, "9 lines"), ("a,b\n\n \n", 1, "1 line"), ("a,b\n" * 400_000, 300_000, "300,000 lines")],
    ids=["too short", "nothing but blanks", "beyond the first MB"],
)
def test_table_when_nothing_is_below_the_lines_to_pass_over_says_so(
    text: str, lines: int, words: str, noted: NotedContext, written: Written
) -> None:
    sentence = f"a.csv has nothing below the {words} to pass over (looked for in its first MB); choose fewer."

    with pytest.raises(JobError, match=f"^{re.escape(sentence)}$"):
        data_report(noted, written("a.csv", text), skip_lines=lines)


@pytest.mark.parametrize(("name", "pack"), [("a.csv.bz2", bz2.compress), ("a.csv.xz", lzma.compress)])
def test_file_when_packed_is_read_and_when_cut_off_says_so(
    name: str, pack: Callable[[bytes], bytes], report: Report
) -> None:
    packed = pack(b"a,b\n1,2\n" * 100)

    assert report(name, pack(b"a,b\n1,2\n")).json["rows"] == 1
    with pytest.raises(JobError, match=rf"^{re.escape(name)} is an? \w+ archive that is cut off; fetch it again\.$"):
        report(name, packed[: len(packed) - 12])


def test_missing_values_when_chosen_are_missing_in_every_column(noted: NotedContext, written: Written) -> None:
    data_report(noted, written("a.csv", "x,y\n1,-\n-,b\nNA,c\n"), missing_values=["-", "NA"])

    assert (noted.column("x")["type"], noted.column("x")["missing"]) == ("integer", 2)
    assert noted.column("x")["missing_marks"] == {"-": 1, "NA": 1}
    assert (noted.column("y")["type"], noted.column("y")["missing"]) == ("text", 1)


def test_column_when_few_values_make_it_text_names_them(report: Report) -> None:
    column = report("a.csv", "x\n1\n2\n3\n-\n-\n").column("x")

    assert column["type"] == "text"
    assert column["note"] == "Text because of “-” (2); the rest looks like whole numbers."


def test_json_array_when_read_is_a_row_for_each_object(report: Report) -> None:
    found = report("a.json", '[\n {"b": 1, "a": "x"},\n {"b": 2.5, "c": [1]}\n]\n')

    assert found.json["rows"] == 2
    assert [column["name"] for column in found.json["columns"]] == ["b", "a", "c"]
    assert found.column("b")["max"] == 2.5


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_table_when_each_row_but_the_names_ends_with_a_delimiter_has_no_column_more(
    report: Report, delimiter: str
) -> None:
    noted = report("a.csv", "day,sold\n1,2,\n3,,\n\n5,6,\n".replace(",", delimiter))

    assert [(column["name"], column["missing"]) for column in noted.json["columns"]] == [("day", 0), ("sold", 1)]
    assert noted.json["rows"] == 3
    assert "A delimiter at the end of each row, but not of the names, was passed over" in noted.lines


def test_table_when_something_stands_behind_the_delimiter_at_the_end_is_refused_with_its_line(report: Report) -> None:
    rows = ["1,2,"] * 2_000
    with pytest.raises(JobError, match=r"^a\.csv, line 2002: expected 2 values, found 3; mend the line"):
        report("a.csv", "\n".join(["a,b", *rows, "3,4,5", ""]))
