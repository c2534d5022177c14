"""Values that are read without the engine: the same as with it, whatever way a table goes."""

import json
import math
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.column import reading
from app.jobs.data_report.column.numbers import NUMBERS
from app.jobs.data_report.column.shape import Shape, Type
from app.jobs.data_report.column.shapes import shapes
from app.jobs.data_report.column.value_type import AXES, NANOSECONDS_AXIS
from app.jobs.data_report.table.columns import Column, Origin
from tests.unit.jobs.conftest import NotedContext

Written = Callable[[str, str | bytes], Path]
VALUES = [
    *(
        "0 -0 +7 007 1_000 1e3 -.5 5. 1e400 -1e400 inf -Infinity nan 1,5 0,125 12,500 1.250,5 1,250,000 1.250.000"
        " 12,500.25 true FALSE yes No Ja nein on OFF t F 5% 12.5% 12,5% 12,500% $5 -$1,234.50 ($2.25) $-3 1.234,50€ €7"
        " USD5 12$"
        " 2024-02-29 2023-02-29 0001-01-01 0000-01-01 9999-12-31 2024-02-29T10:00 2024-02-29T10:00:30.123456"
        " 2024-02-29T24:00 2024-02-29T10:00:60 2024-02-29T10:00Z 2024-02-29T10:00:01+02:00 2024-02-29T10:00-0330"
        " 1969-12-31T23:59:59.5 1.2.2026 31.02.2026 01.02.69 1/13/2026 13/1/68 12/31/1899 2026/1/31 1-2-2026 29.02.1900"
        " 2024-02-29T10:00:00.0000001 2024-02-29T10:00:00UTC 1600-01-01T00:00:00.1234567"
    ).split(),
    " 5 ",
    " -7.5",
    "(7.5)",
    "7.5-",
    "\u22121,250.5",
    "1'234.50",
    "1 234,50",
    "1\u202f234",
    "2024-02-29T10:00:30.123456789Z",
    "5 %",
    "7 €",
    "2024-02-29 10:00 +02",
    "2024-02-29 10:00:00",
]


def readable() -> list[Shape]:
    """Return all shapes that are read without the engine."""
    found: dict[Shape, None] = dict.fromkeys(NUMBERS)
    for decimal, is_grouped, dates in product((".", ",", ""), (True, False), ("auto", "day-first", "month-first")):
        column = Column(name="", value="", origin=Origin.TEXT, decimal=decimal, is_grouped=is_grouped, dates=dates)
        found |= dict.fromkeys(shapes(column))
    return [shape for shape in found if shape.read is not None]


def read_without(shape: Shape, text: str) -> Any:
    """Return what is read, "?" where the engine is to decide."""
    assert shape.read is not None
    try:
        return shape.read(text)
    except ValueError:
        return "?"


def test_shape_when_it_is_read_without_the_engine_reads_what_the_engine_does() -> None:
    engine = duckdb.connect()
    engine.execute("SET TimeZone = 'UTC'")
    compared = 0
    for shape in readable():
        texts = [text for text in VALUES if shape.matches(text) and read_without(shape, text) != "?"]
        axis = AXES[shape.type] if shape.type in {Type.DATE, Type.TIMESTAMP} else "v"
        axis = NANOSECONDS_AXIS if shape.counts_nanoseconds else axis
        value = shape.cast.format(text="x", integer="HUGEINT")
        query = f"SELECT x, {axis} FROM (SELECT x, {value} AS v FROM (SELECT unnest(?) AS x))"

        assert dict(engine.execute(query, [texts]).fetchall()) == {text: read_without(shape, text) for text in texts}
        compared += len(texts)

    assert compared > 200


@pytest.mark.parametrize("text", ["0000-01-01", "1e400"])
def test_text_when_only_the_engine_knows_it_is_left_to_the_engine(text: str) -> None:
    found = [shape for shape in readable() if shape.matches(text)]

    assert found != []
    assert [read_without(shape, text) for shape in found] == ["?"] * len(found)


