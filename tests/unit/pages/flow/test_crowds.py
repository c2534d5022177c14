"""Crowds as single places of a drawing."""

from app.db import State
from app.pages.flow.crowds import folded
from tests.flows import crowd, edge, flow, node


def test_a_crowd_stands_where_its_jobs_would_and_counts_as_all_of_them() -> None:
    many = crowd(1, 900, failed=3).model_copy(update={"after": [2], "before": [1, 5]})

    found = folded(flow([node(1), node(2), node(5)], [edge(1, 2, "started")], crowds=[many]))

    [place] = [one for one in found.nodes if one.id < 0]
    assert (place.title, place.parent_id, found.size_of(place.id), found.number) == ("Count", 1, 900, 903)
    assert found.states_of(found.nodes) == {State.SUCCEEDED: 900, State.FAILED: 3}
    assert {(one.source, one.target, one.tie) for one in found.edges} == {
        (1, 2, "started"), (1, place.id, "started"), (2, place.id, "after"), (place.id, 1, "waits"),
        (place.id, 5, "after"),
    }  # fmt: skip


def test_a_crowd_whose_parent_is_gone_is_tied_to_nothing_of_it() -> None:
    assert folded(flow([node(2)], [], crowds=[crowd(1, 900)])).edges == []
