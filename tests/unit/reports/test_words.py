"""Figures in words: short, and never wrong at the edges."""

import pytest

from app.reports.words import clipped, counted, duration, percent, size


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1 KB"),
        (999_400, "999 KB"),
        (999_600, "1.0 MB"),
        (1_234_567, "1.2 MB"),
        (99_960_000, "100 MB"),
        (999_600_000, "1.0 GB"),
        (4_100_000_000_000, "4.1 TB"),
        (5 * 10**18, "5,000 PB"),
    ],
)
def test_size_is_said_in_the_unit_that_fits(size_bytes: int, words: str) -> None:
    assert size(size_bytes) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 5, "0%"), (5, 5, "100%"), (1, 10_000, "<0.1%"), (9_999, 10_000, ">99.9%"), (1, 8, "12.5%"), (1, 0, "0%")],
)
def test_percent_never_says_none_or_all_for_some(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0123, "12 ms"), (0.9996, "1.0 s"), (59.96, "1 min 0 s"), (200, "3 min 20 s"), (7_530, "2 h 5 min")],
)
def test_duration_is_said_in_the_units_that_fit(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_counted_and_clipped_make_one_line() -> None:
    assert (counted(1, "row"), counted(1_204, "row")) == ("1 row", "1,204 rows")
    assert counted(2, "address", plural="addresses") == "2 addresses"
    assert clipped("a\n b\t c", longest=60) == "a b c"
    assert clipped("x" * 61) == "x" * 59 + "…"
