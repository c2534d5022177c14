"""The small cards of the dashboard, parted so that the columns end together."""

import pytest

from app.pages.dashboard.columns import CARDS, Card, columns_of

FEW: dict[Card, int] = {"failures": 0, "up_next": 1, "workers": 2, "queues": 1}
MANY: dict[Card, int] = {"failures": 0, "up_next": 5, "workers": 2, "queues": 5}


@pytest.mark.parametrize(("running", "beside"), [(0, ["workers", "queues"]), (2, ["queues"])])
def test_with_many_kinds_and_little_that_runs_some_stand_below_the_chart(running: int, beside: list[Card]) -> None:
    wide, narrow = columns_of(running=running, kinds=18, groups=8, scrolls=True, numbers=MANY)

    assert (wide, narrow) == (beside, [card for card in CARDS if card not in beside])


def test_beside_a_long_list_of_what_runs_everything_stands_in_the_narrow_column() -> None:
    wide, narrow = columns_of(running=10, kinds=7, groups=5, scrolls=True, numbers=MANY)

    assert (wide, narrow) == ([], list(CARDS))


def test_a_list_of_kinds_that_cannot_scroll_keeps_its_column_to_itself_while_it_is_the_longer_one() -> None:
    wide, narrow = columns_of(running=0, kinds=16, groups=4, scrolls=False, numbers=FEW)

    assert (wide, narrow) == (list(CARDS), [])
