"""Near the turn of an hour no test begins."""

from datetime import UTC, datetime

import pytest

from tests.turn import is_near


@pytest.mark.parametrize(
    ("minute", "second", "expected"),
    [(59, 44, False), (59, 46, True), (59, 59, True), (0, 0, True), (0, 2, True), (0, 4, False), (30, 0, False)],
)
def test_the_turn_of_an_hour_is_near_from_a_little_before_it_to_a_moment_after_it(
    minute: int, second: int, expected: bool
) -> None:
    assert is_near(datetime(2026, 12, 31, 23, minute, second, tzinfo=UTC)) is expected
