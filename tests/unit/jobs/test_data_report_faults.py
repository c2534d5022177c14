"""What `data_report` says of bad files: one sentence, with the file and the line where there is one."""

import base64
import gzip
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.table import staging
from app.queue import JobError
from tests.missing import missing
from tests.unit.jobs.conftest import NotedContext

READABLE = "CSV, TSV, NDJSON, JSON arrays, Parquet, Arrow, Excel, OpenDocument and SQLite files can be read."
TRAILED = ", the last one empty (a delimiter ends this line, but not all others)"
HOW = "; mend the line, or choose how the file is written."
OPEN_QUOTE = (
    "a.csv, line 2: a quote is opened here and never closed; close it, or choose no quotes where they are part of the"
    " text."
)
TEXT_BESIDE_QUOTE = (
    "a.csv, line {}: there is text after a closing quote; where quotes are part of the text, choose no quotes."
)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "", "a.csv is empty; give a file with rows."),
        ("a.csv", "\n\r\n", "a.csv is empty but for blank lines; give a file with rows."),
        ("a.csv", "a,b,c,d\n1,2,3,4\n1,2,3,4,5,6\n", f"a.csv, line 3: expected 4 values, found 6{HOW}"),
        ("a.csv", "a,b,c\n1,2,3\n4,5\n", f"a.csv, line 3: expected 3 values, found 2{HOW}"),
        ("a.csv", "a,b\n1,2\n3,4,\n", f"a.csv, line 3: expected 2 values, found 3{TRAILED}{HOW}"),
        ("a.csv", "a,b\n1,2,\n3,4\n", f"a.csv, line 2: expected 2 values, found 3{TRAILED}{HOW}"),
        ("a.csv", "a,b,c\n1,,\n,,,\n", f"a.csv, line 3: expected 3 values, found 4{TRAILED}{HOW}"),
        ("a.csv", 'a,b\n"1,x",2\n3,"4,y",\n', f"a.csv, line 3: expected 2 values, found 3{TRAILED}{HOW}"),
        ("a.csv", 'a,b\n1,"x\ny"\n2,3,4\n', f"a.csv, line 4: expected 2 values, found 3{HOW}"),
        ("a.csv", "a,b\r\n1,2\r\n3\r\n", f"a.csv, line 3: expected 2 values, found 1{HOW}"),
        ("a.csv", "a,b\n1,2\n  \n", f"a.csv, line 3: expected 2 values, found 1{HOW}"),
        (
            "a.csv",
            'a,b\n1,"x\ny\n2,3\n',
            OPEN_QUOTE,
        ),
        ("a.csv", 'a,b\n1,"x"y\n', TEXT_BESIDE_QUOTE.format(2)),
        (
            "a.csv",
            b"a,b\n1,\xc3\xa9\n2,caf\xe9\n",  # some of it is UTF-8, so the rest is damaged
            "a.csv, line 3: not UTF-8 text (byte 0xE9); choose its encoding, or save it as UTF-8.",
        ),
        (
            "a.csv",
            b"a,b\n1,\xc3",
            "a.csv, line 2: not UTF-8 text (the last character is cut off); fetch the file again.",
        ),
        ("a.csv", "a,b\n1,2\n".encode("utf-16")[:-1], None),
        ("a.csv", b"a\0b\0\n\0", f"a.csv, line 1: binary, not text (a zero byte); {READABLE}"),
        ("a.csv", b"a,b\n1,\x00\n", f"a.csv, line 2: binary, not text (a zero byte); {READABLE}"),
        ("a.zip", b"PK\x03\x04\x14\x00", None),
        ("a.feather", b"ARROW1\0\0", None),
        ("a.feather", b"FEA1\0\0", f"a.feather is a Feather file of version 1; {READABLE}"),
        ("a.orc", b"ORC\0", f"a.orc is an ORC file; {READABLE}"),
        ("a.stream", b"\xff\xff\xff\xff\x10\0\0\0", None),
        ("a.parquet", b"PARE\0\0", f"a.parquet is an encrypted Parquet file; {READABLE}"),
        ("a.avro", b"Obj\x01\0", f"a.avro is an Avro file; {READABLE}"),
        ("a.dta", b"<stata_dta>\0", f"a.dta is a Stata file; {READABLE}"),
        ("a.html", b"<table><td title='a,b'>", f"a.html is an HTML page; {READABLE}"),
        ("a.htm", "<table>".encode("utf-16"), f"a.htm is an HTML page; {READABLE}"),
        ("a.db", bytes(8) + b"DUCK\0", f"a.db is a DuckDB database; {READABLE}"),
        ("a.tar", b"a.csv".ljust(257, b"\0") + b"ustar\0", f"a.tar is a tar archive; {READABLE}"),
        ("a.sas7bdat", bytes(12) + b"\xc2\xea\x81\x60", f"a.sas7bdat is a SAS file; {READABLE}"),
        ("a.dta", b"r\x02\x01\0", f"a.dta is a Stata file; {READABLE}"),
        ("a.csv", "\n<!DOCTYPE html><html>", f"a.csv is an HTML page; {READABLE}"),
        ("a.xml", "<?xml version='1.0'?>\n<a/>", f"a.xml is XML; {READABLE}"),
        (
            "a.log",
            "started\nall is well\nended\n",
            "a.log is no table: no comma, semicolon, tab or bar parts its lines in the same way; choose what does.",
        ),
        ("a.xls", b"\xd0\xcf\x11\xe0\0\0", None),
        ("a.db", b"SQLite format 3\0 and no more", None),
        ("a.csv", '"na"me\nAnn\nBob\n', TEXT_BESIDE_QUOTE.format(1)),
        ("a.csv", '"Ann "the"\n"Bob "a" b"\n"Cy "the"\n', TEXT_BESIDE_QUOTE.format(1)),
        ("a.csv", 'a,b\n1,2\n"Ann "the",2\n"Cy "the",2\n', TEXT_BESIDE_QUOTE.format(3)),
        (
            "a.ndjson",
            '{"a": 1}\n{"b": 1, "b": 2}\n',
            'a.ndjson, line 2: not valid JSON (the key "b" is there twice in one object); mend the line.',
        ),
        (
            "a.ndjson",
            '{"a": 1}\n{"a": "\\ud800"}\n{"a": 1}\n',
            "a.ndjson, line 2: not valid JSON (a \\u escape is half of a surrogate pair); mend the line.",
        ),
        ("a.csv", "Report, 2024\na,b,c\n1,2,3\n", f"a.csv, line 2: expected 2 values, found 3{HOW}"),
        (
            "a.csv.gz",
            gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9],
            "a.csv.gz is a gzip archive that is cut off; fetch it again.",
        ),
        (
            "a.parquet",
            "a,b\n1,2\n",
            "a.parquet is not a Parquet file; fetch it again, or give it the name of what it is.",
        ),
        ("a.parquet", b"PAR1 and no more", None),
        ("a.ndjson", '{"a": 1}\n{"a": 2\n{"a": 3}\n', None),
        ("a.ndjson", '{"a": 1}\n5\n', "a.ndjson, line 2: not a JSON object; write one object in each line."),
        ("a.ndjson", b'{"a": 1}\n{"a": "\xe9"}\n', "a.ndjson, line 2: not UTF-8 text (byte 0xE9); save it as UTF-8."),
        ("a.json", '[{"a": 1}, 2]', "a.json is a JSON array whose value 2 is no object; write objects."),
        ("a.json", '[{"a": 1},\n{"a": 2}', None),
        (
            "a.json",
            '{\n "a": 1,\n "b": [2]\n}\n',
            "a.json is one JSON object; write an object in each line, or an array of objects.",
        ),
        ("a.json", '[{"a": 1},\n{"b": 1, "b": 2}]', None),
    ],
)
def test_bad_file_when_read_ends_with_one_sentence_that_names_it(
    name: str, content: str | bytes, sentence: str | None, noted: NotedContext, written: Callable[..., Path]
) -> None:
    with pytest.raises(JobError) as caught:
        data_report(noted, written(name, content))

    # The words for broken JSON and Parquet are the parser's own and may change with it.
    text = str(caught.value)
    assert text == sentence or (sentence is None and text.startswith(name) and text.count("\n") == 0)
    assert noted.files == {}


