"""Which jobs of a flow an act is for."""

from app.db import State
from app.db.queries.flows.flow import Flow
from app.pages.flow.choosing import failed, from_here, unfinished
from tests.flows import edge, flow, node


def broken() -> Flow:
    """Return a job that failed since one of its children did, one that waited for it, and one beside them."""
    states = {
        1: State.FAILED,
        2: State.SUCCEEDED,
        3: State.FAILED,
        4: State.CANCELLED,
        5: State.FAILED,
        6: State.QUEUED,
    }
    parents = {2: 1, 3: 1}
    nodes = [node(one, state=state, parent=parents.get(one)) for one, state in states.items()]
    edges = [edge(1, 2, "started"), edge(1, 3, "started"), edge(2, 1, "waits"), edge(3, 1, "waits")]
    return flow(nodes, [*edges, edge(1, 4, "after", broken=True), edge(5, 6, "after")])


def test_who_was_waited_for_is_retried_first_and_cancelled_last() -> None:
    assert failed(broken()) == [3, 5, 1]
    waiting = flow([node(one, state=State.SCHEDULED) for one in (1, 2, 3)], [edge(2, 1, "waits"), edge(1, 3, "after")])
    assert unfinished(waiting) == [3, 1, 2]


def test_from_a_job_on_what_failed_is_retried_and_what_waits_again_by_itself_is_not() -> None:
    found = broken()

    assert from_here(found, 3) == [3, 1]
    assert from_here(found, 1) == [3, 1]
    assert from_here(found, 5) == [5]
    assert from_here(found, 4) == []
    assert from_here(found, 6) == []
