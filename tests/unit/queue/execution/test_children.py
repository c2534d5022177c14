"""What a job does with its children: started once, waited for without a thread, and read one by one."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.lifecycle import requests
from app.db.queries import details, jobs
from app.queue import JobContext, JobError, job
from app.queue.context.context import Needs
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.patience import patient
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
        ("all", r"[12] of 3 jobs that it waited for succeeded{}; all had to, the first #{} Double \(failed\)\."),
        (0.9, r"[12] of 3 jobs that it waited for succeeded{}; 90% had to, the first #{} Double \(failed\)\."),
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

    goes_on = "(, with 1 that go on)?"  # one may, when that is decided
    said = ended.error.message if ended.error else ""
    assert re.fullmatch(sentence.format(goes_on, ended.id + 2) if sentence else "", said)
    assert ended.state is (State.FAILED if sentence else State.SUCCEEDED)


def test_with_any_it_goes_on_at_the_first_that_succeeds_while_others_run(run_worker: RunWorker) -> None:
    is_first_done = threading.Event()

    @job(max_retries=0)
    def reach(ctx: JobContext, number: int) -> int:
        """Answer a number; all but the first wait until somebody has heard of that."""
        if number:
            is_first_done.wait(patient(30))
        return number

    @job(max_retries=0)
    def ask_around(ctx: JobContext) -> list[int]:
        """Take the first answer."""
        children = ctx.start_many(reach, [{"number": number} for number in range(3)], once="all")
        return [child.result for child in ctx.wait(children, needs="any")]

    run_worker(threads=4)
    started = ask_around.start()

    try:
        answer = finished(started).result
    finally:
        is_first_done.set()

    assert answer == [0]


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([1_000_000], "0 of 1 jobs that it waited for succeeded; all had to, the first #1000000, which is gone."),
        (
            range(1, 100_001),
            "A job waits for at most 10,000 jobs at once; these are 100,000. Let children wait for parts of them.",
        ),
    ],
)
def test_what_cannot_be_waited_for_fails_in_words(run_worker: RunWorker, others: Sequence[int], sentence: str) -> None:
    @job
    def wait_for_others(ctx: JobContext) -> None:
        """Wait for jobs of these numbers."""
        list(ctx.wait(others))

    run_worker()

    ended = finished(wait_for_others.start())

    assert ended.error is not None
    assert (ended.state, ended.attempt, ended.error.message) == (State.FAILED, 1, sentence)


def test_a_hundred_thousand_children_at_once_are_refused_in_words(run_worker: RunWorker) -> None:
    _, double = declare()

    @job
    def overdo(ctx: JobContext) -> None:
        """Start more than may be."""
        ctx.start_many(double, ({"number": number} for number in range(100_000)))

    run_worker()

    ended = finished(overdo.start())

    assert ended.error is not None
    assert ended.error.message == (
        "At most 10,000 jobs are started at once; these are 100,000. Start children that start a part of them each."
    )
    assert (ended.state, jobs.newest_id()) == (State.FAILED, ended.id)


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


def add_up(ctx: JobContext, children: Iterator[JobSnapshot]) -> list[int]:
    """Add up what the children answer."""
    return [sum(child.result for child in children), ctx.attempt]


def declare_plain(*, isolate: bool = False) -> Any:
    """Declare a job that only starts children, and what is called when they have succeeded."""
    _, double = declare()

    @job(max_retries=0, isolate=isolate, after_children=add_up)
    def begin(ctx: JobContext, numbers: list[int]) -> None:
        """Let children double numbers."""
        ctx.log("begins")
        ctx.start_many(double, [{"number": one} for one in numbers])

    return begin


@pytest.mark.parametrize("isolate", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_after_children_is_called_once_with_all_that_they_answer(run_worker: RunWorker, isolate: bool) -> None:
    begin = declare_plain(isolate=isolate)
    run_worker(threads=1)

    ended = finished(begin.start([3, 1]))

    assert ended.result == [8, 2]
    assert jobs.newest_id() == ended.id + 2
    assert [one.text for one in details.list_log(ended.id)] == ["begins"]


@pytest.mark.thorough
def test_after_children_is_not_called_where_one_failed_and_is_after_it_was_retried(run_worker: RunWorker) -> None:
    begin = declare_plain()
    run_worker()

    failed = finished(begin.start([3, -1]))
    assert failed.error is not None
    assert failed.error.message.endswith(f"the first #{failed.id + 2} Double (failed).")
    requests.delete(failed.id + 2, by=ME)
    requests.retry(failed.id, retries=0, by=ME)
    again = until(
        lambda: one if (one := jobs.get_job(failed.id)).attempt > failed.attempt and one.state.is_finished else None
    )

    assert again.error is not None
    assert again.error.message.endswith(f"the first #{failed.id + 2}, which is gone.")


def test_in_a_test_after_children_is_called_with_what_they_return() -> None:
    assert declare_plain().run_inline([3, 1]).result == [8, 1]


def test_a_job_without_children_goes_on_at_once(run_worker: RunWorker) -> None:
    begin = declare_plain()
    run_worker()

    assert finished(begin.start([])).result == [0, 1]