MIXED = "\n".join(
    (
        "whole,number,text,day,time,zoned,truth,share,price,other,long,empty,month",
        '1,1.5,a,31.12.2024,2024-01-01 10:00,2024-01-01T10:00:00+02:00,true,5%,"$1,000",1,1,,1-Jan-2024',
        '-7,1.50,"b, c",1.1.2025,2024-01-01,2024-01-01T10:00:00Z,False,7.5%,-$3,x,12345678901234567890123456789,,',
        "NA,-0.25,,NA,NA,,TRUE,,,NA,-2,,2-feb-2024",
        '7,1e3,"a ""quoted"" one",29.02.2024,2024-01-01T00:00:30.5,NA,NA,NA,$5,1,,,3-MAR-2024',
        "",
    )
)
NEARLY = "x,y\n1,1.2.2024\n2,2.2.2024\n-,30.2.2024\n3,3.2.2024\n?,soon\n4,4.2.2024\n5,5.2.2024\n"
JSON = "".join(
    json.dumps(
        {
            "n": number % 7 + 0.5,
            "s": f"t{number % 3}",
            "b": True if number % 2 else None,
            "d": f"2024-01-0{number % 9 + 1}",
            "l": [number % 2],
            "m": number % 5 if number % 3 else "é",
        }
    )
    + "\n"
    for number in range(10_001)
)


@pytest.mark.parametrize(
    ("name", "content", "chosen"),
    [
        ("mixed.csv", MIXED, {}),
        ("mixed.csv", MIXED, {"missing_values": ["a", "-7", "no"]}),
        ("mixed.csv", MIXED, {"dates": "iso", "values": "plain"}),
        ("nearly.csv", NEARLY, {}),
        ("commas.csv", "a;b\n1.250,5;12,500\n-3;1.000\n0,5;7\n", {}),
        ("unsure.csv", "a;b\n12,500;$12,500\n13,250;$7,250\n", {}),
        ("title.csv", "Title\n\na;b\n1;2\n\n3;4\n", {}),
        ("one.csv", "x\n1\n\n2\n", {}),
        ("long.csv", "x,y\n1,2\n" + "9" * 40 + ",3\n", {}),
        ("utf16.csv", "städt,n\nKöln,1\n".encode("utf-16"), {}),
        ("few.ndjson", "".join(JSON.splitlines(keepends=True)[:9]), {}),
        ("many.ndjson", JSON, {}),
    ],
)
def test_table_when_it_is_counted_has_the_figures_that_the_engine_finds(
    name: str,
    content: str | bytes,
    chosen: dict[str, Any],
    noted: NotedContext,
    written: Written,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_engine, path = NotedContext(), written(name, content)

    data_report(noted, path, **chosen)
    monkeypatch.setattr("app.jobs.data_report.table.staging.SMALL_BYTES", 0)
    monkeypatch.setattr("app.jobs.data_report.column.tally.MOST_VALUES", -1)
    data_report(by_engine, path, **chosen)

    assert {**by_engine.json, "made_at": ""} == {**noted.json, "made_at": ""}


def test_table_of_one_column_when_lines_are_empty_has_missing_values_and_passes_over_none(report: Any) -> None:
    noted = report("one.csv", "x\n1\n\n2\n")

    assert (noted.json["missing"], noted.json["empty_lines"]) == (1, 0)
    assert [line for line in noted.lines if "empty" in line] == []


def test_small_table_when_it_has_more_different_values_than_are_counted_is_left_to_the_engine(
    report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.data_report.table.loaders.counted.MOST_DISTINCT", 3)

    assert report("a.csv", "x,y\n1,2\n3,4\n").column("y")["max"] == 4


@pytest.mark.parametrize(
    "text",
    [
        *VALUES,
        *"00 -01 0 0.5 -0.0 0e5 e5 . +-5 1e 1e+5 1E-5 1.e5 .e5 1__0 \u0661 0x1 1e999".split(),
        *("", " ", "1\n2", "\n1", "1\n", "\t1", "- 5", "1 2", "  3  ", " 007"),
    ],
)
def test_numbers_that_are_read_together_are_those_that_look_so_one_by_one(text: str) -> None:
    number = NUMBERS[1]
    found = reading.plain_numbers(["2", text, "-3.5"])

    is_plain = number.matches(text) and "n" not in text.lower() and math.isfinite(float(text))
    assert found == ([2.0, float(text), -3.5] if is_plain else None)
