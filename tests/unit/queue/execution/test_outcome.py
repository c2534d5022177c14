"""How attempts end: what a job returns counts as its work, whatever it is."""

import asyncio
import itertools
import time
from array import array
from collections import ChainMap
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from functools import partial
from inspect import CORO_CLOSED, getcoroutinestate
from types import MappingProxyType
from typing import Any, cast

import pytest

from app.db import JobSnapshot, State
from app.db.queries import details, jobs
from app.queue import JobCancelled, JobContext, JobError, cancel, job
from app.queue.execution.outcome import kept
from tests.actors import ME
from tests.patience import patient
from tests.waiting import until

RunWorker = Callable[..., object]

pytestmark = pytest.mark.both_databases


def finished(started: JobSnapshot) -> JobSnapshot:
    """Wait until the job is finished."""

    def ended() -> JobSnapshot | None:
        found = jobs.get_job(started.id)
        return found if found is not None and found.state.is_finished else None

    return until(ended)


@pytest.mark.thorough
def test_a_result_that_works_as_it_is_read_stands_under_the_time_limit(run_worker: RunWorker) -> None:
    @job(max_retries=0, timeout=0.3, grace=0)
    def work_later(ctx: JobContext) -> Any:
        """Return work that begins when it is read."""
        return map(time.sleep, itertools.repeat(0.02, round(patient(100))))

    run_worker()
    failed = finished(work_later.start())

    assert failed.error is not None
    assert failed.error.message == "It ran longer than its time limit of 0.3 s."


@pytest.mark.thorough
@pytest.mark.parametrize("is_inside", [False, True])
def test_a_result_that_works_as_it_is_read_hears_a_cancel(run_worker: RunWorker, is_inside: bool) -> None:
    heard: list[bool] = []

    @job(max_retries=0)
    def work_later(ctx: JobContext) -> Any:
        """Return work that reports its progress."""

        def steps() -> Iterator[int]:
            try:
                for step in itertools.count():
                    ctx.progress(step)
                    time.sleep(0.01)
                    yield step
            except JobCancelled:
                heard.append(True)
                raise

        return {"steps": steps()} if is_inside else steps()

    run_worker()
    started = work_later.start()
    until(lambda: (found := jobs.get_job(started.id)) is not None and found.progress.done)
    cancel(started.id, by=ME)

    assert finished(started).state is State.CANCELLED
    assert heard == [True]


def test_a_result_that_fails_as_it_is_read_fails_with_its_own_error_and_is_tried_again(run_worker: RunWorker) -> None:
    tries = itertools.count(1)

    @job(max_retries=1, retry_delay=0.01)
    def work_later(ctx: JobContext) -> Any:
        """Return work that fails the first time."""
        is_first = next(tries) == 1

        def steps() -> Iterator[int]:
            yield 1
            if is_first:
                raise ValueError("no such day")

        return steps()

    run_worker()
    done = finished(work_later.start())

    assert (done.state, done.result, done.attempt) == (State.SUCCEEDED, [1], 2)
    first = details.list_attempts(done.id)[0]
    assert first.error is not None
    assert (first.error.type, first.error.message) == ("ValueError", "no such day")


def test_a_result_without_end_is_refused(run_worker: RunWorker) -> None:
    @job(max_retries=0)
    def count(ctx: JobContext) -> Any:
        """Return all whole numbers."""
        return itertools.count()

    run_worker()
    failed = finished(count.start())

    assert failed.error is not None
    assert failed.error.message.startswith("The job's result takes ")


def test_what_is_asynchronous_is_refused_with_a_sentence(run_worker: RunWorker) -> None:
    @job(max_retries=0)
    def forget_to_run(ctx: JobContext) -> Any:
        """Return what would have to be awaited."""
        return asyncio.sleep(0)

    run_worker()
    failed = finished(forget_to_run.start())

    assert failed.error is not None
    assert failed.error.message.startswith("The job returned something asynchronous (coroutine), which did not run.")


