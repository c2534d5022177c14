"""What an earlier job returned, as a parameter: by reference, read when it is asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.lifecycle import requests
from app.db.queries import jobs
from app.errors import BadDeclaration
from app.queue import JobContext, JobError, Result, job
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")
RunWorker = Callable[..., WorkerLife]


def declare() -> tuple[Any, Any]:
    """Declare a job that returns numbers, and one that adds up what another one returned."""

    @job(max_retries=0)
    def numbers(ctx: JobContext, upto: int = 3) -> list[int]:
        """Return numbers; no negative ones."""
        if upto < 0:
            raise JobError("It is negative.")
        return list(range(upto + 1))

    @job(max_retries=0)
    def add_up(ctx: JobContext, found: Result[list[int]], more: list[Result[list[int]]] = []) -> int:  # noqa: B006
        """Add up."""
        return sum(found.value) + sum(sum(one.value) for one in more)

    return numbers, add_up


def finished(job: JobSnapshot) -> JobSnapshot:
    """Wait for the end of a job."""
    return until(lambda: one if (one := jobs.get_job(job.id)).state.is_finished else None)


@pytest.mark.thorough
def test_the_job_is_given_what_the_other_returned_and_waits_for_it(run_worker: RunWorker) -> None:
    numbers, add_up = declare()
    first, second = numbers.start(3), numbers.start(1)

    then = add_up.start(numbers.result_of(first), [numbers.result_of(second.id)])

    assert (then.state, then.after, then.params) == (
        State.SCHEDULED, [first.id, second.id], {"found": first.id, "more": [second.id]},
    )  # fmt: skip
    run_worker()
    assert finished(then).result == 7
    assert finished(add_up.start(Result(first))).result == 6


def test_one_that_was_deleted_meanwhile_says_so(run_worker: RunWorker) -> None:
    numbers, add_up = declare()
    run_worker()
    first = finished(numbers.start())
    waits = add_up.after([numbers.start(-1)], when="finished").start(Result(first))
    requests.delete(first.id, by=ME)

    ended = finished(waits)

    assert ended.error is not None
    assert ended.error.message == f"The result of job #{first.id} is gone: the job was deleted."


def test_something_else_than_was_declared_says_so(run_worker: RunWorker) -> None:
    @job
    def words(ctx: JobContext) -> str:
        """Return no numbers."""
        return "many"

    _, add_up = declare()
    run_worker()

    ended = finished(add_up.start(Result(finished(words.start()))))

    assert ended.error is not None
    assert ended.error.message == f"Job #{ended.id - 1} Words returned something else than is needed here."


def test_in_a_test_a_value_stands_for_it() -> None:
    _, add_up = declare()

    assert add_up.run_inline(Result.of([1, 2]), [Result.of([3]), Result.of([4])]).result == 10


def test_what_it_is_has_to_be_said() -> None:
    with pytest.raises(BadDeclaration, match=r"as in Result\[int\]"):

        @job
        def bare(ctx: JobContext, found: Result) -> None:  # type: ignore[type-arg]  # it is refused
            """Take anything."""
