"""Very many jobs of a kind that one job started."""

import pytest

from app.db import State
from app.db.lifecycle import requests, start
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message
from app.db.queries.flows import crowds, flow_of, ids_of_crowd, reading, with_others
from app.db.snapshots.parts import Failure
from tests.actors import ME
from tests.store import claimed, done, inserted, new_job, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """Let more than ten children be very many, and start 30 of one job, which waits for them. The job comes first."""
    for module in (crowds, reading):
        monkeypatch.setattr(module, "MANY", 10)
    parent = stored(title="Sum")
    assert claimed(parent)
    started = start.insert_jobs([new_job(parent_id=parent.job_id) for _ in range(30)])
    messages = [one.message for one in started if one.message is not None]
    aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[one.job_id for one in messages])
    return [parent, *messages]


def failed(message: Message) -> None:
    assert claimed(message)
    assert done(message, outcome="failed", result=None, failure=Failure(type="E", message="m", signature="E"))


def test_of_very_many_children_some_are_named_and_the_others_counted(children: list[Message]) -> None:
    parent, *others = (one.job_id for one in children)
    then = inserted(after=(parent,)).job_id
    failed(children[20])
    assert claimed(children[25])

    for seen_from in (parent, others[24], others[3], then):
        found = flow_of(seen_from)

        [crowd] = found.crowds
        named = {one.id for one in found.nodes}
        assert {parent, then, seen_from, children[20].job_id, children[25].job_id} <= named
        assert len(named) < 15
        assert (found.count, found.states) == (
            32, {State.SCHEDULED: 2, State.QUEUED: 28, State.RUNNING: 1, State.FAILED: 1},
        )  # fmt: skip
        assert (crowd.parent_id, crowd.kind, crowd.title) == (parent, "count", "Count")
        assert (crowd.count, crowd.states) == (32 - len(named), {State.QUEUED: 32 - len(named)})
        assert (crowd.after, crowd.before) == ([], [parent])
        assert {(edge.source, edge.target, edge.tie) for edge in found.edges} == {
            *((parent, one, "started") for one in named - {parent, then}),
            *((one, parent, "waits") for one in named - {parent, then}),
            (parent, then, "after"),
        }
        assert (found.ended_at, found.is_cut_off) == (None, False)
    assert with_others([parent, others[0], then]) == {parent, others[0]}


def test_a_job_that_was_started_to_wait_for_very_many_finds_them(children: list[Message]) -> None:
    parent, *others = (one.job_id for one in children)
    last = inserted(after=tuple(others)).job_id
    below = inserted(parent_id=others[28]).job_id

    found = flow_of(last)

    assert found.count == 33
    assert {parent, last, below, others[28]} <= {one.id for one in found.nodes}
    assert [crowd.before for crowd in found.crowds] == [[parent, last]]


def test_the_ids_of_very_many_are_read_by_their_states(children: list[Message]) -> None:
    parent, first, second, *others = (one.job_id for one in children)
    failed(children[1])
    after = start.insert_jobs([new_job(parent_id=parent, kind="then", after=(one,)) for one in (first, others[0])])
    requests.cancel(second, by=ME)

    again = (State.FAILED, State.CANCELLED)

    assert ids_of_crowd(parent, "count", again) == [first, second]
    assert ids_of_crowd(parent, "count", [State.QUEUED]) == others
    assert ids_of_crowd(parent, "then", again) == [after[0].job_id]
    assert ids_of_crowd(parent, "then", again, with_broken=False) == []
