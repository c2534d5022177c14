"""Where the jobs of a flow stand in its drawing: in layers from left to right. Draws nothing itself.

A job that waited for those that it started has two places: before them, and after them, where it goes on. Many jobs of
a kind beside each other, or one after the other, share a box: with a cell for each, or, where the whole flow has more
than `MOST_CELLS`, with counts.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, NamedTuple

from app.db.queries.flows.flow import FlowNode
from app.pages.flow.crowds import Folded
from app.pages.flow.layers import layers_of

MOST_CELLS = 500
"""Of a flow with more jobs, what is alike is counted, not drawn."""
MOST_CARDS = 8
"""So many jobs of a kind have a card each where they stand beside each other; more share a box."""
CARD = (188, 50)
COUNTS = (208, 88)
CELL, COLUMN_GAP, ROW_GAP, PADDING, BOX_HEAD = 20, 64, 14, 12, 28
_SWEEPS = 4
Shape = Literal["card", "cells", "counts"]


class _Place(NamedTuple):
    """A job, at its begin or where it goes on."""

    job_id: int
    goes_on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is drawn at one place; sizes in CSS pixels."""

    shape: Shape
    members: tuple[int, ...]
    """The ids of its nodes."""
    kind: str
    goes_on: bool
    """Whether this is where a job goes on after those that it waited for."""
    x: int = 0
    y: int = 0
    width: int = 0
    height: int = 0

    @property
    def cell_columns(self) -> int:
        """How many cells stand beside each other."""
        return max(7, math.ceil(math.sqrt(len(self.members) * 2)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line from one unit to another: the `d` of an SVG path."""

    path: str
    is_longest: bool
    """Whether the longest way goes along it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A flow's drawing."""

    units: tuple[Unit, ...]
    lines: tuple[Line, ...]
    width: int
    height: int


def lay_out(flow: Folded) -> Layout:
    """Place the jobs of a flow."""
    by_id = {one.id: one for one in flow.nodes}
    ties = _ties(flow)
    layers = layers_of(_places(flow, ties), ties)
    onward = [tie for tie in ties if layers[tie[0]] < layers[tie[1]]]  # others are of a circle: rows from elsewhere
    units, first_unit = _units(layers, by_id, number=flow.number)
    pairs = {(first_unit[one], first_unit[other]) for one, other in onward}
    units, renamed = _folded(units, pairs, number=flow.number)
    unit_of = {place: renamed[unit] for place, unit in first_unit.items()}
    pairs = {(unit_of[one], unit_of[other]) for one, other in onward if unit_of[one] != unit_of[other]}
    placed, width, height = _placed(units, pairs)
    steps, implied = set(pairwise(flow.longest_way)), _implied(flow, by_id)
    drawn = {(unit_of[one], unit_of[other]) for one, other in onward if (one, other) not in implied}
    longest = {(unit_of[one], unit_of[other]) for one, other in onward if (one.job_id, other.job_id) in steps}
    lines = (
        Line(path=_curve(placed[one], placed[other]), is_longest=(one, other) in longest)
        for one, other in sorted(drawn & pairs)
    )
    return Layout(units=tuple(placed), lines=tuple(lines), width=width, height=height)


def _ties(flow: Folded) -> list[tuple[_Place, _Place]]:
    goes_on = {edge.target for edge in flow.edges if edge.tie == "waits"}
    begin = {one.id: _Place(one.id, False) for one in flow.nodes}  # made once: to make 50,000 takes a quarter second
    end = {one: _Place(one, True) for one in goes_on}
    ties = [(begin[one], end[one]) for one in sorted(goes_on)]
    for edge in flow.edges:
        begins_at_end = edge.tie != "started" and edge.source in goes_on
        source = (end if begins_at_end else begin)[edge.source]
        ties.append((source, (end if edge.tie == "waits" else begin)[edge.target]))
    return ties


def _places(flow: Folded, ties: Iterable[tuple[_Place, _Place]]) -> list[_Place]:
    return sorted({_Place(one.id, False) for one in flow.nodes} | {place for tie in ties for place in tie})


def _implied(flow: Folded, by_id: Mapping[int, FlowNode]) -> set[tuple[_Place, _Place]]:
    """Return the ties from a job to where it goes on, where the way leads through a job that it started anyway."""
    through = {
        edge.target for edge in flow.edges if edge.tie == "waits" and by_id[edge.source].parent_id == edge.target
    }
    return {(_Place(one, False), _Place(one, True)) for one in through}


def _units(
    layers: Mapping[_Place, int], by_id: Mapping[int, FlowNode], *, number: int
) -> tuple[list[Unit], dict[_Place, int]]:
    """Return what is drawn, and in which of it each place is: a card for each job, a box where they are many."""
    alike = defaultdict[tuple[int, str, bool], list[_Place]](list)
    for place in sorted(layers):
        alike[layers[place], by_id[place.job_id].kind, place.goes_on].append(place)
    units: list[Unit] = []
    unit_of: dict[_Place, int] = {}
    for (_, kind, goes_on), places in alike.items():
        share_box = len(places) > MOST_CARDS or any(one.job_id < 0 for one in places)
        for share in [places] if share_box else [[one] for one in places]:
            unit_of |= dict.fromkeys(share, len(units))
            units.append(_unit(tuple(one.job_id for one in share), kind, goes_on=goes_on, number=number))
    return units, unit_of


def _unit(members: tuple[int, ...], kind: str, *, goes_on: bool, number: int) -> Unit:
    if len(members) == 1 and members[0] > 0:
        return Unit(shape="card", members=members, kind=kind, goes_on=goes_on, width=CARD[0], height=CARD[1])
    if number > MOST_CELLS:
        return Unit(shape="counts", members=members, kind=kind, goes_on=goes_on, width=COUNTS[0], height=COUNTS[1])
    unit = Unit(shape="cells", members=members, kind=kind, goes_on=goes_on)
    rows = math.ceil(len(members) / unit.cell_columns)
    width, height = unit.cell_columns * CELL + 2 * PADDING, rows * CELL + PADDING + BOX_HEAD
    return replace(unit, width=max(width, CARD[0]), height=height)


def _folded(
    units: Sequence[Unit], pairs: Iterable[tuple[int, int]], *, number: int
) -> tuple[list[Unit], dict[int, int]]:
    """Fold long rows of single jobs of a kind that follow each other into a box each.

    Returns the units, and the new number of each old one.
    """
    after, before = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for one, other in pairs:
        after[one].append(other)
        before[other].append(one)

    def follows(one: int) -> int | None:
        """Return the only one that follows, where it is of the same kind and follows nothing else."""
        following = after[one][0] if len(after[one]) == 1 else None
        if following is None or len(before[following]) != 1:
            return None
        pair = units[one], units[following]
        is_row = all(unit.shape == "card" and not unit.goes_on for unit in pair) and pair[0].kind == pair[1].kind
        return following if is_row else None

    rows = {one: [one] for one in range(len(units))}
    inside = {following for one in rows if (following := follows(one)) is not None}
    folded: list[Unit] = []
    renamed: dict[int, int] = {}
    for first in (one for one in range(len(units)) if one not in inside):
        row = rows[first]
        while (following := follows(row[-1])) is not None:
            row.append(following)
        for share in [row] if len(row) > MOST_CARDS else [[one] for one in row]:
            renamed |= dict.fromkeys(share, len(folded))
            members = tuple(member for one in share for member in units[one].members)
            head = units[share[0]]
            folded.append(head if len(share) == 1 else _unit(members, head.kind, goes_on=False, number=number))
    return folded, renamed


def _placed(units: Sequence[Unit], pairs: Iterable[tuple[int, int]]) -> tuple[list[Unit], int, int]:
    """Give each unit its place; returns them with the size of the whole."""
    layers = layers_of(range(len(units)), pairs)
    columns = [
        [one for one in range(len(units)) if layers[one] == layer]
        for layer in range(max(layers.values(), default=0) + 1)
    ]
    _put_in_order(columns, pairs)
    heights = [sum(units[one].height + ROW_GAP for one in column) - ROW_GAP for column in columns]
    height, x = max(heights, default=0), 0
    placed = list(units)
    for column, own_height in zip(columns, heights, strict=True):
        width, y = max(units[one].width for one in column), (height - own_height) // 2
        for one in column:
            placed[one] = replace(units[one], x=x + (width - units[one].width) // 2, y=y)
            y += units[one].height + ROW_GAP
        x += width + COLUMN_GAP
    return placed, max(0, x - COLUMN_GAP), height


def _put_in_order(columns: Sequence[list[int]], pairs: Iterable[tuple[int, int]]) -> None:
    """Order each column by where its neighbours stand, so that few lines cross.

    Barycentres in sweeps: Sugiyama, Tagawa and Toda, 1981, https://doi.org/10.1109/TSMC.1981.4308636.
    """
    neighbours = defaultdict[int, list[int]](list)
    for one, other in pairs:
        neighbours[one].append(other)
        neighbours[other].append(one)
    place = {one: index / max(1, len(column)) for column in columns for index, one in enumerate(column)}
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            own = set(column)
            means = {
                one: sum(place[other] for other in found) / len(found) if found else place[one]
                for one in column
                for found in [[other for other in neighbours[one] if other not in own]]
            }
            column.sort(key=lambda one: (means[one], one))
            place.update({one: index / max(1, len(column)) for index, one in enumerate(column)})


def _curve(one: Unit, other: Unit) -> str:
    x, y, to_x, to_y = one.x + one.width, one.y + one.height // 2, other.x, other.y + other.height // 2
    bend = max(COLUMN_GAP // 2, (to_x - x) // 2)
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"
