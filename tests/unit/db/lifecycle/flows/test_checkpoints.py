"""What jobs save for their next attempt: the latest value of the attempt that runs, until the job is started anew."""

from typing import Any

import pytest

from app.db.clock import now
from app.db.lifecycle import requests, rescue
from app.db.lifecycle.flows import checkpoints
from app.db.lifecycle.start import Message
from app.db.models.jobs import CheckpointRow
from app.db.queries import details, jobs
from app.db.snapshots.parts import Failure
from app.db.sql.sessions import session
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]

FAILED: dict[str, Any] = {"outcome": "failed", "result": None, "failure": Failure(type="E", message="m", signature="E")}


def running() -> Message:
    message = stored()
    assert claimed(message)
    return message


def test_the_latest_value_is_there_after_a_crash_a_hand_back_and_a_retry() -> None:
    handed_back, lost, failed = running(), running(), running()
    for one in (handed_back, lost, failed):
        assert checkpoints.save(one.job_id, one.token, {"row": 1})
        assert checkpoints.save(one.job_id, one.token, {"row": 2})

    assert rescue.hand_back(handed_back.job_id, handed_back.token, worker_id="w1", reason="its worker stopped")
    done(failed, **FAILED)
    rescue.rescue("w1")
    requests.retry(failed.job_id, retries=0, by=ME)

    assert [checkpoints.saved(one.job_id) for one in (handed_back, lost, failed)] == [{"row": 2}] * 3
    checkpoint = details.get_checkpoint(jobs.get_job(failed.job_id))
    assert checkpoint is not None
    assert (checkpoint.value, checkpoint.attempt) == ({"row": 2}, 1)


def test_an_attempt_that_lost_its_job_saves_nothing() -> None:
    message = running()
    assert checkpoints.save(message.job_id, message.token, "its own")
    [(_, again)] = rescue.rescue("w1")

    assert not checkpoints.save(message.job_id, message.token, "too late")
    assert again is not None
    assert claimed(again, "w2")
    assert not checkpoints.save(message.job_id, message.token, "too late")

    assert checkpoints.saved(message.job_id) == "its own"


def test_a_retry_from_the_beginning_forgets_it_and_says_so() -> None:
    message = running()
    checkpoints.save(message.job_id, message.token, 3)
    done(message, **FAILED)

    requests.retry(message.job_id, retries=0, by=ME, is_anew=True)

    assert checkpoints.saved(message.job_id) is None
    assert details.list_transitions(message.job_id)[-1].reason == "retried, from its beginning"


def test_it_goes_with_its_job() -> None:
    deleted, pruned = running(), running()
    for one in (deleted, pruned):
        checkpoints.save(one.job_id, one.token, 3)
        done(one)

    requests.delete(deleted.job_id, by=ME)
    requests.prune(now(), limit=9, max_lines=9)

    with session() as opened:
        assert [opened.get(CheckpointRow, one.job_id) for one in (deleted, pruned)] == [None, None]
