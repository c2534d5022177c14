"""The longest way through a flow: from its last end back, at each job to what had to happen before it could go on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from app.db.queries.flows.flow import FlowEdge, FlowNode
from app.db.states import State


def longest_way(nodes: Sequence[FlowNode], edges: Iterable[FlowEdge]) -> list[int]:
    """Return the jobs by which a flow took as long as it did, from the first to the last; nothing where none ran.

    A job waited for the last of those that it waited for, or for its own start by the job that started it. One that
    waited for those that it started comes twice: before them and after them.
    """
    by_id = {one.id: one for one in nodes}
    awaited = defaultdict[int, list[FlowNode]](list)
    for edge in edges:
        source = by_id[edge.source]
        if edge.tie != "started" and source.finished_at is not None:
            awaited[edge.target].append(source)
    last = _last(nodes)
    way: list[int] = []
    until: datetime | None = None
    met = set[tuple[int, datetime | None]]()
    while last is not None and (last.id, until) not in met:
        met.add((last.id, until))
        way.append(last.id)
        last, until = _cause(last, until, awaited[last.id], by_id.get(last.parent_id or 0))
    return way[::-1]


def _last(nodes: Sequence[FlowNode]) -> FlowNode | None:
    """Return the job that goes on, the longest of several, else the one that ended last."""
    running = [one for one in nodes if one.state is State.RUNNING and one.started_at is not None]
    if running:
        return min(running, key=lambda one: (one.started_at or one.created_at, one.id))
    ended = [one for one in nodes if one.started_at is not None and one.finished_at is not None]
    return max(ended, key=lambda one: (one.finished_at or one.created_at, one.id), default=None)


def _cause(
    node: FlowNode, until: datetime | None, awaited: Sequence[FlowNode], parent: FlowNode | None
) -> tuple[FlowNode | None, datetime | None]:
    """Return what had to happen before a job could go on, and when that was.

    Args:
        node: the job.
        until: what happened later does not count; None: all counts.
        awaited: those that it waited for and that have ended.
        parent: the job that started it.
    """
    before = [one for one in awaited if one.finished_at and (until is None or one.finished_at <= until)]
    end = max(before, key=lambda one: (one.finished_at or one.created_at, one.id), default=None)
    if end is not None and (parent is None or (end.finished_at or end.created_at) > node.created_at):
        return end, end.finished_at
    return parent, node.created_at
