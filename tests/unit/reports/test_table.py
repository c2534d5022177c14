"""Tables as CSV: what a spreadsheet makes of them."""

import csv
import io

import pytest

from app.reports.table import CsvTable


def written(*values: object) -> list[str]:
    table = CsvTable(["a"] * len(values))
    table.add(*values)
    return list(csv.reader(io.StringIO(table.as_bytes().decode("utf-8-sig"), newline="")))[1]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd", "-rf", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\uff1d1+1", "\uff201", "--1", "-1+1", "=", "-"],
)
def test_text_that_would_be_a_formula_is_only_text(text: str) -> None:
    assert written(text) == [f"'{text}"]


@pytest.mark.parametrize("value", ["plain", "a=b", "3-4", "-5", "+5.25", "-1e9", "", "1"])
def test_other_text_stays_as_it_is(value: str) -> None:
    assert written(value, "x") == [value, "x"]


def test_numbers_stay_numbers() -> None:
    assert written(-5, -0.5, None) == ["-5", "-0.5", ""]


def test_header_is_no_formula_either() -> None:
    assert CsvTable(["=1+1"]).as_bytes().decode("utf-8-sig") == "'=1+1\r\n"
