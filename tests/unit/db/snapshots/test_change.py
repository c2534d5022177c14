"""What a job is after a write on many rows: the same as a new reading of it says."""

from datetime import timedelta

import pytest

from app.db import JobSnapshot
from app.db.clock import now
from app.db.lifecycle import batch
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.queries import jobs
from app.db.snapshots.parts import Failure, Outcome
from tests.store import stored

WORKER = Worker(id="w1", name="w1")
FAILURE = Failure(type="ValueError", message="no", signature="ValueError: no")
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def without_time(job: JobSnapshot) -> dict[str, object]:
    """Return a job without what passes while one looks."""
    return job.model_dump(exclude={"run_seconds"} if not job.state.is_finished else set())


def test_a_claimed_job_is_told_as_it_is_read() -> None:
    [claim] = batch.record([], [stored()], worker=WORKER).claims

    assert without_time(claim.job) == without_time(jobs.get_job(claim.job_id))
    assert claim.job.wait_seconds is not None
    assert claim.job.run_seconds is not None


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "cancelled"])
@pytest.mark.parametrize("is_retried", [True, False])
def test_a_job_whose_attempt_ended_is_told_as_it_is_read(outcome: Outcome, is_retried: bool) -> None:
    message = stored()
    batch.record([], [message], worker=WORKER)
    at = now() + timedelta(seconds=3)
    end = Finish(
        job_id=message.job_id,
        token=message.token,
        outcome=outcome,
        at=at,
        result={"rows": 1} if outcome == "succeeded" else None,
        failure=FAILURE if outcome == "failed" else None,
        retry_at=at + timedelta(seconds=9) if is_retried and outcome == "failed" else None,
    )

    [change] = batch.record([end], [], worker=WORKER).ended

    assert change is not None
    assert without_time(change.job) == without_time(jobs.get_job(message.job_id))
