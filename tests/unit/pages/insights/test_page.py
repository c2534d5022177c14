"""The range that the address of the insights names."""

import pytest

from app.pages.insights.page import days_of


@pytest.mark.parametrize(
    ("address", "days"),
    [
        ("/insights", 7),
        ("/insights?days=1", 1),
        ("/insights?days=30&x=2", 30),
        ("/insights?days=3", 7),
        ("/insights?days=²", 7),
        ("/insights?days=", 7),
        ("/insights?days=-1", 7),
    ],
)
def test_a_range_that_is_not_offered_is_the_usual_one(address: str, days: int) -> None:
    assert days_of(address) == days
