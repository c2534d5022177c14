"""The values in a query: what each text means, and what is said of one that means nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.db.queries.language.values import (
    Pattern,
    read_count,
    read_id,
    read_moment,
    read_number,
    read_pattern,
    read_schedule,
    read_seconds,
    read_states,
)
from app.db.states import State

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)  # a Wednesday
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("1h30m", 5400), ("1h 5min", 3900), ("250ms", 0.25), ("90", 90), ("2w", 1209600)]
)
def test_a_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert read_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("now", NOW),
        ("2h", NOW - timedelta(hours=2)),
        ("2h ago", NOW - timedelta(hours=2)),
        ("today", datetime(2026, 11, 4, tzinfo=BERLIN)),
        ("yesterday", datetime(2026, 11, 3, tzinfo=BERLIN)),
        ("Monday", datetime(2026, 11, 2, tzinfo=BERLIN)),
        ("wednesday", datetime(2026, 10, 28, tzinfo=BERLIN)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=BERLIN)),
        ("2026-11-01T08:30Z", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_an_instant_in_the_zone_of_who_asks(text: str, at: datetime) -> None:
    assert read_moment(text).resolve(NOW, BERLIN) == at


def test_a_star_stands_for_anything_but_in_quotes_and_signs_of_sql_are_themselves() -> None:
    assert read_pattern("a*_%", is_quoted=False).as_like() == "a%/_/%"
    assert read_pattern("a*", is_quoted=True).as_like() == "a*"
    assert [Pattern(text, is_pattern=True).is_anything for text in ("*", "**", "a*")] == [True, True, False]


def test_states_ids_and_numbers_are_read_as_people_write_them() -> None:
    assert read_states("Failed, queued") == {State.FAILED, State.QUEUED}
    assert [read_id("#12"), read_id("12"), read_count("0")] == [12, 12, 0]
    assert [read_number("-2.5"), read_number("1e3"), read_number("x")] == [-2.5, 1000, None]


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_seconds, "soon"),
        (read_seconds, "-1"),
        (read_seconds, "40000d"),
        (read_moment, "someday"),
        (read_moment, "9999-01-01"),
        (read_states, "open"),
        (read_id, "0"),
        (read_id, "9" * 19),
        (read_id, "٣"),
        (read_count, "-1"),
        (read_count, "٣"),
        (lambda text: read_schedule(text, is_quoted=False), "0"),
        (lambda text: read_schedule(text, is_quoted=False), "9" * 20),
        (lambda text: read_pattern(text, is_quoted=False), ""),
    ],
)
def test_what_means_nothing_is_refused_with_what_is_expected(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read(text)
