"""Durations as people type them."""

from datetime import timedelta

import pytest

from app.pages.time.duration_text import duration_text, parse_duration


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("1h 30m", 5400),
        ("1h30m5s", 5405),
        ("2 min", 120),
        ("3 hours", 10800),
        ("1d, 2h", 93600),
        ("250ms", 0.25),
        ("1:30", 5400),
        ("0:01:30", 90),
        ("1w", 604800),
        ("2 Weeks 1 day", 1296000),
        ("5 milliseconds", 0.005),
    ],
)
def test_parse_duration_reads_what_people_type(typed: str, seconds: float) -> None:
    assert parse_duration(typed) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "1x",
        "h",
        "1h foo",
        "1h -5m",
        "--5",
        "1e3",
        "9" * 30,
        "1 month",
        "2mo",
        "1 decade",
        "3 hamsters",
        "1 sm",
    ],
)
def test_parse_duration_refuses_the_rest_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_duration(typed)


@pytest.mark.parametrize(
    "duration",
    [
        timedelta.max,
        timedelta.min,
        timedelta(microseconds=1),
        timedelta(microseconds=-1),
        timedelta(hours=-1),
        timedelta(days=-1, hours=1),
        timedelta(seconds=59, microseconds=123456),
        timedelta(days=999_999_999, microseconds=1),
    ],
)
def test_every_duration_is_read_back_as_the_same(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    ("seconds", "text"), [(5400, "1h 30m"), (0, "0s"), (90.5, "1m 30.5s"), (90061, "1d 1h 1m 1s"), (-3600, "-1h")]
)
def test_duration_text_is_read_back_as_the_same(seconds: float, text: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == text
    assert parse_duration(text) == timedelta(seconds=seconds)
