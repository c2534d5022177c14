"""What `data_report` takes out of workbooks, archives, SQLite files and Arrow files, and how it says so."""

import io
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing
from html import escape
from pathlib import Path

import duckdb
import psutil
import pytest
from arro3.core import Array, DataType, Table
from arro3.io import write_ipc, write_ipc_stream, write_parquet

from app.jobs.data_report import data_report
from app.jobs.data_report.table.containers import arrow as arrow_program
from app.jobs.data_report.table.containers import unwrapping
from app.jobs.data_report.table.text import lines
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext, Stopped

pytestmark = pytest.mark.thorough

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Cell = int | float | str | bool | None
Sheets = dict[str, Sequence[Sequence[Cell]]]
SALES: Sheets = {
    "Notes": [],
    "Sales 2026": [("city", "sold", "is open"), ("Bonn", 2, True), ("Ulm", 2.5, False), (None, "7", True)],
    "Staff": [("name",), ("Ann",)],
}
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def test_workbook_when_read_takes_the_first_sheet_with_anything_in_it_and_says_so(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    sentence = data_report(noted, written("a.xlsx", xlsx(SALES)))

    assert sentence == "3 rows, 3 columns, 1 missing value"
    assert noted.json["format"] == "Excel"
    assert [(column["name"], column["type"]) for column in noted.json["columns"]] == [
        ("city", "text"),
        ("sold", "number"),
        ("is open", "boolean"),
    ]
    assert (noted.column("sold")["max"], noted.column("sold")["mean"]) == (7.0, 11.5 / 3)
    assert noted.json["read_as"]["table"] == "Sales 2026"
    assert noted.json["read_as"]["tables"] == ["Notes", "Sales 2026", "Staff"]
    said = "Only the sheet “Sales 2026” was read; there are also “Notes”, “Staff”"
    assert said in noted.lines
    assert escape(said) in noted.page
    assert "1 cell with a number that is kept as text in the workbook read as a number" in noted.lines


def test_workbook_when_a_sheet_is_chosen_takes_that(noted: NotedContext, written: Callable[..., Path]) -> None:
    data_report(noted, written("a.xlsx", xlsx(SALES)), table="Staff")

    assert [column["name"] for column in noted.json["columns"]] == ["name"]
    assert noted.json["read_as"]["chosen"] == ["table"]
    assert not any("Only the sheet" in line for line in noted.lines)


def test_workbook_of_opendocument_when_read_has_its_types(noted: NotedContext, written: Callable[..., Path]) -> None:
    data_report(noted, written("a.ods", ods()))

    assert noted.json["format"] == "OpenDocument"
    assert [(column["name"], column["type"], column["max"]) for column in noted.json["columns"]] == [
        ("day", "date", "2026-02-01"),
        ("sold", "number", 2.5),
    ]


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [
        ("a.xlsx", lambda: xlsx(SALES), "a.xlsx has no sheet “X”; choose one of “Notes”, “Sales 2026”, “Staff”."),
        ("a.zip", lambda: zipped({"b.csv": b"x\n1\n"}), "a.zip has no file “X”; choose one of “b.csv”."),
        ("a.db", lambda: sqlite("CREATE TABLE t (x)"), "a.db has no table “X”; choose one of “t”."),
    ],
)
def test_table_when_there_is_none_of_that_name_says_what_there_is(
    name: str, make: Callable[[], bytes], sentence: str, noted: NotedContext, written: Callable[..., Path]
) -> None:
    with pytest.raises(JobError) as caught:
        data_report(noted, written(name, make()), table="X")

    assert str(caught.value) == sentence


