"""The figures of a report at their edges: bars, calendars, digits and names that are easily got wrong."""

import base64
import math
import struct
from bisect import bisect_right
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from app.jobs.data_report import data_report
from app.jobs.data_report.column.moments import day_text, place, time_text
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext

Report = Callable[[str, str | bytes], NotedContext]
# Written by pyarrow: one column of INT96, one row, plain.
INT96 = (
    "UEFSMRUAFSQVJCwVAhUAFQYVBhwAAAACAAAAAgEAKh7ZY0MAAJeKJQAVBBksNQAYBnNjaGVtYRUCABUGJQIYAWEAFgIZHBkcJgAcFQYZJQYA"
    "GRgBYRUAFgIWShZKJghJHBUAFQAVAgA8KQYZJgACAAAAFkoWAiYIFkoAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAA"
    "AHoAAABQQVIx"
)
#: As pyarrow writes it: a column `paid` of decimal256(50, 2), with a number of 46 digits.
LONG_DECIMALS = (
    "UEFSMRUAFTYVNiwVAhUAFQYVBhwAAAACAAAAAgEAADdcJPOMxgwzpKm9WZLckXLcusAVBBksNQAYBnNjaGVtYRUCABUOFSoVAhgEcGFpZCUKFQQV"
    "ZCxcFQQVZAAAABYCGRwZHCYAHBUOGSUGABkYBHBhaWQVABYCFlwWXCYISRwVABUAFQIAPCkGGSYAAgAAABZcFgImCBZcACggcGFycXVldC1jcHAt"
    "YXJyb3cgdmVyc2lvbiAyNi4wLjEZHBwAAACQAAAAUEFSMQ=="
)


@pytest.fixture
def parquet(noted: NotedContext, tmp_path: Path) -> Callable[[str], NotedContext]:
    """Run the job on a Parquet file of the rows of a SELECT, and return what it noted."""

    def run(query: str) -> NotedContext:
        path = tmp_path / "a.parquet"
        duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        data_report(noted, path)
        return noted

    return run


@pytest.mark.parametrize(
    "numbers",
    [
        [number / 10 for number in range(-30, 71)],
        [number / 100 + 7 for number in range(241)],
        [number / 3 - 3 for number in range(381)],
        [0.1 + 0.1 * number for number in range(25)] + [0.30000000000000004, 0.7],
        [float(2**53), float(2**53) + 2, float(2**53) + 4.0, 1.5],
        [1e-320, 5e-324, 0.5e-322, 0.0],
        [2.5],
        [2.5, 2.5, 2.5],
        [-1e308, 5e307, 7e307],
    ],
    ids=["tenths", "hundredths", "thirds", "rounded", "large", "tiny", "one", "equal", "far"],
)
def test_histogram_when_numbers_lie_on_its_edges_counts_them_as_its_edges_say(
    numbers: list[float], report: Report
) -> None:
    bars = report("a.csv", "x\n" + "\n".join(map(repr, numbers))).column("x")["histogram"]

    edges = [float(bar["low"]) for bar in bars] + [float(bars[-1]["high"])]
    expected = [0] * len(bars)
    for number in numbers:
        # As numpy.histogram: a bar holds its lower edge, the last one its upper edge too.
        expected[min(bisect_right(edges, number), len(bars)) - 1] += 1
    assert [bar["count"] for bar in bars] == expected
    assert edges == sorted(edges)


def test_dates_when_some_are_the_first_and_last_of_the_calendar_are_drawn(report: Report) -> None:
    noted = report("a.csv", "day,time\n" + "".join(f"{d},{d}T00:00:30\n" for d in ("0001-01-01", "9999-12-31")))

    assert noted.column("day")["min"] == "0001-01-01"
    assert noted.column("day")["max"] == "9999-12-31"
    assert noted.column("time")["max"] == "9999-12-31T00:00:30"
    assert sum(bar["count"] for bar in noted.column("time")["histogram"]) == 2
    assert noted.page.count('<svg class="box"') == 2


def test_dates_when_they_are_before_christ_or_after_9999_are_written_as_iso_8601_does(
    parquet: Callable[[str], NotedContext],
) -> None:
    noted = parquet("SELECT unnest([DATE '0044-03-15 (BC)', DATE '12024-02-29']) AS day")

    column = noted.column("day")
    assert (column["min"], column["max"]) == ("-0043-03-15", "+12024-02-29")
    assert [top["value"] for top in column["top"]] == ["-0043-03-15", "+12024-02-29"]
    assert "-0043-03-15" in noted.page


def test_dates_when_they_are_infinite_are_counted_and_left_out(parquet: Callable[[str], NotedContext]) -> None:
    column = parquet("SELECT unnest([DATE 'infinity', DATE '2024-01-01']) AS day").column("day")

    assert (column["infinite"], column["min"], column["max"]) == (1, "2024-01-01", "2024-01-01")


