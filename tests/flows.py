"""Flows made by hand, for tests that need no database."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from app.db import State
from app.db.queries.flows.flow import CrowdLinks, Flow, FlowCrowd, FlowEdge, FlowNode, Tie
from app.db.queries.flows.longest_way import longest_way

BEGIN = datetime(2026, 1, 31, 8, tzinfo=UTC)


def node(
    job_id: int,
    kind: str = "count",
    *,
    parent: int | None = None,
    state: State = State.SUCCEEDED,
    created: float = 0.0,
    began: float | None = None,
    ended: float | None = None,
) -> FlowNode:
    """Return a job of a flow; times are seconds from the flow's begin."""
    return FlowNode(
        id=job_id,
        kind=kind,
        title=kind.capitalize(),
        state=state,
        parent_id=parent,
        created_at=BEGIN + timedelta(seconds=created),
        started_at=None if began is None else BEGIN + timedelta(seconds=began),
        finished_at=None if ended is None else BEGIN + timedelta(seconds=ended),
        run_seconds=None if began is None or ended is None else ended - began,
        is_stopping=False,
    )


def edge(source: int, target: int, tie: Tie, *, broken: bool = False) -> FlowEdge:
    """Return a tie of two jobs."""
    return FlowEdge(
        source=source, target=target, tie=tie, standing=None if tie == "started" else "broken" if broken else "met"
    )


def flow(nodes: Iterable[FlowNode], edges: Iterable[FlowEdge], *, crowds: Sequence[FlowCrowd] = ()) -> Flow:
    """Return a flow of these."""
    nodes, edges = list(nodes), list(edges)
    states = Counter(one.state for one in nodes)
    for each in crowds:
        states.update(each.states)
    return Flow(
        nodes=nodes,
        edges=edges,
        crowds=list(crowds),
        count=states.total(),
        states=states,
        began_at=BEGIN,
        ended_at=None,
        seconds=1.0,
        longest_way=longest_way(nodes, edges),
        is_cut_off=False,
    )


def crowd(
    parent: int, number: int, kind: str = "count", *, failed: int = 0, cancelled: int = 0, broken: int = 0
) -> FlowCrowd:
    """Return so many jobs that one job started and waits for, all but some succeeded."""
    states = {State.SUCCEEDED: number - failed - cancelled, State.FAILED: failed, State.CANCELLED: cancelled}
    return FlowCrowd(
        parent_id=parent,
        kind=kind,
        title=kind.capitalize(),
        count=number,
        states={state: found for state, found in states.items() if found},
        broken=broken,
        after=[],
        before=[parent],
        links=CrowdLinks(jobs=f"/api/v1/jobs?parent_id={parent}&kind={kind}"),
    )


def chain(number: int, kinds: str = "a") -> Flow:
    """Return a flow of jobs that follow each other, of kinds that take turns."""
    nodes = [node(one, kinds[one % len(kinds)], began=one, ended=one + 1) for one in range(1, number + 1)]
    return flow(nodes, [edge(one, one + 1, "after") for one in range(1, number)])


def fan(number: int) -> Flow:
    """Return a flow of a job that started so many others and waited for them, and one that followed it."""
    children = range(2, number + 2)
    last = number + 2
    nodes = [
        node(1, "sum", began=number + 1, ended=number + 2),
        *(node(one, "count", parent=1, created=1, began=1, ended=one) for one in children),
        node(last, "tell", began=number + 2, ended=number + 3),
    ]
    edges = [
        *(edge(1, one, "started") for one in children),
        *(edge(one, 1, "waits") for one in children),
        edge(1, last, "after"),
    ]
    return flow(nodes, edges)
