"""The state machine's writes: who is second changes nothing, and a write whose reply was lost is known as one's own."""

from datetime import timedelta

import pytest

from app.db import State, history, jobs, outstanding, reported, requests
from app.db.engine import now
from app.db.jobs import Finish, Message, NewJob
from app.db.models import LogLineRow
from app.db.reported import ProgressWrite
from app.db.snapshot import Failure
from app.errors import WrongState
from tests.unit.db.stored import stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def claimed(message: Message, worker: str = "w1") -> bool:
    """Claim a job for a worker."""
    return jobs.claim(message.job_id, message.token, worker=worker, worker_id=worker) is not None


def done(message: Message, worker: str = "w1") -> Finish:
    """Finish a job for a worker; returns what was written."""
    end = Finish(outcome="succeeded", at=now(), result="x")
    jobs.finish(message.job_id, message.token, end, worker_id=worker)
    return end


def test_only_the_first_claim_wins() -> None:
    message = stored()
    assert claimed(message, "w1")
    assert not claimed(message, "w2")


def test_a_claim_whose_reply_was_lost_is_known_as_ones_own() -> None:
    message = stored()
    assert claimed(message)
    assert claimed(message)
    assert history.get_job(message.job_id).attempt == 1


def test_an_old_message_claims_nothing() -> None:
    message = stored()
    assert claimed(message)
    jobs.rescue("w1")
    assert not claimed(message, "w2")
    assert history.get_job(message.job_id).state is State.QUEUED


def test_a_finish_is_recorded_once_and_known_again_by_its_worker() -> None:
    message = stored()
    claimed(message)
    end = Finish(outcome="succeeded", at=now(), result="first")
    assert jobs.finish(message.job_id, message.token, end, worker_id="w1") is not None
    assert jobs.finish(message.job_id, message.token, end, worker_id="w1") is not None
    other = Finish(outcome="failed", at=now(), failure=Failure(type="E", message="m", signature="s"))
    assert jobs.finish(message.job_id, message.token, other, worker_id="w2") is None
    job = history.get_job(message.job_id)
    assert (job.state, job.result) == (State.SUCCEEDED, "first")
    assert [one.to_state for one in history.list_transitions(message.job_id)].count(State.SUCCEEDED) == 1


def test_a_rescued_job_runs_elsewhere_and_the_zombies_finish_changes_nothing() -> None:
    message = stored()
    claimed(message)
    [(job, again)] = jobs.rescue("w1")
    assert again is not None
    assert (job.state, job.max_attempts) == (State.QUEUED, 3)
    assert [one.state for one in history.list_attempts(message.job_id)] == ["lost"]

    end = Finish(outcome="succeeded", at=now(), result="zombie")
    assert jobs.finish(message.job_id, message.token, end, worker_id="w1") is None
    assert claimed(again, "w2")
    assert jobs.rescue("w1") == []


def test_a_job_that_was_asked_to_stop_is_not_queued_again_when_its_worker_dies() -> None:
    message = stored()
    claimed(message)
    requests.cancel(message.job_id, by="me")
    [(job, again)] = jobs.rescue("w1")
    assert (job.state, again) == (State.CANCELLED, None)


def test_a_job_that_was_asked_to_stop_is_not_retried() -> None:
    message = stored()
    claimed(message)
    assert requests.cancel(message.job_id, by="me").is_stopping
    failure = Failure(type="E", message="m", signature="s")
    end = Finish(outcome="failed", at=now(), failure=failure, retry_at=now())
    job = jobs.finish(message.job_id, message.token, end, worker_id="w1")
    assert job is not None
    assert (job.state, job.error) == (State.CANCELLED, None)


def test_a_job_whose_worker_dies_again_and_again_ends_as_failed() -> None:
    message: Message | None = stored(max_crashes=3)
    for crash in range(3):
        assert message is not None
        assert claimed(message, f"w{crash}")
        [(job, message)] = jobs.rescue(f"w{crash}")
    assert message is None
    assert (job.state, job.error and job.error.message) == (
        State.FAILED,
        "Its worker died 3 times while it ran.",
    )


