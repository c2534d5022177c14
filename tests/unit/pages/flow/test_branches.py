"""A flow as a tree."""

from collections.abc import Sequence
from typing import Any

from app.db import State
from app.pages.flow.branches import DEEPEST, MOST_ALIKE, MOST_BRANCHES, Branch, tree_of
from app.pages.flow.crowds import folded
from tests.flows import chain, crowd, edge, fan, flow, node


def ids(branches: Sequence[Branch]) -> list[Any]:
    return [[one.job.id, *ids(one.below)] if one.job else one.title for one in branches]


def test_what_a_job_started_stands_below_it_and_what_waited_behind_it() -> None:
    tree = tree_of(folded(fan(3)))

    assert ids(tree) == [[1, [2], [3], [4]], [5]]
    assert tree[0].words == "took 1 s, on the longest way"
    assert tree[1].words == "took 1 s, after #1, on the longest way"


def test_of_many_that_are_alike_the_failed_ones_are_named_and_the_others_counted() -> None:
    nodes = [node(one, parent=1, state=State.FAILED if one == 30 else State.SUCCEEDED) for one in range(2, 42)]

    [top] = tree_of(folded(flow([node(1), *nodes], [edge(1, one.id, "started") for one in nodes])))

    assert ids(top.below) == [*([one] for one in range(2, 9)), [30], "32 more: Count"]
    assert top.below[-1].words == "32 succeeded"


def test_a_crowd_is_counted_with_the_others_that_are_not_named() -> None:
    nodes = [node(one, parent=1) for one in range(2, 12)]
    edges = [*(edge(1, one.id, "started") for one in nodes), *(edge(one.id, 99, "after") for one in nodes)]
    found = crowd(1, 9_000, failed=40).model_copy(update={"before": [99]})

    [top] = tree_of(folded(flow([node(1), *nodes, node(99, "sum")], edges, crowds=[found])))

    assert ids(top.below) == [*([one] for one in range(2, 10)), [99], "9,002 more: Count"]
    assert top.below[-1].words == "8,962 succeeded, 40 failed"
    assert top.below[-2].words == "after #2, #3, #4 and 9,007 more jobs"


def test_a_long_flow_ends_somewhere() -> None:
    generations = flow(
        [node(one, parent=one - 1) for one in range(1, 500)], [edge(one, one + 1, "started") for one in range(1, 499)]
    )
    deep, depth = tree_of(folded(generations)), 0
    while deep and deep[0].below:
        deep, depth = deep[0].below, depth + 1
    many = tree_of(folded(chain(900, "".join(chr(0x4E00 + one) for one in range(900)))))

    assert depth == DEEPEST
    assert deep[0].title == "There are more jobs than are listed here."
    assert len(many) == MOST_BRANCHES + 1
    assert len(tree_of(folded(chain(900)))) == MOST_ALIKE + 1
