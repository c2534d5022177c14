"""Where the jobs of a flow stand in its drawing."""

from itertools import pairwise

import pytest

from app.db.queries.flows.flow import Flow
from app.pages.flow.crowds import folded
from app.pages.flow.layout import Layout, Unit, lay_out
from tests.flows import chain, crowd, edge, fan, flow, node


def unit_of(layout: Layout, job_id: int, *, goes_on: bool = False) -> Unit:
    [found] = [one for one in layout.units if job_id in one.members and one.goes_on is goes_on]
    return found


def test_what_comes_later_stands_to_the_right() -> None:
    layout = lay_out(folded(chain(5, "ab")))

    units = [unit_of(layout, one) for one in range(1, 6)]
    assert all(one.x + one.width < other.x for one, other in pairwise(units))
    assert [one.shape for one in units] == ["card"] * 5
    assert len(layout.lines) == 4
    assert all(line.is_longest for line in layout.lines)


def test_a_job_that_waited_for_its_children_stands_before_and_after_them() -> None:
    layout = lay_out(folded(fan(3)))

    begins, child, goes_on = unit_of(layout, 1), unit_of(layout, 2), unit_of(layout, 1, goes_on=True)
    assert begins.x < child.x < goes_on.x < unit_of(layout, 5).x
    assert len(layout.lines) == 7  # three out, three in, one on: none past the children


@pytest.mark.parametrize(
    ("found", "shapes"),
    [
        (fan(8), ["card"] * 11),
        (fan(9), ["card", "card", "card", "cells"]),
        (fan(400), ["card", "card", "card", "cells"]),
        (fan(2_000), ["card", "card", "card", "counts"]),
        (chain(300), ["cells"]),
        (chain(1_000), ["counts"]),
    ],
)
def test_many_that_are_alike_share_a_box(found: Flow, shapes: list[str]) -> None:
    layout = lay_out(folded(found))

    assert sorted(one.shape for one in layout.units) == shapes
    assert {member for one in layout.units for member in one.members} == {one.id for one in found.nodes}


def test_a_crowd_stands_between_the_begin_and_the_end_of_the_job_that_started_it() -> None:
    layout = lay_out(folded(flow([node(1, "sum")], [], crowds=[crowd(1, 9_000)])))

    begins, many, goes_on = sorted(layout.units, key=lambda one: one.x)
    assert [one.shape for one in (begins, many, goes_on)] == ["card", "counts", "card"]
    assert (begins.members, goes_on.members, goes_on.goes_on) == ((1,), (1,), True)


@pytest.mark.parametrize("found", [chain(40, "abc"), fan(8), fan(100), flow([node(1)], [])])
def test_nothing_lies_on_another_thing_and_all_of_it_inside(found: Flow) -> None:
    layout = lay_out(folded(found))

    for place, one in enumerate(layout.units):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in layout.units[place + 1 :]:
            is_beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert is_beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_a_circle_of_past_jobs_is_drawn_all_the_same() -> None:
    layout = lay_out(folded(flow([node(1), node(2)], [edge(1, 2, "after"), edge(2, 1, "after")])))

    assert len(layout.units) == 2
    assert len(layout.lines) == 1
