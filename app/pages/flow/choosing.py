"""Which jobs of a flow an act is for, in the order in which it is to be done."""

from collections import defaultdict
from collections.abc import Iterable

from app.db import State
from app.db.queries.flows.flow import Flow
from app.pages.flow.layers import layers_of


def unfinished(flow: Flow) -> list[int]:
    """Return the jobs that can be cancelled: who waits before whom it waits for, so that no end wakes it meanwhile."""
    return _in_order(flow, [one.id for one in flow.nodes if not one.state.is_finished])[::-1]


def failed(flow: Flow) -> list[int]:
    """Return the jobs that failed: those that another one waited for before that one, which asks how they ended."""
    return _in_order(flow, [one.id for one in flow.nodes if one.state is State.FAILED])


def from_here(flow: Flow, job_id: int) -> list[int]:
    """Return a job, what it started and what waited for any of them, as far as it failed or was cancelled.

    Those that were cancelled because of another one's end are left out: they wait again when that one is retried.
    """
    started, waits = defaultdict[int, list[int]](list), defaultdict[int, list[int]](list)
    for edge in flow.edges:
        (started if edge.tie == "started" else waits)[edge.source].append(edge.target)
    own = _reached({job_id}, started)
    reached = _reached(own, waits)
    by_another = {edge.target for edge in flow.edges if edge.standing == "broken"}
    chosen = (one for one in flow.nodes if one.id in reached)
    again = [
        one.id
        for one in chosen
        if one.state is State.FAILED or (one.state is State.CANCELLED and one.id not in by_another)
    ]
    return _in_order(flow, again)


def _reached(first: Iterable[int], following: dict[int, list[int]]) -> set[int]:
    reached, last = set(first), list(first)
    while last:
        last = list({one for before in last for one in following[before]} - reached)
        reached.update(last)
    return reached


def _in_order(flow: Flow, ids: Iterable[int]) -> list[int]:
    """Put jobs behind those that they wait, or waited, for."""
    ties = [(edge.source, edge.target) for edge in flow.edges if edge.tie != "started"]
    layers = layers_of((one.id for one in flow.nodes), ties)
    return sorted(ids, key=lambda one: (layers[one], one))
