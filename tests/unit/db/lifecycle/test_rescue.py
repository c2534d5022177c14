"""What becomes of a job whose worker died."""

import pytest

from app.db import State
from app.db.lifecycle import batch, requests, rescue
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.start import Message
from app.db.queries import details
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_a_rescued_job_runs_elsewhere_and_the_zombies_finish_changes_nothing() -> None:
    message = stored()
    claimed(message)
    [(job, again)] = rescue.rescue("w1")
    assert again is not None
    assert (job.state, job.max_attempts) == (State.QUEUED, 3)
    assert [one.state for one in details.list_attempts(message.job_id)] == ["lost"]

    assert done(message, "w1", result="zombie") is None
    assert claimed(again, "w2")
    assert rescue.rescue("w1") == []


def test_a_job_that_was_asked_to_stop_is_not_queued_again_when_its_worker_dies() -> None:
    message = stored()
    claimed(message)
    requests.cancel(message.job_id, by=ME)
    [(job, again)] = rescue.rescue("w1")
    assert (job.state, again) == (State.CANCELLED, None)


def test_a_job_whose_worker_died_runs_alone_from_then_on() -> None:
    message = stored()
    claimed(message)
    [(_, again)] = rescue.rescue("w1")
    assert again is not None
    [claim] = batch.record([], [again], worker=Worker(id="w2", name="w2")).claims
    assert claim.is_alone


def test_a_job_that_kills_its_process_again_and_again_while_alone_ends_as_failed() -> None:
    message: Message | None = stored(max_crashes=3)
    for _ in range(3):
        assert message is not None
        assert claimed(message)
        lost = rescue.crash(message.job_id, message.token, worker_id="w1", reason="its process died")
        assert lost is not None
        job, message = lost
    assert message is None
    assert (job.state, job.error and job.error.message) == (
        State.FAILED,
        "Its process died 3 times while it ran.",
    )


def test_deaths_of_its_worker_are_not_its_own_crashes() -> None:
    message: Message | None = stored(max_crashes=2)
    for number in range(5):
        assert message is not None
        assert claimed(message, f"w{number}")
        [(job, message)] = rescue.rescue(f"w{number}")
    assert job.state is State.QUEUED


def test_a_job_whose_worker_dies_without_end_ends_as_failed() -> None:
    message: Message | None = stored()
    for number in range(rescue.MAX_LOST):
        assert message is not None
        assert claimed(message, f"w{number}")
        [(job, message)] = rescue.rescue(f"w{number}")
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker died 25 times while it ran.")


def test_a_job_that_may_run_once_ends_when_its_worker_dies() -> None:
    claimed(stored(max_crashes=1))

    [(job, again)] = rescue.rescue("w1")

    assert again is None
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker died while it ran.")
