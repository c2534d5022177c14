"""The order in which many jobs are begun again: each behind those that it waits for."""

import pytest

from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message
from app.db.queries.flows import in_turn
from tests.store import claimed, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def running() -> Message:
    message = stored()
    assert claimed(message)
    return message


def test_jobs_are_in_the_order_of_their_ids_behind_those_that_they_wait_for() -> None:
    alone, parent, child, grandchild = stored().job_id, running(), running(), stored().job_id
    after_parent = inserted(after=(parent.job_id,)).job.id
    aside.put_aside(child.job_id, child.token, worker_id="w1", awaits=[grandchild])
    aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[child.job_id])

    ids = [after_parent, grandchild, parent.job_id, child.job_id, alone, 999, alone]

    assert in_turn(ids) == [alone, grandchild, child.job_id, parent.job_id, after_parent, 999]


def test_who_waits_for_one_that_is_not_chosen_keeps_its_place() -> None:
    parent, child, last = running(), stored().job_id, stored().job_id
    aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[child])

    assert in_turn([last, parent.job_id]) == [parent.job_id, last]
    assert in_turn([]) == []