def test_broken_json_when_read_is_found_in_its_line(noted: NotedContext, written: Callable[..., Path]) -> None:
    with pytest.raises(JobError, match=r"^a\.ndjson, line 3: not valid JSON \(.*character 8\); mend the line\.$"):
        data_report(noted, written("a.ndjson", '{"a": 1}\n\n{"a": 2\n{"a": 3}\n'))


@pytest.mark.thorough
def test_fault_when_it_lies_far_into_the_file_is_found_in_its_line(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    lines = ["a,b", *["1,2"] * 280_000, "1,2,3", *["1,2"] * 10]

    with pytest.raises(JobError, match=r"^a\.csv, line 280002: expected 2 values, found 3; mend"):
        data_report(noted, written("a.csv", "\n".join(lines)))


@pytest.mark.thorough
def test_wrong_byte_when_it_lies_far_into_the_file_is_found_in_its_line(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    lines = [b"a,b", *["é,2".encode()] * 220_000, b"\xe9,2", b"1,2"]

    sentence = r"^a\.csv, line 220002: not UTF-8 text \(byte 0xE9\); choose its encoding, or save it as UTF-8\.$"
    with pytest.raises(JobError, match=sentence):
        data_report(noted, written("a.csv", b"\n".join(lines)))


def test_path_when_there_is_no_file_says_where_it_looked(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "gone.csv"

    with pytest.raises(JobError) as caught:
        data_report(noted, path)

    assert str(caught.value) == f"gone.csv does not exist (looked for {path})."


def test_path_when_it_is_a_folder_says_so(noted: NotedContext, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="is a folder, not a file"):
        data_report(noted, tmp_path)


def test_path_when_it_is_a_device_says_so(noted: NotedContext) -> None:
    with pytest.raises(JobError, match="null is not an ordinary file"):
        data_report(noted, Path("/dev/null"))


def test_job_when_neither_path_nor_upload_is_given_says_so(noted: NotedContext) -> None:
    with pytest.raises(JobError, match=r"^No file: give a path or upload one\.$"):
        data_report(noted, None)


# One column of one number, encrypted below a footer that is not (pyarrow 26).
ENCRYPTED_COLUMN = base64.b64decode(
    "UEFSMS8AAADGL/xSjf2HmUKqUJVU6tGp5WzWTiJ7C45W9NFOgsLXvoQI++FXLJpLOadAHb4E/iYAAADZqB0cHB/FrxYSDkQZ+ypV"
    "R2EoVTBRhXYJgIg1j+nCJTAFypRAvBUEGSw1ABgGc2NoZW1hFQIAFQIlAhgBYgAWAhkcGRwmABwVAhklBgAZGAFiFQAWAhZ6FroB"
    "Jgh8KQYZJgACAABcLBkYAWIYlwF7ImtleU1hdGVyaWFsVHlwZSI6IlBLTVQxIiwiaW50ZXJuYWxTdG9yYWdlIjp0cnVlLCJpc0Zv"
    "b3RlcktleSI6ZmFsc2UsIm1hc3RlcktleUlEIjoiYyIsIndyYXBwZWRERUsiOiJUbFlqcGFzTU92WEd3eUIzVW1mZXRRPT0iLCJk"
    "b3VibGVXcmFwcGluZyI6ZmFsc2V9AAAYR0MAAADC22uduNe/NmCZ+14hX3ZpidXaoJcEWfbrH/GqjUD8CFltb6ZQ08AzfWVcdnyW"
    "Nty1WQyM4lJNjFCLcsbUXi6JL82ZABZ6FgImCBa6ARQAACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAABwc"
    "KAgvwEhk/zRtHxIAABjLAXsia2V5TWF0ZXJpYWxUeXBlIjoiUEtNVDEiLCJpbnRlcm5hbFN0b3JhZ2UiOnRydWUsImlzRm9vdGVy"
    "S2V5Ijp0cnVlLCJrbXNJbnN0YW5jZUlEIjoiREVGQVVMVCIsImttc0luc3RhbmNlVVJMIjoiREVGQVVMVCIsIm1hc3RlcktleUlE"
    "IjoiZiIsIndyYXBwZWRERUsiOiJxcmZScFRqMENXa0ZnUUl1bmtxcWhRPT0iLCJkb3VibGVXcmFwcGluZyI6ZmFsc2V9AMMfU0on"
    "0dRJRnqMgRHhHDZKUXJl3t+df2Ta9jJZAgAAUEFSMQ=="
)


def test_parquet_when_a_column_is_encrypted_is_told_to_be_saved_without(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    sentence = r"^a\.parquet holds encrypted columns, which cannot be read here; save it without encryption\.$"

    with pytest.raises(JobError, match=sentence):
        data_report(noted, written("a.parquet", ENCRYPTED_COLUMN))


def test_parquet_when_no_engine_knows_its_packing_is_not_told_to_be_fetched_again(
    noted: NotedContext, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS b) TO '{path}' (FORMAT parquet)")
    path.write_bytes(path.read_bytes().replace(b"\x19\x18\x01b\x15\x02", b"\x19\x18\x01b\x15\x06"))  # Snappy to LZO

    with pytest.raises(JobError, match=r'^a\.parquet cannot be read \(.+ "LZO"\..+\); save it in another way\.$'):
        data_report(noted, path)


@pytest.mark.parametrize("name", ["marked.csv", "titled.csv", "marked.ndjson", "spaced.json", "a.sqlite"])
def test_file_when_the_disk_has_no_room_for_its_copy_is_not_told_to_be_fetched_again(
    noted: NotedContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if not Path("/dev/full").exists():
        missing("the system has no disk that is always full")
    folder = tmp_path / "scratch"
    monkeypatch.setattr(staging, "SMALL_BYTES", 0)
    monkeypatch.setattr(staging, "scratch_folder", lambda: full(folder))
    rows = 20_000
    text = {
        "marked.csv": "\ufeffa,b\n" + "1,2\n" * rows,
        "titled.csv": "Sales of a year\n\na,b\n" + "1,2\n" * rows,
        "marked.ndjson": "\ufeff" + '{"a": 1}\n' * rows,
        "spaced.json": "\ufeff[" + ",\n".join(['{"a": 1}'] * rows) + "]",
    }
    if name in text:
        (tmp_path / name).write_text(text[name], encoding="utf-8")
    else:
        with closing(sqlite3.connect(tmp_path / name)) as connection, connection:
            connection.execute("CREATE TABLE t (a)")
            connection.executemany("INSERT INTO t VALUES (?)", ((number,) for number in range(rows)))

    with pytest.raises(JobError) as caught:
        data_report(noted, tmp_path / name)

    assert str(caught.value) == (
        f"{name} cannot be read: the disk of the temporary folder ({tmp_path}) is full; make room there."
    )


@contextmanager
def full(folder: Path) -> Iterator[Path]:
    """Give a folder in which every copy goes to a disk that has no room."""
    folder.mkdir()
    for name in ("plain", "plain0", "rows", "sheet"):
        (folder / name).symlink_to("/dev/full")
    yield folder