def test_zip_when_read_takes_the_first_file_that_a_person_put_there(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    members = {"__MACOSX/._a.csv": b"\0", "README.md": b"# what it is", "in/a.csv": b"x;y\n1;2,5\n", "b.csv": b"z\n1\n"}

    data_report(noted, written("a.zip", zipped(members)))

    assert noted.json["file"] == "a.zip/in/a.csv"
    assert noted.json["read_as"]["tables"] == ["README.md", "in/a.csv", "b.csv"]
    assert noted.column("y")["max"] == 2.5


def test_zip_when_a_sheet_of_a_workbook_in_it_is_chosen_takes_that(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    members = {"readme.txt": b"x", "in/book.xlsx": xlsx(SALES)}

    data_report(noted, written("a.zip", zipped(members)), table="in/book.xlsx/Staff")

    assert noted.json["read_as"]["table"] == "in/book.xlsx/Staff"
    assert [column["name"] for column in noted.json["columns"]] == ["name"]


def test_zip_when_it_unpacks_to_more_than_there_is_room_for_is_refused(
    noted: NotedContext, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwrapping, "room", lambda folder: 4_000_000)
    bomb = zipped({"a.csv": b"x\n" + b"1\n" * 5_000_000})
    assert len(bomb) < 20_000

    with pytest.raises(JobError, match=r"^a\.zip holds a\.csv, which takes more than the 4\.0 MB that its"):
        data_report(noted, written("a.zip", bomb))


def test_packed_table_when_it_unpacks_to_more_than_there_is_room_for_is_refused(
    noted: NotedContext, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "room", lambda folder: 4_000_000)
    bomb = zstd.compress(b"x\n" + b"1\n" * 5_000_000)
    assert len(bomb) < 20_000

    with pytest.raises(JobError, match=r"^a\.csv\.zst cannot be read: unpacked it would fill the disk"):
        data_report(noted, written("a.csv.zst", bomb))


def test_workbook_when_it_needs_more_memory_than_it_may_have_is_refused(
    noted: NotedContext, written: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.data_report.table.containers.child.MEMORY_BYTES", 60_000_000)
    bomb = xlsx({"A": [("x" * 30_000,)] * 4_000})
    assert len(bomb) < 1_000_000

    with pytest.raises(JobError, match=r"^a\.xlsx does not fit into the 60 MB of memory that reading it may take"):
        data_report(noted, written("a.xlsx", bomb))


@pytest.mark.parametrize("percent", [0, 2])
def test_container_when_the_job_is_asked_to_stop_stops(percent: float, written: Callable[..., Path]) -> None:
    with pytest.raises(Stopped):
        data_report(NotedContext(stop_at=percent), written("a.xlsx", xlsx(SALES)))


def test_sqlite_when_read_keeps_names_and_tells_nothing_from_empty_text(
    noted: NotedContext, written: Callable[..., Path]
) -> None:
    file = sqlite(
        """CREATE TABLE sale (id INTEGER PRIMARY KEY, "the city" TEXT, day TEXT, paid REAL, photo BLOB);
        INSERT INTO sale VALUES (1, '', '2026-01-31', 2.5, x'00ff'), (2, NULL, '2026-02-01', 3, NULL);
        CREATE TABLE empty (x, y); CREATE VIEW all_of_it AS SELECT * FROM sale"""
    )

    data_report(noted, written("a.db", file))

    found = {column["name"]: (column["type"], column["missing"], column["max"]) for column in noted.json["columns"]}
    assert found == {
        "id": ("integer", 0, 2),
        "the city": ("text", 1, ""),
        "day": ("date", 0, "2026-02-01"),
        "paid": ("number", 0, 3),
        "photo": ("text", 1, "0x00ff"),
    }
    assert noted.json["read_as"] == {"table": "sale", "tables": ["sale", "empty", "all_of_it"], "chosen": []}


def test_sqlite_table_when_it_has_no_rows_has_its_columns(noted: NotedContext, written: Callable[..., Path]) -> None:
    sentence = data_report(noted, written("a.db", sqlite("CREATE TABLE t (x, y)")))

    assert sentence == "0 rows, 2 columns, 0 missing values"


@pytest.mark.parametrize("write", [write_ipc, write_ipc_stream])
def test_arrow_file_when_read_keeps_its_types(
    write: Callable[[Table, str], None], noted: NotedContext, tmp_path: Path
) -> None:
    path = tmp_path / "a.arrow"
    write(arrow("SELECT range AS A, range / 4 AS a, DATE '2026-01-01' + range::INT AS day FROM range(3000)"), str(path))

    data_report(noted, path)

    assert noted.json["format"] == "Arrow"
    assert [(column["name"], column["type"], column["max"]) for column in noted.json["columns"]] == [
        ("A", "integer", 2999),
        ("a", "number", 749.75),
        ("day", "date", "2034-03-19"),
    ]


def test_arrow_file_when_it_holds_half_floats_reads_them_as_numbers(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    halves = Array([0.5, None, 2.25], DataType.float32()).cast(DataType.float16())
    write_ipc(Table.from_arrays([halves], names=["x"]), str(path))

    data_report(noted, path)

    assert (noted.column("x")["type"], noted.column("x")["missing"], noted.column("x")["mean"]) == ("number", 1, 1.375)


@pytest.mark.parametrize("write", [write_ipc, write_ipc_stream])
def test_arrow_when_it_has_decimals_of_256_bits_reads_those_that_need_less(
    noted: NotedContext, tmp_path: Path, write: Callable[[Table, str], None]
) -> None:
    path = tmp_path / "a.arrow"
    for digits in (50, 38):
        paid = Array(["12.75", None], DataType.string()).cast(DataType.decimal256(digits, 2))
        write(Table.from_arrays([paid], names=["paid"]), str(path))
        if digits == 50:
            with pytest.raises(JobError) as caught:
                data_report(noted, path)

    data_report(noted, path)

    words = "a.arrow holds decimals of 50 digits (column paid), which cannot be read here unrounded;"
    assert str(caught.value) == f"{words} write them with 38 digits, or as text."
    assert (noted.column("paid")["max"], noted.column("paid")["missing"]) == (12.75, 1)


def test_container_when_its_reader_ends_as_its_memory_is_looked_up_is_read(
    noted: NotedContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(process: psutil.Process) -> None:
        raise psutil.NoSuchProcess(process.pid)

    monkeypatch.setattr(psutil.Process, "memory_info", gone)
    path = tmp_path / "a.stream"
    write_ipc_stream(arrow("SELECT 7::INT AS x"), str(path))

    data_report(noted, path)

    assert noted.column("x")["max"] == 7


def test_arrow_stream_when_of_an_old_version_is_read(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.stream"
    write_ipc_stream(arrow("SELECT 7::INT AS x"), str(path))
    whole = path.read_bytes()
    rows = 8 + int.from_bytes(whole[4:8], "little")  # where the second message begins; the third is the end
    # Without the four bytes that 0.15 put before the length of each message.
    path.write_bytes(whole[4:rows] + whole[rows + 4 : -8] + whole[-4:])

    data_report(noted, path)

    assert noted.column("x")["max"] == 7


def test_arrow_stream_when_of_a_big_endian_machine_is_refused(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.stream"
    write_ipc_stream(arrow("SELECT 1::INT AS x"), str(path))
    # In the list of the schema's fields the first, its endianness, is left out (0). Let it stand where a 1 is.
    path.write_bytes(path.read_bytes().replace(b"\x08\0\x08\0\0\0\x04\0", b"\x08\0\x08\0\x08\0\x04\0", 1))

    with pytest.raises(JobError, match="big-endian machine, which cannot be read here"):
        data_report(noted, path)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ('Not implemented Error: Unsupported Internal Arrow Type: "d" Union', "save that column as another type."),
        ("Conversion Error: Could not convert Interval to Microsecond", "save that column as another type."),
        ("Io error: failed to fill whole buffer", "fetch it again, or save it anew."),
    ],
)
def test_arrow_when_it_holds_what_the_engine_does_not_know_is_not_told_to_be_fetched_again(
    error: str, words: str
) -> None:
    assert arrow_program._why(RuntimeError(error)).endswith(words)


def test_parquet_when_the_first_engine_cannot_read_it_is_read_by_the_second_and_says_so(
    noted: NotedContext, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    numbers = arrow("SELECT range::DECIMAL(38, 2) AS x FROM range(100)")
    write_parquet(numbers, str(path), encoding="byte_stream_split", dictionary_enabled=False)
    with pytest.raises(duckdb.Error):
        duckdb.execute(f"SELECT sum(x) FROM '{path}'").fetchall()

    data_report(noted, path)

    assert noted.json["format"] == "Parquet"
    assert noted.column("x")["mean"] == 49.5
    assert any(line.startswith("Read with arro3, because DuckDB could not read it (") for line in noted.lines)


@pytest.mark.parametrize("name", ["a.csv.zst", "a.xlsx.zst", "a.parquet.zst"])
def test_file_when_packed_with_zstd_is_read(name: str, noted: NotedContext, written: Callable[..., Path]) -> None:
    content = {"a.csv.zst": b"city\nBonn\n", "a.xlsx.zst": xlsx({"A": [("city",), ("Bonn",)]})}
    path = written("b.parquet", "")
    duckdb.execute(f"COPY (SELECT 'Bonn' AS city) TO '{path}' (FORMAT parquet)")
    packed = zstd.compress(content.get(name) or path.read_bytes())

    data_report(noted, written(name, packed))

    assert noted.column("city")["top"] == [{"value": "Bonn", "count": 1}]
    with pytest.raises(JobError, match="zstd archive that is cut off"):
        data_report(noted, written(name, packed[:-4]))


def xlsx(sheets: Sheets) -> bytes:
    """Return a workbook of Excel with these sheets, and no more in it than a reader needs."""
    names = [escape(name) for name in sheets]
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_package("relationships")}"><Relationship Id="r" '
        f'Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>'
        + "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(names, 1))
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_package("relationships")}">'
        + "".join(
            f'<Relationship Id="r{n}" Type="{_RELATED}/worksheet" Target="worksheets/s{n}.xml"/>'
            for n in range(1, len(names) + 1)
        )
        + "</Relationships>",
    }
    for number, rows in enumerate(sheets.values(), start=1):
        lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        files[f"xl/worksheets/s{number}.xml"] = f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    return zipped({name: text.encode() for name, text in files.items()})


def _package(what: str) -> str:
    return f"http://schemas.openxmlformats.org/package/2006/{what}"


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{value:d}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def ods() -> bytes:
    """Return a workbook of OpenDocument with a date and a number."""
    cell = "<table:table-cell office:value-type={}</table:table-cell>"
    rows = [
        [cell.format('"string"><text:p>day</text:p>'), cell.format('"string"><text:p>sold</text:p>')],
        [cell.format('"date" office:date-value="2026-02-01">'), cell.format('"float" office:value="2.5">')],
    ]
    lines = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{_OFFICE}:office:1.0" xmlns:table="{_OFFICE}:table:1.0"'
        f' xmlns:text="{_OFFICE}:text:1.0"><office:body><office:spreadsheet><table:table table:name="A">{lines}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<manifest:manifest xmlns:manifest="{_OFFICE}:manifest:1.0"/>'
    return zipped(
        {"mimetype": mimetype.encode(), "content.xml": content.encode(), "META-INF/manifest.xml": manifest.encode()}
    )


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return packed.getvalue()


def sqlite(script: str) -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(script)
        return connection.serialize()


def arrow(query: str) -> Table:
    relation = duckdb.sql(query)
    assert relation is not None
    return Table.from_arrow(relation)
