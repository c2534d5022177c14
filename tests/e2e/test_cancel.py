"""Stopping jobs: waiting ones at once, running ones by asking and then by force, and never anything else."""

import pytest

from app.db import State
from tests.e2e.folder import Folder
from tests.e2e.instance import PROCESSES, THREADS, Instance
from tests.waiting import until

ALL_THREADS = PROCESSES * THREADS


def test_cancel_while_queued_never_runs(instance: Instance, folder: Folder) -> None:
    busy = instance.start_many(ALL_THREADS, "wait", folder=folder)
    instance.wait_for_all(busy, State.RUNNING)
    queued, next_in_line = instance.start_many(2, "count", folder=folder)

    cancelled = instance.cancel(queued)

    assert cancelled.state == State.CANCELLED
    folder.let_go()
    instance.wait_for_all([*busy, next_in_line], State.SUCCEEDED)
    assert instance.states(queued) == [State.QUEUED, State.CANCELLED]
    assert folder.notes(queued) == []


def test_cancel_while_scheduled_is_at_once(instance: Instance, folder: Folder) -> None:
    scheduled = instance.start("count", delay_seconds=3600, folder=folder)

    cancelled = instance.cancel(scheduled)

    assert cancelled.state == State.CANCELLED
    assert instance.states(scheduled) == [State.SCHEDULED, State.CANCELLED]


def test_cancel_while_it_waits_for_its_retry_is_at_once(instance: Instance, folder: Folder) -> None:
    retrying = instance.start("fail_and_wait", folder=folder)
    instance.wait_for(retrying, State.RETRYING)

    cancelled = instance.cancel(retrying)

    assert cancelled.state == State.CANCELLED
    assert instance.outcomes(retrying) == ["failed"]


@pytest.mark.both_databases
def test_cancel_of_a_running_job_that_asks_stops_it(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("wait", folder=folder)
    instance.wait_for(job_id, State.RUNNING)

    asked = instance.cancel(job_id)

    assert asked.state == State.RUNNING
    assert asked.cancel_requested_at is not None
    stopped = instance.wait_for(job_id, State.CANCELLED)
    assert (stopped.attempt, stopped.error) == (1, None)
    assert instance.outcomes(job_id) == ["cancelled"]
    assert instance.transitions(job_id)[-1].by == "local"
    assert folder.notes(job_id) == ["began 1"]


def test_cancel_of_a_running_job_that_never_asks_interrupts_it(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("ask_nothing", folder=folder)
    until(lambda: folder.notes(job_id))

    instance.cancel(job_id)

    instance.wait_for(job_id, State.CANCELLED)
    assert folder.notes(job_id) == ["began 1", "interrupted 1"]


def test_a_cancelled_job_can_be_retried(instance: Instance, folder: Folder) -> None:
    job_id = instance.start("wait", folder=folder)
    instance.wait_for(job_id, State.RUNNING)
    instance.cancel(job_id)
    instance.wait_for(job_id, State.CANCELLED)

    again = instance.retry(job_id)

    assert again.cancel_requested_at is None
    folder.let_go()
    assert instance.wait_for(job_id, State.SUCCEEDED).result == 2
    assert instance.outcomes(job_id) == ["cancelled", "succeeded"]


def test_a_forced_stop_that_comes_after_the_jobs_end_hits_no_thread(instance: Instance, folder: Folder) -> None:
    *ending, last = instance.start_many(ALL_THREADS, "ask_nothing", folder=folder)
    until(lambda: all(folder.notes(job_id) for job_id in (*ending, last)))
    for job_id in (*ending, last):
        instance.cancel(job_id)

    with instance.database.locked():  # they end in time, but their outcomes cannot be written until it is too late
        for job_id in ending:
            folder.let_go(job_id=job_id)
        until(lambda: "interrupted 1" in folder.notes(last))

    instance.wait_for(last, State.CANCELLED)
    until(lambda: all(instance.job(job_id).state.is_finished for job_id in ending))
    for job_id in (*ending, last):
        was_interrupted = "interrupted 1" in folder.notes(job_id)
        assert instance.outcomes(job_id) == ["cancelled" if was_interrupted else "succeeded"]
    waiting = instance.start_many(ALL_THREADS, "wait", folder=folder)
    running = instance.wait_for_all(waiting, State.RUNNING)
    assert sorted(str(job.worker) for job in running) == ["worker-1"] * THREADS + ["worker-2"] * THREADS
    folder.let_go()
    instance.wait_for_all(waiting, State.SUCCEEDED)


@pytest.mark.parametrize("asks", [True, False], ids=["asks whether to stop", "is interrupted"])
def test_a_job_over_its_time_limit_is_stopped_and_failed(instance: Instance, folder: Folder, *, asks: bool) -> None:
    job_id = instance.start("take_too_long", folder=folder, asks=asks)

    job = instance.wait_for(job_id, State.FAILED)

    assert job.error is not None
    assert (job.error.type, job.error.message) == ("JobTimedOut", "It ran longer than its time limit of 0.5 s.")
    assert folder.runs([job_id]) == {job_id: 1}
