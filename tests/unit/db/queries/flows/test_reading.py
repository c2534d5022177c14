"""All jobs that are tied to one."""

import pytest

from app.db import State
from app.db.lifecycle import requests
from app.db.lifecycle.flows import aside
from app.db.queries.flows import flow_of, reading
from app.errors import NotFound
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_it_is_the_same_flow_from_each_of_its_jobs() -> None:
    parent, stranger = stored(title="Sum"), stored()
    assert claimed(parent)
    children = [inserted(parent_id=parent.job_id).message for _ in range(2)]
    aside.put_aside(
        parent.job_id, parent.token, worker_id="w1", awaits=[one.job_id for one in children if one is not None]
    )
    then = inserted(after=(parent.job_id,)).job_id
    ids = [parent.job_id, *(one.job_id for one in children if one is not None), then]

    flows = [flow_of(one) for one in ids]

    assert all([one.id for one in found.nodes] == ids for found in flows)
    assert all(found.edges == flows[0].edges for found in flows)
    assert {(one.source, one.target, one.tie, one.standing) for one in flows[0].edges} == {
        (ids[0], ids[1], "started", None),
        (ids[0], ids[2], "started", None),
        (ids[1], ids[0], "waits", "waiting"),
        (ids[2], ids[0], "waits", "waiting"),
        (ids[0], then, "after", "waiting"),
    }
    assert flows[0].ended_at is None
    assert [one.id for one in flow_of(stranger.job_id).nodes] == [stranger.job_id]


def test_one_that_is_gone_ties_nothing_any_more() -> None:
    first = stored()
    then = inserted(after=(first.job_id,))
    assert claimed(first)
    ended = done(first)
    assert ended is not None
    requests.delete(first.job_id, by=ME)

    found = flow_of(then.job_id)

    assert ([one.id for one in found.nodes], found.edges) == ([then.job_id], [])
    assert (found.count, found.states, found.crowds) == (1, {State.QUEUED: 1}, [])
    with pytest.raises(NotFound, match="no job"):
        flow_of(first.job_id)


def test_of_very_many_the_nearest_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_STEPS", 2)
    ids = [stored().job_id]
    for _ in range(5):
        ids.append(inserted(after=(ids[-1],)).job_id)

    found = flow_of(ids[0])

    assert ([one.id for one in found.nodes], found.is_cut_off) == (ids[:3], True)
    assert not flow_of(ids[2]).edges == []