def test_times_when_they_count_nanoseconds_and_name_a_zone_keep_each_of_them(
    parquet: Callable[[str], NotedContext],
) -> None:
    noted = parquet(
        "SELECT t::TIMESTAMPTZ_NS AS zoned, t AS plain FROM (SELECT unnest([TIMESTAMP_NS "
        "'2024-01-01 10:00:00.000000001', TIMESTAMP_NS '2024-01-01 10:00:00.000000004']) AS t)"
    )

    zoned, plain = noted.column("zoned"), noted.column("plain")
    assert (zoned["min"], zoned["max"]) == ("2024-01-01T10:00:00.000000001Z", "2024-01-01T10:00:00.000000004Z")
    assert (plain["min"], plain["max"]) == ("2024-01-01T10:00:00.000000001", "2024-01-01T10:00:00.000000004")
    assert zoned["mean"] == "2024-01-01T10:00:00.000000002Z"
    assert [top["value"] for top in zoned["top"]] == [zoned["min"], zoned["max"]]


def test_decimals_when_a_number_of_json_would_round_them_are_text(parquet: Callable[[str], NotedContext]) -> None:
    column = parquet(
        "SELECT unnest(['0.12345678901234567890', '12345678901234567.5', '2.50'])::DECIMAL(38, 20) AS x"
    ).column("x")

    assert column["min"] == "0.1234567890123456789"
    assert column["max"] == "12345678901234567.5"
    assert [top["value"] for top in column["top"]] == ["0.1234567890123456789", 2.5, "12345678901234567.5"]


def test_nan_when_the_statistics_of_a_file_leave_it_out_is_missing(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    query = "SELECT unnest([-1.0, 7.25, 9.0])::DOUBLE AS x"
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION uncompressed)")
    path.write_bytes(path.read_bytes().replace(struct.pack("<d", 7.25), struct.pack("<d", math.nan)))  # as Arrow does

    data_report(noted, path)

    column = noted.column("x")
    assert (column["missing"], column["missing_marks"], column["infinite"]) == (1, {"NaN": 1}, 0)
    assert (column["distinct"], column["mean"]) == (2, 4.0)


def test_parquet_when_it_says_utc_in_the_old_way_alone_has_times_in_utc(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT TIMESTAMPTZ '2026-01-01 10:00:00+00' AS moment) TO '{path}' (FORMAT parquet)")
    # The new way (field 10 of the column's description) under a number that nobody knows.
    path.write_bytes(path.read_bytes().replace(b"\x4c\x8c", b"\x5c\x8c", 1))

    data_report(noted, path)

    assert noted.column("moment")["max"] == "2026-01-01T10:00:00Z"


def int96(days: int) -> bytes:
    """Return a Parquet file with one time of the old type: nanoseconds, and days since 4713 BC."""
    file = bytearray(base64.b64decode(INT96))
    file[29:41] = struct.pack("<QI", 3_600_000_000_000, days)
    return bytes(file)


def test_parquet_when_it_has_a_time_of_the_old_type_reads_it(report: Report) -> None:
    assert report("a.parquet", int96(2_461_042)).column("a")["max"] == "2026-01-01T01:00:00"


def test_parquet_when_a_time_of_the_old_type_is_beyond_what_the_engine_knows_is_refused(report: Report) -> None:
    with pytest.raises(JobError, match=r"^a\.parquet holds times of the old type INT96 beyond the year 9999"):
        report("a.parquet", int96(107_641_749))


def test_parquet_when_it_has_decimals_that_would_be_rounded_is_refused(report: Report) -> None:
    with pytest.raises(JobError) as caught:
        report("a.parquet", base64.b64decode(LONG_DECIMALS))

    words = "a.parquet holds decimals of 50 digits (column paid), which cannot be read here unrounded;"
    assert str(caught.value) == f"{words} write them with 38 digits, or as text."


def test_parquet_when_names_differ_by_case_alone_keeps_them(noted: NotedContext, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = "1 AS aaa, 2 AS qqq, {'x': 1, 'y': {'z': 2}} AS nested, 4 AS b"
    duckdb.execute(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")
    path.write_bytes(path.read_bytes().replace(b"qqq", b"AAA"))  # the engine writes no such file, others do

    data_report(noted, path)

    assert [column["name"] for column in noted.json["columns"]] == ["aaa", "AAA", "nested", "b"]


@pytest.mark.thorough
def test_engine_when_it_cannot_read_a_column_says_so_once_and_names_the_file(
    noted: NotedContext, tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT range AS x, md5(range::VARCHAR) AS y FROM range(5000)) TO '{path}' (FORMAT parquet)")
    whole = path.read_bytes()
    path.write_bytes(whole[:4] + bytes(2000) + whole[2004:])

    with pytest.raises(
        JobError, match=r"^a\.parquet cannot be read \(.+\); fetch it again, or save it anew\.$"
    ) as caught:
        data_report(noted, path)

    assert "\n" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    "day", [date(1, 1, 1), date(1600, 2, 29), date(1900, 3, 1), date(2024, 2, 29), date(9999, 12, 31)]
)
def test_moment_when_within_pythons_calendar_agrees_with_it(day: date) -> None:
    days = day.toordinal() - date(1970, 1, 1).toordinal()

    assert day_text(days) == day.isoformat()
    assert place(day.isoformat()) == days
    assert time_text(days * 86_400_000 + 1500, ticks_per_second=1000) == f"{day}T00:00:01.5"
