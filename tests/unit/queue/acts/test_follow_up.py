"""Acts on the failures of one cause."""

from pathlib import Path

import pytest

from app.db import State
from app.db.snapshots.parts import Failure
from app.errors import NotFound, WrongState
from app.jobs.bulk_act import bulk_act
from app.queue import cancel, registry
from app.queue.acts.control import delete
from app.queue.acts.follow_up import failures
from app.queue.events.types import FailuresChanged, JobEvent
from tests.actors import ME
from tests.store import claimed, done, stored


@pytest.fixture(autouse=True)
def _kind(room: Path) -> None:
    registry.add(bulk_act)


def failed() -> int:
    message = stored()
    assert claimed(message)
    end = Failure(type="E", message="m", signature="E: m")
    assert done(message, outcome="failed", result=None, failure=end) is not None
    return message.job_id


def test_a_retry_of_a_group_is_an_act_on_many_jobs_that_can_be_undone() -> None:
    ids = [failed(), failed()]

    asked = failures.retry_all("E: m", by=ME)

    assert (asked.title, asked.state, asked.created_by) == ("Retry 2 jobs", State.SCHEDULED, "me")
    assert (asked.params["action"], asked.params["ids"]) == ("retry", ids)
    assert cancel(asked.id, by=ME).state is State.CANCELLED


def test_a_group_of_which_nothing_is_left_is_not_retried() -> None:
    with pytest.raises(NotFound):
        failures.retry_all("E: m", by=ME)
    delete(failed(), by=ME)

    with pytest.raises(WrongState, match="None of its jobs is left to retry"):
        failures.retry_all("E: m", by=ME)


def test_the_screens_hear_of_a_dismissal(told: list[JobEvent]) -> None:
    failed()

    failures.dismiss("E: m", by=ME)
    failures.take_back("E: m", by=ME)

    assert [one for one in told if isinstance(one, FailuresChanged)] == [FailuresChanged(signature="E: m")] * 2
