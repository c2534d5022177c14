"""Which jobs of a flow an act is for."""

from app.db import State
from app.db.queries.flows.flow import Flow
from app.pages.flow.choosing import Choosing
from app.pages.flow.crowds import folded
from tests.flows import crowd, edge, flow, node


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
    assert Choosing(folded(broken())).failed.ids() == [3, 5, 1]
    waiting = flow([node(one, state=State.SCHEDULED) for one in (1, 2, 3)], [edge(2, 1, "waits"), edge(1, 3, "after")])
    assert Choosing(folded(waiting)).unfinished.ids() == [3, 1, 2]


def test_from_a_job_on_what_failed_is_retried_and_what_waits_again_by_itself_is_not() -> None:
    found = Choosing(folded(broken()))

    assert [found.from_here(one).ids() for one in (3, 1, 5, 4, 6)] == [[3, 1], [3, 1], [5], [], []]


def test_of_a_crowd_it_is_known_how_many_and_their_ids_are_read_when_they_are_wanted() -> None:
    found = Choosing(folded(flow([node(1)], [], crowds=[crowd(1, 900, failed=30, cancelled=20, broken=15)])))

    assert (found.failed.count, found.unfinished.count, found.from_here(1).count) == (30, 0, 35)
