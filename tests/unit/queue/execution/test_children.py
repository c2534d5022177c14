"""What a job does with its children: started once, waited for without a thread, and read one by one."""

from collections.abc import Callable
from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.lifecycle import requests
from app.db.queries import details, jobs
from app.queue import JobContext, JobError, job
from app.queue.context.context import Needs
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")

RunWorker = Callable[..., WorkerLife]


def finished(job: JobSnapshot) -> JobSnapshot:
    """Wait for the end of a job."""
    return until(lambda: one if (one := jobs.get_job(job.id)).state.is_finished else None)


def declare(needs: Needs = "all", *, isolate: bool = False) -> tuple[Any, Any]:
    """Declare a job that sums up what its children answer, and these."""

    @job(max_retries=0)
    def double(ctx: JobContext, number: int) -> int:
        """Answer twice a number; no negative one."""
        if number < 0:
            raise JobError("It is negative.")
        return 2 * number

    @job(max_retries=0, isolate=isolate)
    def add_up(ctx: JobContext, numbers: list[int]) -> list[Any]:
        """Let children double numbers, and add up."""
        children = ctx.start_many(double, [{"number": one} for one in numbers], once="doubles")
        ended = list(ctx.wait(children, needs=needs))
        return [sum(child.result or 0 for child in ended), [child.params["number"] for child in ended], ctx.attempt]

    return add_up, double


def test_a_job_waits_without_a_thread_and_goes_on_with_the_results(run_worker: RunWorker) -> None:
    add_up, _ = declare()
    run_worker(threads=1)

    ended = finished(add_up.start([3, 1, 2]))

    assert (ended.result, ended.max_attempts) == ([12, [3, 1, 2], 2], 2)
    assert [one.state for one in details.list_attempts(ended.id)] == ["put_aside", "succeeded"]
    assert jobs.newest_id() == ended.id + 3
    reasons = [one.reason for one in details.list_transitions(ended.id)]
    assert "put aside, to wait for 3 jobs" in reasons


@pytest.mark.parametrize(
    ("needs", "sentence"),
    [
        ("all", "2 of 3 jobs that it waited for succeeded; all had to, the first #{} Double (failed)."),
        (0.9, "2 of 3 jobs that it waited for succeeded; 90% had to, the first #{} Double (failed)."),
        ("any", None),
        ("none", None),
        (0.5, None),
    ],
)
def test_how_many_have_to_succeed_is_said_by_who_waits(
    run_worker: RunWorker, needs: Needs, sentence: str | None
) -> None:
    add_up, _ = declare(needs)
    run_worker()

    ended = finished(add_up.start([1, -1, 2]))

    said = ended.error.message if ended.error else None
    assert said == (sentence.format(ended.id + 2) if sentence else None)
    assert ended.state is (State.FAILED if sentence else State.SUCCEEDED)


@pytest.mark.thorough
def test_a_retry_starts_no_child_again_unless_it_starts_anew(run_worker: RunWorker) -> None:
    add_up, _ = declare()
    run_worker()
    failed = finished(add_up.start([1, -1]))
    newest = jobs.newest_id()

    requests.retry(failed.id, retries=0, by=ME)
    again = finished(failed)
    between = jobs.newest_id()
    requests.retry(failed.id, retries=0, by=ME, is_anew=True)
    until(lambda: jobs.newest_id() > newest)
    anew = finished(failed)

    assert (again.state, between) == (State.FAILED, newest)
    assert (anew.state, jobs.newest_id()) == (State.FAILED, newest + 2)


def test_in_a_test_children_that_are_waited_for_run_at_once() -> None:
    add_up, _ = declare()

    run = add_up.run_inline([3, 1])

    assert run.result == [8, [3, 1], 1]
    assert [child.kind for child in run.started] == ["double", "double"]


def test_nothing_to_wait_for_is_no_wait(run_worker: RunWorker) -> None:
    add_up, _ = declare()
    run_worker()

    assert finished(add_up.start([])).result == [0, [], 1]
