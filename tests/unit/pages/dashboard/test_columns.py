"""The small cards of the dashboard, parted so that the columns end together."""

import pytest

from app.pages.dashboard.columns import Card, columns_of

FEW: dict[Card, int] = {"up_next": 1, "workers": 2, "queues": 1}
MANY: dict[Card, int] = {"up_next": 5, "workers": 2, "queues": 5}


@pytest.mark.parametrize("running", [0, 2])
def test_with_many_kinds_and_little_that_runs_up_next_and_workers_stand_beside_the_chart(running: int) -> None:
    wide, narrow = columns_of(running=running, kinds=18, groups=8, scrolls=True, numbers=MANY)

    assert (wide, narrow) == (["queues"], ["up_next", "workers"])


def test_beside_a_long_list_of_what_runs_everything_stands_in_the_narrow_column() -> None:
    wide, narrow = columns_of(running=8, kinds=7, groups=5, scrolls=True, numbers=MANY)

    assert (wide, narrow) == ([], ["up_next", "workers", "queues"])


def test_a_list_of_kinds_that_cannot_scroll_keeps_its_column_to_itself_while_it_is_the_longer_one() -> None:
    wide, narrow = columns_of(running=0, kinds=16, groups=4, scrolls=False, numbers=FEW)

    assert (wide, narrow) == (["up_next", "workers", "queues"], [])