def test_a_job_that_may_run_once_ends_when_its_worker_dies() -> None:
    claimed(stored(max_crashes=1))

    [(job, again)] = jobs.rescue("w1")

    assert again is None
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker died while it ran.")


def test_a_job_that_may_run_once_ends_when_its_worker_stops() -> None:
    message = stored(max_crashes=1)
    claimed(message)

    returned = jobs.hand_back(message.job_id, message.token, worker_id="w1", reason="its worker stopped")

    assert returned is not None
    job, again = returned
    assert again is None
    assert (job.state, job.error and job.error.message) == (State.FAILED, "Its worker stopped while it ran.")


def test_a_handed_back_job_burns_no_attempt() -> None:
    message = stored(max_attempts=1)
    claimed(message)
    returned = jobs.hand_back(message.job_id, message.token, worker_id="w1", reason="its worker stopped")
    assert returned is not None
    job, again = returned
    assert (job.state, job.attempt, job.max_attempts) == (State.QUEUED, 1, 2)
    assert again is not None
    assert claimed(again, "w2")


def test_what_is_due_is_queued_once() -> None:
    job, nothing = jobs.insert(
        NewJob(
            kind="count",
            title="Count",
            queue="default",
            params={},
            tags=[],
            search_text="",
            max_attempts=1,
            created_by="test",
            run_at=now() + timedelta(milliseconds=1),
        )
    )
    assert (job.state, nothing) == (State.SCHEDULED, None)
    while not outstanding.has_due():
        continue
    assert [one.id for one, _ in jobs.queue_due()] == [job.id]
    assert jobs.queue_due() == []


def test_old_progress_and_lines_of_a_deleted_job_are_left_out() -> None:
    message = stored()
    claimed(message)
    at = now()
    progress = {"done": 1, "total": 2, "message": "m", "rate_per_second": None, "at": at}
    line = LogLineRow(job_id=message.job_id, seq=1, attempt=1, at=at, level=20, text="kept")
    stray = LogLineRow(job_id=999, seq=1, attempt=1, at=at, level=20, text="stray")
    reported.record([ProgressWrite(job_id=message.job_id, token=message.token, **progress)], [line, stray])  # type: ignore[arg-type]
    reported.record([ProgressWrite(job_id=message.job_id, token=99, **{**progress, "done": 9})], [line])  # type: ignore[arg-type]
    assert history.get_job(message.job_id).progress.done == 1
    assert [one.text for one in history.list_log(message.job_id)] == ["kept"]


def test_totals_are_kept_with_every_move() -> None:
    first, second = stored(), stored()
    claimed(first)
    done(first)
    requests.cancel(second.job_id, by="me")
    totals = {str(state): total for state, total in history.state_totals().items() if total}
    assert totals == {"succeeded": 1, "cancelled": 1}
    requests.retry(second.job_id, retries=0, by="me")
    requests.delete(first.job_id)
    assert {str(state): total for state, total in history.state_totals().items() if total} == {"queued": 1}


def test_what_does_not_fit_the_state_is_refused_in_words() -> None:
    message = stored()
    with pytest.raises(WrongState, match="#1 is queued; only a failed or cancelled job can be retried"):
        requests.retry(message.job_id, retries=0, by="me")
    with pytest.raises(WrongState, match="cancel it first"):
        requests.delete(message.job_id)
    claimed(message)
    done(message)
    with pytest.raises(WrongState, match="succeeded already"):
        requests.cancel(message.job_id, by="me")


def test_an_id_is_never_given_twice(database: str) -> None:
    first = stored()
    requests.cancel(first.job_id, by="me")
    requests.delete(first.job_id)
    assert stored().job_id == first.job_id + 1
