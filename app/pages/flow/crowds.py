"""The crowds of a flow as single places in its drawing and its tree: each stands where its jobs would."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.db import State
from app.db.queries.flows.flow import Flow, FlowCrowd, FlowEdge, FlowNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A flow with a node in the place of each crowd; such a node has an id below nought."""

    nodes: list[FlowNode]
    edges: list[FlowEdge]
    crowds: Mapping[int, FlowCrowd]
    """By the ids of the nodes in their places."""
    number: int
    """How many jobs it has."""
    longest_way: list[int]

    def states_of(self, nodes: Iterable[FlowNode]) -> Counter[State]:
        """Return for how many jobs in which state some nodes stand."""
        found = Counter[State]()
        for node in nodes:
            crowd = self.crowds.get(node.id)
            if crowd is None:
                found[node.state] += 1
            else:
                found.update(crowd.states)
        return found

    def size_of(self, node_id: int) -> int:
        """Return for how many jobs a node stands."""
        crowd = self.crowds.get(node_id)
        return 1 if crowd is None else crowd.count


def folded(flow: Flow) -> Folded:
    """Put a node in the place of each crowd."""
    crowds = {-place: crowd for place, crowd in enumerate(flow.crowds, start=1)}
    known = {one.id for one in flow.nodes}
    added = [edge for number, crowd in crowds.items() for edge in _edges(number, crowd)]
    return Folded(
        nodes=[*(_place(number, crowd, flow) for number, crowd in crowds.items()), *flow.nodes],
        edges=[*flow.edges, *(one for one in added if {one.source, one.target} & known)],
        crowds=crowds,
        number=flow.count,
        longest_way=flow.longest_way,
    )


def _place(number: int, crowd: FlowCrowd, flow: Flow) -> FlowNode:
    return FlowNode(
        id=number,
        kind=crowd.kind,
        title=crowd.title,
        state=next(iter(crowd.states)),
        parent_id=crowd.parent_id,
        created_at=flow.began_at,
        started_at=None,
        finished_at=None,
        run_seconds=None,
        is_stopping=False,
    )


def _edges(number: int, crowd: FlowCrowd) -> Iterator[FlowEdge]:
    yield FlowEdge(source=crowd.parent_id, target=number, tie="started", standing=None)
    for one in crowd.before:
        tie = "waits" if one == crowd.parent_id else "after"
        yield FlowEdge(source=number, target=one, tie=tie, standing="waiting")
    for one in crowd.after:
        yield FlowEdge(source=one, target=number, tie="after", standing="waiting")
