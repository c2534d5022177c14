"""Figures as a person reads them."""

from datetime import timedelta

import pytest

from app.pages.time.durations import count, duration, duration_in_full, plural, short_count, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "0 ms"),
        (0.0424, "42 ms"),
        (0.4, "0.4 s"),
        (7.64, "7.6 s"),
        (38, "38 s"),
        (59.96, "1 min 00 s"),
        (65, "1 min 05 s"),
        (119.6, "2 min 00 s"),
        (7443, "2 h 04 min"),
        (3 * 86400 + 2 * 3600 + 5, "3 d 02 h"),
    ],
)
def test_duration_is_said_in_words(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=1, minutes=30), "1 h 30 min"),
        (timedelta(days=40, seconds=5), "40 d 5 s"),
        (timedelta(minutes=1), "1 min"),
        (timedelta(seconds=1.5), "1.5 s"),
        (timedelta(milliseconds=250), "0.25 s"),
        (timedelta(microseconds=1), "0.000001 s"),
        (timedelta(), "0 s"),
        (timedelta(hours=-2), "-2 h"),
    ],
)
def test_a_duration_in_full_leaves_nothing_out(span: timedelta, words: str) -> None:
    assert duration_in_full(span) == words


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (7, "7"), (21.4, "21.4"), (99.96, "100.0"), (1284, "1,284"), (1234.5, "1,234")]
)
def test_count_parts_the_thousands(number: float, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_234_567, "1.2M"),
        (9_950_000, "10M"),
        (123_456_789, "123M"),
    ],
)
def test_a_short_count_has_five_characters_at_most(number: int, text: str) -> None:
    assert short_count(number) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(812, "812 B"), (4096, "4.1 kB"), (999_960, "1.0 MB"), (2_100_000_000, "2.1 GB")]
)
def test_size_has_a_decimal_unit(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text


def test_plural_fits_the_number() -> None:
    assert (plural(1, "job"), plural(2, "job"), plural(0, "entry", "entries")) == ("1 job", "2 jobs", "0 entries")
