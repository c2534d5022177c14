"""A job as people and programs see it: what is derived, and what is not shown."""

from datetime import timedelta

import pytest

from app.db import State
from app.db.clock import now
from app.db.lifecycle import requests
from app.db.queries import jobs
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = pytest.mark.usefixtures("database")


def test_a_running_job_runs_so_far_and_is_stopping_when_it_was_asked_to() -> None:
    message = stored(params={"password": {"$sealed": "gAAAA"}})
    waiting = jobs.get_job(message.job_id)
    assert claimed(message)
    running = jobs.get_job(message.job_id)
    requests.cancel(message.job_id, by=ME)
    stopping = jobs.get_job(message.job_id)

    assert (waiting.run_seconds, waiting.wait_seconds, waiting.params) == (None, None, {"password": "•••"})
    assert running.run_seconds is not None
    assert not running.is_stopping
    assert stopping.is_stopping


def test_times_of_a_job_are_those_of_its_latest_attempt() -> None:
    message = stored()
    assert claimed(message)
    ended = done(message, at=now() + timedelta(seconds=90))

    assert ended is not None
    assert ended.state is State.SUCCEEDED
    assert ended.run_seconds == pytest.approx(90, abs=60)
    assert ended.links.model_dump() == {
        "self": f"/api/v1/jobs/{ended.id}",
        "page": f"/jobs/{ended.id}",
        "log": f"/api/v1/jobs/{ended.id}/log",
        "events": f"/api/v1/jobs/{ended.id}/events",
    }
