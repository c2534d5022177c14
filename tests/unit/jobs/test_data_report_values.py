"""Dates, percentages, amounts, yes and no: what they are read as, what is said of it, and how another way is chosen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.jobs.data_report import data_report
from tests.unit.jobs.conftest import NotedContext

PARTED = "is read as a separator of thousands."
COMMAS = "Numbers with commas: choose the decimal sign to have them read."
BELOW_ZERO = "Numbers in parentheses, or with \u2212 or a minus behind them, are read as below zero."
EITHER = "2/1/2026 may be 2 January or 1 February: choose how dates are written to have dates."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            ["01.02.2026", "3.2.2026"],
            {"type": "date", "min": "2026-02-01", "max": "2026-02-03", "note": "Read as day.month.year."},
        ),
        (["1.2.2026 9:05", "1.2.2026"], {"type": "timestamp", "max": "2026-02-01T09:05:00"}),
        (["2/1/2026", "2/28/2026"], {"type": "date", "min": "2026-02-01", "note": "Read as month/day/year."}),
        (["2/1/2026", "28/1/2026"], {"type": "date", "min": "2026-01-02", "note": "Read as day/month/year."}),
        (["2/1/2026", "3/1/2026"], {"type": "text", "note": EITHER}),
        (["2/13/2026 9:05 AM", "2/1/2026 1:05 PM"], {"type": "timestamp", "max": "2026-02-13T09:05:00"}),
        (["13/1/69", "1/1/68"], {"type": "date", "min": "1969-01-13", "max": "2068-01-01"}),
        (["2026/1/31"], {"type": "date", "min": "2026-01-31", "note": "Read as year/month/day."}),
        (["1-Jan-2026", "02-feb-2026"], {"type": "date", "max": "2026-02-02"}),
        (["31.02.2026", "1.2.2026", "2.2.2026"], {"type": "text"}),
        (["1.10.2", "1.9.12"], {"type": "text"}),  # versions
        (["12.5%", "50 %"], {"type": "number", "max": 50.0, "note": "Percentages: 12.5 stands for 12.5%."}),
        (["12%", "50"], {"type": "text"}),
        (
            ["$1,234.50", "-$3", "($2.25)"],
            {
                "type": "number",
                "max": 1234.5,
                "min": -3.0,
                "note": "Amounts in $; the sign is left out. The comma is read as a separator of thousands.",
            },
        ),
        (["1.234,50 €", "7 €"], {"type": "number", "max": 1234.5}),
        (["$5", "€5"], {"type": "text"}),
        (["5", "(12.5)", "(1,234.00)"], {"type": "number", "min": -1234.0, "max": 5.0, "note": BELOW_ZERO}),
        (["12.5-", "7"], {"type": "number", "min": -12.5, "note": BELOW_ZERO}),
        (["\u221212.5", "+7"], {"type": "text"}),
        (["\u221212.5", "7"], {"type": "number", "min": -12.5, "note": BELOW_ZERO}),
        (["-5", "5"], {"type": "integer", "note": ""}),
        (
            ["1'234.50", "12'000", "5"],
            {"type": "number", "max": 12000.0, "min": 5.0, "note": f"The apostrophe {PARTED}"},
        ),
        (["1 234,50", "12 000"], {"type": "number", "min": 1234.5, "note": f"The space {PARTED}"}),
        (["1\u202f234", "12\u202f000", "1234"], {"type": "integer", "max": 12000, "note": f"The space {PARTED}"}),
        (["12 34", "5 678"], {"type": "text"}),
        (["007", "12"], {"type": "text", "note": ""}),
        (["007", "012", "09S"], {"type": "text", "note": ""}),
        (["1,234", "12,345,678", "9"], {"type": "text", "note": COMMAS}),
        (["1,5", "2,25"], {"type": "text", "note": COMMAS}),
        (["2024-01-01 10:00:00 UTC", "2024-01-01 12:00:00Z"], {"type": "timestamp", "max": "2024-01-01T12:00:00Z"}),
        (
            ["2024-01-01T10:00:00.123456789", "2024-01-01T10:00:00.123456788"],
            {"type": "timestamp", "distinct": 2, "max": "2024-01-01T10:00:00.123456789"},
        ),
        (["2024-01-01T10:00:00.0000001Z"], {"type": "timestamp", "max": "2024-01-01T10:00:00.0000001Z"}),
        (["1-Jan-26", "02-Feb-69"], {"type": "date", "min": "1969-02-02", "max": "2026-01-01"}),
        (["yes", "No", "yes"], {"type": "boolean", "note": "“yes” is read as true, “no” as false."}),
        (["NO", "NO"], {"type": "text"}),  # the code of Norway
        (["yes", "no", "maybe"], {"type": "text"}),
    ],
)
def test_values_when_written_as_people_write_them_are_read_and_said(
    values: list[str], expected: dict[str, Any], report: Callable[[str, str | bytes], NotedContext]
) -> None:
    lines = "".join(f"{json.dumps(value, ensure_ascii=False)},1\n" for value in values)

    column = report("a.csv", f"x,y\n{lines}").column("x")

    assert {key: column[key] for key in expected} == expected


def test_dates_when_their_order_is_chosen_are_read_so(noted: NotedContext, written: Callable[..., Path]) -> None:
    path = written("a.csv", "x,y\n2/1/2026,1\n3/1/2026,2\n")

    data_report(noted, path, dates="day-first")
    assert noted.column("x")["max"] == "2026-01-03"
    assert "dates" in noted.json["read_as"]["chosen"]

    data_report(noted, path, dates="month-first")
    assert noted.column("x")["max"] == "2026-03-01"


def test_values_when_they_are_to_stay_as_they_are_stay_text(noted: NotedContext, written: Callable[..., Path]) -> None:
    path = written("a.csv", "a,b,c,d\nyes,5%,$5,1.2.2026\nno,6%,$6,2.2.2026\n")

    data_report(noted, path, dates="iso", values="plain")

    assert {column["type"] for column in noted.json["columns"]} == {"text"}


def test_column_when_few_values_are_no_dates_names_them(report: Callable[[str, str | bytes], NotedContext]) -> None:
    column = report("a.csv", "x,y\n1.2.2026,1\n2.2.2026,2\nsoon,3\n").column("x")

    assert column["note"] == "Text because of “soon” (1); the rest looks like dates (day.month.year)."


@pytest.mark.parametrize(("cells", "most"), [("5.20 €\n1 €", 5.2), ("$1200.00\n$-3", 1200)])
def test_amounts_when_nothing_parts_their_thousands_say_nothing_of_it(
    noted: NotedContext, written: Callable[..., Path], cells: str, most: float
) -> None:
    data_report(noted, written("a.csv", f"x\n{cells}\n"))

    column = noted.column("x")

    assert column["max"] == most
    assert column["note"] == f"Amounts in {'$' if '$' in cells else '€'}; the sign is left out."
