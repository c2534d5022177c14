"""How a job's outcome is decided around Dramatiq's run of it, and which message is not run at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from dramatiq import Message, MessageProxy
from dramatiq.middleware import SkipMessage

from app.db import JobSnapshot, State
from app.db.queries import details, jobs
from app.errors import Forbidden, NotFound
from app.queue import JobContext, job
from app.queue.context.run import Run
from app.queue.context.stop import JobLost, StopReason
from app.queue.worker.middleware import JobState, call
from app.queue.worker.worker import WorkerLife
from tests.store import stored
from tests.unit.queue.runs import run_of
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")
BROKER: Any = None
"""Dramatiq's; nothing here asks it."""


@pytest.fixture
def life() -> Iterator[WorkerLife]:
    """A worker whose threads run, and a kind."""

    @job
    def count(ctx: JobContext) -> None:
        """Count."""

    made = WorkerLife(name="worker-1", client=None)
    made.start(threads=2)
    yield made
    made.stop()


def claimed(life: WorkerLife, **fields: Any) -> Run:
    """Store a job, and claim it for the worker."""
    [claim] = life.claim([stored(**fields)])
    run = run_of(claim.job_id, kind_name=claim.kind, token=claim.token)
    life.begin(run)
    return run


def message(run: Run, *, token: int | None = None) -> MessageProxy:
    """Return the message of a run."""
    arguments = (run.job_id, token or run.token)
    return MessageProxy(Message(queue_name="jobs", actor_name=run.kind_name, args=arguments, kwargs={}, options={}))


def finished(run: Run) -> JobSnapshot | None:
    """Return the job once its outcome is written."""
    found = jobs.get_job(run.job_id)
    return found if found.state.is_finished else None


def test_a_job_that_returns_has_succeeded(life: WorkerLife) -> None:
    run, state = claimed(life), JobState(life)

    state.before_process_message(BROKER, message(run))
    run.result = [1]
    state.after_process_message(BROKER, message(run))

    job = until(lambda: finished(run))
    assert (job.state, job.result) == (State.SUCCEEDED, [1])


def test_a_job_that_raises_has_failed(life: WorkerLife) -> None:
    run, state = claimed(life, max_attempts=1), JobState(life)

    state.before_process_message(BROKER, message(run))
    state.after_process_message(BROKER, message(run), exception=LookupError("nothing there"))

    job = until(lambda: finished(run))
    assert job.error is not None
    assert (job.state, job.error.type, job.error.message) == (State.FAILED, "LookupError", "nothing there")


@pytest.mark.parametrize("is_returned", [True, False])
def test_a_message_whose_job_was_returned_or_has_another_token_is_not_run(life: WorkerLife, is_returned: bool) -> None:
    run, state = claimed(life), JobState(life)
    if is_returned:
        run.claim_begin()

    with pytest.raises(SkipMessage):
        state.before_process_message(BROKER, message(run, token=run.token + (not is_returned)))
    assert not run.has_begun


def test_what_was_done_here_does_not_count_where_another_worker_has_the_job(life: WorkerLife) -> None:
    run, state = claimed(life), JobState(life)

    state.before_process_message(BROKER, message(run))
    run.ask_to_stop(StopReason.LOST)
    state.after_process_message(BROKER, message(run), exception=JobLost())
    state.after_process_message(BROKER, message(run))

    assert life.running.find(run.job_id) is None
    assert jobs.get_job(run.job_id).state is State.RUNNING
    assert [one.state for one in details.list_attempts(run.job_id)] == ["running"]


def test_a_job_whose_kind_nobody_declares_or_which_is_off_does_not_run(life: WorkerLife) -> None:
    @job(off_unless="allow_commands")
    def off(ctx: JobContext) -> None:
        """Never run."""

    unknown, switched_off = claimed(life, kind="gone"), claimed(life, kind="off")

    with pytest.raises(NotFound):
        call(unknown.job_id, life)
    with pytest.raises(Forbidden):
        call(switched_off.job_id, life)
