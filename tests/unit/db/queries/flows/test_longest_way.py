"""The way through a flow that took longest."""

import pytest

from app.db import State
from app.db.queries.flows.flow import Flow
from tests.flows import chain, edge, fan, flow, node


@pytest.mark.parametrize(
    ("found", "way"),
    [
        (chain(3), [1, 2, 3]),
        (fan(3), [1, 4, 1, 5]),  # the last of its children, and where it goes on
        (
            flow(
                [node(1, began=0, ended=9), node(2, began=0, ended=5), node(3, began=9, ended=10)],
                [edge(1, 3, "after"), edge(2, 3, "after")],
            ),
            [1, 3],
        ),
        (  # what is left running is what it takes now
            flow(
                [node(1, began=0, ended=2), node(2, state=State.RUNNING, began=2), node(3, state=State.SCHEDULED)],
                [edge(1, 2, "after"), edge(2, 3, "after")],
            ),
            [1, 2],
        ),
        (flow([node(1, state=State.QUEUED), node(2, state=State.CANCELLED, ended=1)], [edge(1, 2, "after")]), []),
        (  # a job that was started after that one had ended waited for its start
            flow(
                [node(1, began=0, ended=1), node(2, began=3, ended=9), node(3, parent=2, created=5, began=5, ended=10)],
                [edge(1, 3, "after"), edge(2, 3, "started")],
            ),
            [2, 3],
        ),
    ],
)
def test_it_leads_back_from_the_last_end_to_what_had_to_happen_before(found: Flow, way: list[int]) -> None:
    assert found.longest_way == way
