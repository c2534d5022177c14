"""The buttons that are off say why."""

import pytest

from app.db.queries.jobs import get_job
from app.pages.jobs.refusals import refuse_cancel, refuse_delete, refuse_force, refuse_retry
from app.queue import JobContext, cancel, job
from tests.actors import ME
from tests.store import claimed, done, stored


@pytest.fixture(autouse=True)
def _kind(room: object) -> None:
    """The kind of the jobs."""

    @job
    def count(ctx: JobContext) -> None:
        """Do nothing."""


def test_a_running_job_can_be_cancelled_once_and_then_stopped_by_force() -> None:
    message = stored()
    assert claimed(message)
    running = get_job(message.job_id)
    stopping = cancel(message.job_id, by=ME)
    forced = cancel(message.job_id, by=ME, is_forced=True)

    assert [refuse_cancel(one) for one in (running, stopping)] == [None, "It was asked to stop already."]
    assert [refuse_force(one) for one in (stopping, forced)] == [None, "It is being stopped by force."]
    assert refuse_retry(running) == "It is not finished yet."
    assert refuse_delete(running) == "Only a finished job can be deleted; cancel it first."


def test_a_finished_job_can_be_run_again_while_its_kind_is_declared_and_deleted() -> None:
    known, unknown = stored(), stored(kind="gone")
    assert claimed(known)
    assert claimed(unknown)
    ended = [done(message, outcome="failed", result=None) for message in (known, unknown)]

    jobs = [one for one in ended if one is not None]
    assert [refuse_retry(one) for one in jobs] == [None, "Its kind is not declared any more."]
    assert [refuse_delete(one) for one in jobs] == [None, None]
    assert refuse_cancel(jobs[0]) == "It is finished (failed); there is nothing to cancel."
