"""`data_report` on files of very many columns, which stand in several tables of the engine."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.table.columns import PART_COLUMNS, WIDEST_TABLE, parted
from app.jobs.data_report.table.loading import load
from app.jobs.data_report.table.meter import Meter
from app.jobs.data_report.table.options import Options
from app.jobs.data_report.table.recognition import find
from app.jobs.data_report.table.staging import staging
from tests.unit.jobs.conftest import NotedContext

pytestmark = pytest.mark.thorough

Report = Callable[[str, str | bytes], NotedContext]
COLUMNS = WIDEST_TABLE + 1
NAMES = [f"c{number}" for number in range(COLUMNS)]


def test_csv_when_wide_has_every_value_in_its_column(report: Report) -> None:
    rows = [",".join(str(number * row) if number != 3 else "" for number in range(COLUMNS)) for row in (1, 2)]

    found = report("wide.csv", "\n".join([",".join(NAMES), *rows]) + "\n").json

    assert [column["name"] for column in found["columns"]] == NAMES
    assert [column["max"] for column in found["columns"]] == [None if n == 3 else 2 * n for n in range(COLUMNS)]
    assert (found["rows"], found["missing"]) == (2, 2)


def test_ndjson_when_wide_has_every_value_in_its_column(report: Report) -> None:
    lines = [json.dumps({name: row * number for number, name in enumerate(NAMES)}) for row in (1, 2)]

    found = report("wide.ndjson", "\n".join(lines)).json

    assert [(column["name"], column["max"]) for column in found["columns"]] == [
        (name, 2 * number) for number, name in enumerate(NAMES)
    ]


def test_parquet_when_wide_keeps_names_types_and_values(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    columns = ", ".join(f"{number}::DECIMAL(9, 2) AS c{number}" for number in range(COLUMNS))
    duckdb.execute(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")

    data_report(noted, path)

    found = [(column["name"], column["type"], column["max"]) for column in noted.json["columns"]]
    assert found == [(name, "number", number) for number, name in enumerate(NAMES)]


def test_file_when_it_has_nine_thousand_columns_fits_into_memory(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{number}" for number in range(9_000)) + "\n" + ",".join(["1"] * 9_000) + "\n")

    with staging(find(path, None, options=Options()), Meter(noted)) as stage:
        loaded = load(stage)

    assert (loaded.rows, len(loaded.columns)) == (1, 9_000)


@pytest.mark.parametrize("columns", [1, WIDEST_TABLE, WIDEST_TABLE + 1, 9_074])
def test_parts_when_made_hold_each_column_once_and_never_one_alone(columns: int) -> None:
    parts = [range(columns)[part] for _, part in parted(columns)]

    assert [index for part in parts for index in part] == list(range(columns))
    assert len(parts) == 1 or all(2 <= len(part) <= PART_COLUMNS for part in parts)


def test_page_when_there_are_very_many_columns_says_what_it_leaves_out(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.data_report.page.MOST_CHARTS", 2)
    monkeypatch.setattr("app.jobs.data_report.page.MOST_SHOWN", 3)

    noted = report("a.csv", "a,b,c,d\n1,2,3,4\n2,3,4,5\n")

    assert "Charts are drawn for the first 2 columns." in noted.page
    assert "The first 3 of 4 columns are shown; report.json has all of them." in noted.page
    assert (noted.page.count("<article"), noted.page.count('class="histogram"')) == (3, 2)
    assert len(noted.json["columns"]) == 4