def test_numbers_that_no_database_takes_silence_nobody(run_worker: RunWorker) -> None:
    @job(max_retries=0)
    def count_far(ctx: JobContext, far: bool) -> None:
        """Report a number of more than 64 bits, or a small one, and a line."""
        number = 10**30 if far else 3
        ctx.progress(number, 10 * number)
        ctx.log("counted")

    run_worker()
    both = [finished(count_far.start(far)) for far in (True, False)]

    assert [one.progress.done for one in both] == [1e30, 3]
    assert [[line.text for line in details.list_log(one.id)] for one in both] == [["counted"]] * 2


def test_an_exception_that_answers_nothing_as_it_should_ends_its_job(run_worker: RunWorker) -> None:
    class Odd(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]  # that is what is odd
            raise LookupError("no name")

    @job(max_retries=0)
    def fail_oddly(ctx: JobContext) -> None:
        """Raise an exception whose class has no name."""
        raise cast("Exception", Odd("Odd", (Exception,), {})())

    run_worker()

    assert finished(fail_oddly.start()).state is State.FAILED


class Column:
    """What numpy's arrays and numbers are to a job that knows nothing of them."""

    def tolist(self) -> list[int]:
        """Give plain numbers."""
        return [1, 2]


async def _stream() -> AsyncIterator[int]:
    yield 1


RESULTS: dict[str, tuple[object, object]] = {
    "keys": ({"a": 1, "b": 2}.keys(), ["a", "b"]),
    "values": ({"a": 1}.values(), [1]),
    "items": ({"a": 1}.items(), [["a", 1]]),
    "views inside": ({"found": {"a": 1}.keys()}, {"found": ["a"]}),
    "range": (range(3), [0, 1, 2]),
    "read-only mapping": (MappingProxyType({"a": 1}), {"a": 1}),
    "chained mappings": (ChainMap({"a": 1}, {"b": 2}), {"a": 1, "b": 2}),
    "array": (array("i", [1, 2]), [1, 2]),
    "column": (Column(), [1, 2]),
    "a class": (Column, str(Column)),
    "bytes": (memoryview(b"abc"), "abc"),
}


@pytest.mark.parametrize("what", RESULTS)
def test_a_result_that_has_items_is_kept_as_these_and_not_as_its_text(what: str) -> None:
    result, plain = RESULTS[what]

    assert kept(result) == plain


def test_what_stands_for_work_is_no_result_however_deep_it_lies() -> None:
    never_awaited = asyncio.sleep(0)
    for result in ({"sizes": [never_awaited]}, (agen for agen in [_stream()])):
        with pytest.raises(JobError, match="did not run"):
            kept(result)
    for held in (Future[int](), [Future[int]()]):
        with pytest.raises(JobError, match=r"Return its result\(\)"):
            kept(held)
    assert getcoroutinestate(never_awaited) == CORO_CLOSED


@pytest.mark.parametrize("result", [len, finished, partial(finished), "".join, asyncio.sleep])
def test_a_function_is_no_result(result: object) -> None:
    with pytest.raises(JobError, match="which nobody has called"):
        kept(result)


def test_a_result_just_over_the_limit_is_not_said_to_be_as_large_as_the_limit() -> None:
    with pytest.raises(JobError, match=r"takes 1\.1 MB; the limit is 1 MB\."):
        kept("x" * 1024**2)


@pytest.mark.parametrize("result", [{1: "a", "1": "b"}, [{"x": ({None: 1, "None": 2},)}], {True: 1, "true": 2}])
def test_a_result_of_which_json_would_lose_an_entry_is_refused(result: object) -> None:
    with pytest.raises(JobError, match=r"two keys of a mapping are '(1|None|true)' there"):
        kept(result)


def test_a_result_may_have_keys_that_are_no_texts() -> None:
    assert kept({1: "a", 2.5: "b", None: "c"}) == {"1": "a", "2.5": "b", "None": "c"}
