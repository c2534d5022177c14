"""How an attempt ends, and what becomes of its job."""

import pytest

from app.db import State
from app.db.clock import now
from app.db.lifecycle import batch, requests, rescue
from app.db.lifecycle.claim import Worker
from app.db.queries import details
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure
from tests.actors import ME
from tests.store import claimed, done, stored

FAILURE = Failure(type="E", message="m", signature="s")
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_a_finish_is_recorded_once_and_known_again_by_its_worker() -> None:
    message = stored()
    claimed(message)
    at = now()
    assert done(message, "w1", at=at, result="first") is not None
    assert done(message, "w1", at=at, result="first") is not None
    assert done(message, "w2", outcome="failed", result=None, failure=FAILURE) is None
    job = job_queries.get_job(message.job_id)
    assert (job.state, job.result) == (State.SUCCEEDED, "first")
    assert [one.to_state for one in details.list_transitions(message.job_id)].count(State.SUCCEEDED) == 1


@pytest.mark.parametrize("number", [2**100 + 1, -(2**63) - 1, 12.0, 0.1, 1e300, True, 7])
def test_a_result_that_is_a_number_is_kept_as_it_is(number: float) -> None:
    message = stored()
    claimed(message)

    done(message, "w1", result=number)

    result = job_queries.get_job(message.job_id).result
    assert (result, type(result)) == (number, type(number))


def test_a_job_that_was_asked_to_stop_is_not_retried() -> None:
    message = stored()
    claimed(message)
    assert requests.cancel(message.job_id, by=ME)[0].is_stopping
    job = done(message, outcome="failed", result=None, failure=FAILURE, retry_at=now())
    assert job is not None
    assert (job.state, job.error) == (State.CANCELLED, None)


def test_a_job_that_may_run_once_ends_when_its_worker_stops() -> None:
    message = stored(max_crashes=1)
    claimed(message)

    returned = rescue.hand_back(message.job_id, message.token, worker_id="w1", reason="its worker stopped")

    assert returned is not None
    job, again = returned
    assert again is None
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker stopped while it ran.")


def test_a_job_that_was_handed_back_again_and_again_runs_alone() -> None:
    message = stored()
    alone = []
    for _ in range(rescue.MAX_HANDED_BACK):
        [claim] = batch.record([], [message], worker=Worker(id="w1", name="w1"), limits={}).claims
        alone.append(claim.is_alone)
        returned = rescue.hand_back(message.job_id, claim.token, worker_id="w1", reason="its worker stopped")
        assert returned is not None
        assert returned[1] is not None
        message = returned[1]
    [claim] = batch.record([], [message], worker=Worker(id="w1", name="w1"), limits={}).claims

    assert [*alone, claim.is_alone] == [False] * rescue.MAX_HANDED_BACK + [True]
    assert job_queries.get_job(message.job_id).attempt == rescue.MAX_HANDED_BACK + 1


def test_a_handed_back_job_burns_no_attempt() -> None:
    message = stored(max_attempts=1)
    claimed(message)
    returned = rescue.hand_back(message.job_id, message.token, worker_id="w1", reason="its worker stopped")
    assert returned is not None
    job, again = returned
    assert (job.state, job.attempt, job.max_attempts) == (State.QUEUED, 1, 2)
    assert again is not None
    assert claimed(again, "w2")
