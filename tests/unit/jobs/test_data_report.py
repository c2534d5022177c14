"""What `data_report` finds in good files: every figure against one worked out by hand or by the standard library."""

import csv
import fcntl
import gzip
import math
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.table.sample import SAMPLE
from app.queue import UploadedFile
from tests.unit.jobs.conftest import NotedContext, Stopped

Report = Callable[[str, str | bytes], NotedContext]


def test_sample_when_its_rows_are_kept_in_a_file_has_the_same_report(
    noted: NotedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_file = NotedContext()

    data_report(noted)
    monkeypatch.setattr("app.jobs.data_report.table.staging.SMALL_BYTES", 0)
    data_report(in_a_file)

    assert in_a_file.json["columns"] == noted.json["columns"]


def test_sample_when_started_with_defaults_is_profiled_as_the_standard_library_counts_it(
    noted: NotedContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    sentence = data_report(noted)

    assert sentence == "344 rows, 8 columns, 19 missing values"
    sample = Path(str(sys.modules["app.jobs.data_report"].__file__)).parent / SAMPLE
    with sample.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for name in rows[0]:
        present = [row[name] for row in rows if row[name]]
        column = noted.column(name)
        assert column["missing"] == len(rows) - len(present)
        assert column["distinct"] == len(set(present))
        if column["type"] in {"integer", "number"}:
            numbers = [float(value) for value in present]
            assert (column["min"], column["max"]) == (min(numbers), max(numbers))
            assert column["mean"] == pytest.approx(math.fsum(numbers) / len(numbers), rel=1e-15)
            assert column["std"] == pytest.approx(statistics.stdev(numbers), rel=1e-12)
            quarters = statistics.quantiles(numbers, n=4, method="inclusive")
            assert [column["quantiles"][key] for key in ("0.25", "0.5", "0.75")] == pytest.approx(quarters)
            assert sum(bar["count"] for bar in column["histogram"]) == len(numbers)


def test_report_when_made_moves_the_bar_forward_and_names_each_step(report: Report) -> None:
    noted = report("a.csv", "x,y\n1,2\n")

    assert noted.bar == sorted(noted.bar)
    assert noted.bar[0] == 0
    assert noted.bar[-1] == 100
    steps = [
        "Checking lines",
        "Reading rows",
        "Comparing columns",
        "Profiling column 1 of 2: x",
        "Profiling column 2 of 2: y",
    ]
    seen = list(dict.fromkeys(message.split(": ")[0] if "lines" in message else message for message in noted.messages))
    assert seen == [*steps, "Writing the report"]


@pytest.mark.parametrize("percent", [0, 5, 20, 50, 90])
def test_report_when_asked_to_stop_stops_and_leaves_no_folder(
    percent: float, written: Callable[[str, str | bytes], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = written("a.csv", "x,y\n" + "1,2\n" * 1000)

    with pytest.raises(Stopped):
        data_report(NotedContext(stop_at=percent), path)

    assert list(scratch.iterdir()) == []


def test_report_when_a_killed_worker_left_its_folder_removes_it(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    for name in ("jobdeck-report-abandoned", "jobdeck-report-running"):
        (scratch / name).mkdir(parents=True)
        (scratch / name / "lock").touch()

    with (scratch / "jobdeck-report-running" / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        report("a.csv", "x\n1\n")

    assert [folder.name for folder in scratch.iterdir()] == ["jobdeck-report-running"]


def test_upload_when_given_wins_over_the_path(noted: NotedContext, written: Callable[[str, str | bytes], Path]) -> None:
    stored = written("7f3a", "x;y\n1;2\n3;\n")

    class Sent(UploadedFile):
        name = "readings.csv"
        path = stored

    assert data_report(noted, SAMPLE, Sent("7f3a")) == "2 rows, 2 columns, 1 missing value"
    assert noted.json["file"] == "readings.csv"


@pytest.mark.thorough
def test_engine_when_a_small_table_is_read_is_not_loaded() -> None:
    script = """import sys
from tests.unit.jobs.conftest import NotedContext
from app.jobs.data_report import data_report
assert data_report(NotedContext()).startswith("344 rows")
sys.exit("duckdb" in sys.modules)"""

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 2 30", {"type": "integer", "min": 1, "max": 30, "mean": 11.0, "distinct": 3}),
        ("1 2.50 1.0", {"type": "number", "min": 1.0, "max": 2.5, "mean": 1.5, "distinct": 2}),
        ("9007199254740993 1", {"type": "integer", "max": 9007199254740993, "mean": 4503599627370497.0}),
        ("123456789012345678901234567890 -2", {"type": "integer", "max": 123456789012345678901234567890, "min": -2}),
        ("1 NaN inf -inf 3", {"type": "number", "missing": 1, "infinite": 2, "min": 1.0, "max": 3.0, "mean": 2.0}),
        ("NA 4 NA 6", {"type": "integer", "missing": 2, "missing_marks": {"NA": 2}, "mean": 5.0}),
        ("NA ab", {"type": "text", "missing": 0, "distinct": 2}),
        ("007 012", {"type": "text", "min": "007", "max": "012", "mean": None}),
        ("1_000 5", {"type": "text"}),
        ("1e3 -.5", {"type": "number", "min": -0.5, "max": 1000.0}),
        ("true False", {"type": "boolean", "min": False, "max": True, "distinct": 2}),
        ("2024-02-29 2024-03-02", {"type": "date", "min": "2024-02-29", "max": "2024-03-02", "mean": "2024-03-01"}),
        ("2024-02-30 2024-03-01", {"type": "text"}),
        (
            "2024-01-01T10:00:00 2024-01-01T11:00:00.5",
            {"type": "timestamp", "min": "2024-01-01T10:00:00", "max": "2024-01-01T11:00:00.5"},
        ),
        (
            "2024-01-01T10:00:00+02:00 2024-01-01T10:00:00Z",
            {"type": "timestamp", "min": "2024-01-01T08:00:00Z", "max": "2024-01-01T10:00:00Z"},
        ),
    ],
)
def test_column_of_text_when_all_values_agree_has_their_type(
    values: str, expected: dict[str, object], report: Report
) -> None:
    column = report("a.csv", "\n".join(["x", *values.split(" ")])).column("x")

    assert {key: column[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("name", "content", "columns", "rows", "missing"),
    [
        ("crlf.csv", "a,b\r\n1,\r\n2,x\r\n", ["a", "b"], 2, 1),
        ("bom.csv", b"\xef\xbb\xbfa,b\n1,2\n", ["a", "b"], 1, 0),
        ("old_mac.csv", "a,b\r1,2\r3,4\r", ["a", "b"], 2, 0),
        ("mixed_line_ends.csv", "a,b\n1,2\r\n3,4\n", ["a", "b"], 2, 0),
        ("semicolons.csv", "a;b\n1,5;2\n", ["a", "b"], 1, 0),
        ("tabs.csv", "a\tb\n1\t2\n", ["a", "b"], 1, 0),
        ("a.tsv", "a,b\tc\n1\t\n", ["a,b", "c"], 1, 1),
        ("quoted.csv", 'a,b\n"x\ny, ""z""",2\n', ["a", "b"], 1, 0),
        ("quote_inside.csv", 'a,b\n5" pipe,2\n', ["a", "b"], 1, 0),
        ("empty_quotes.csv", 'a,b\n"",2\n', ["a", "b"], 1, 1),
        ("one_column.csv", "a\n1\n2\n", ["a"], 2, 0),
        ("header_only.csv", "a,b\n", ["a", "b"], 0, 0),
        ("no_line_end.csv", "a,b\n1,2", ["a", "b"], 1, 0),
        ("blank_lines.csv", "\n\na,b\n1,2\n\n3,4\n\n", ["a", "b"], 2, 0),
        ("same_names.csv", "a,a,,a_2\n1,2,3,4\n", ["a", "a_2", "column_3", "a_2_2"], 1, 0),
        ("packed.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0), ["a", "b"], 1, 0),
        ("pattern[1]*.csv", "a,b\n1,2\n", ["a", "b"], 1, 0),
        ("it's.csv", "a,b\n1,2\n", ["a", "b"], 1, 0),
        ("keys.ndjson", '{"a": 1}\n\n{"A": "x", "b/~*": null}\n', ["a", "A", "b/~*"], 2, 4),
        ("bom.jsonl", b'\xef\xbb\xbf{"a": 1}\n', ["a"], 1, 0),
    ],
)
def test_file_when_written_in_an_unusual_way_is_read_all_the_same(
    name: str, content: str | bytes, columns: list[str], rows: int, missing: int, report: Report
) -> None:
    found = report(name, content).json

    assert [column["name"] for column in found["columns"]] == columns
    assert (found["rows"], found["missing"]) == (rows, missing)


@pytest.mark.thorough
def test_wide_file_when_read_has_every_column(report: Report) -> None:
    names = [f"c{number}" for number in range(120)]

    found = report("wide.csv", ",".join(names) + "\n" + ",".join(map(str, range(120))) + "\n").json

    assert [column["max"] for column in found["columns"]] == list(range(120))


def test_ndjson_when_values_are_nested_or_differ_says_so(report: Report) -> None:
    lines = [
        '{"n": {"x": 1}, "l": [1, 2], "m": 1, "t": "12", "d": "2024-01-01", "i": 12345678901234567890123, "b": true}'
    ]
    lines += ['{"n": {"x": 2}, "l": [1, 2], "m": "a", "t": "13", "d": "2024-01-02", "i": 1, "b": null}']

    found = {column["name"]: column for column in report("a.ndjson", "\n".join(lines)).json["columns"]}

    assert {name: column["type"] for name, column in found.items()} == {
        "n": "object",
        "l": "list",
        "m": "mixed",
        "t": "text",
        "d": "date",
        "i": "integer",
        "b": "boolean",
    }
    assert found["l"]["distinct"] == 1
    assert found["i"]["max"] == 12345678901234567890123
    assert found["b"]["missing"] == 1


def test_parquet_when_read_keeps_its_declared_types(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.connect().execute(
        f"""COPY (SELECT * FROM (VALUES
            (1, 0.1::DOUBLE, 1.25::DECIMAL(9, 2), 'x', DATE '2024-01-01', [1, 2]),
            (NULL, 'nan'::DOUBLE, 2.25, '7', DATE '2024-01-03', NULL)) AS t(i, f, d, s, day, l))
            TO '{path}' (FORMAT parquet)"""
    )

    assert data_report(noted, path) == "2 rows, 6 columns, 3 missing values"

    found = {column["name"]: (column["type"], column["min"], column["max"]) for column in noted.json["columns"]}
    assert found == {
        "i": ("integer", 1, 1),
        "f": ("number", 0.1, 0.1),
        "d": ("number", 1.25, 2.25),
        "s": ("text", "7", "x"),
        "day": ("date", "2024-01-01", "2024-01-03"),
        "l": ("list", None, None),
    }


def test_quantiles_when_there_are_many_distinct_values_are_exact(report: Report) -> None:
    numbers = [(number * 7919) % 60_013 / 8 for number in range(60_013)]

    column = report("a.csv", "x\n" + "\n".join(map(str, numbers))).column("x")

    twentieths = statistics.quantiles(numbers, n=20, method="inclusive")
    expected = [twentieths[place - 1] for place in (1, 5, 10, 15, 19)]
    assert list(column["quantiles"].values()) == pytest.approx(expected, rel=1e-15)
    assert column["distinct"] == 60_013


def test_top_values_when_counted_are_ordered_by_count_then_value(report: Report) -> None:
    column = report("a.csv", "x,y\nb,1\na,1\nb,1\nc,1\n,1\n").column("x")

    assert column["top"] == [{"value": "b", "count": 2}, {"value": "a", "count": 1}, {"value": "c", "count": 1}]
