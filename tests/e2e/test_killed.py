"""Processes that are killed or frozen: what ran there runs again, what ran elsewhere is not disturbed."""

import pytest

from app.db import JobSnapshot, State
from tests.e2e.api import RESCUE_SECONDS
from tests.e2e.folder import Folder
from tests.e2e.instance import PROCESSES, READY_SECONDS, THREADS, Instance, Role
from tests.waiting import until

ALL_THREADS = PROCESSES * THREADS
WORKERS: tuple[Role, Role] = ("worker-1", "worker-2")


def test_jobs_of_a_killed_worker_run_again_on_the_other(mended: Instance, folder: Folder) -> None:
    with mended.frozen("worker-2"):
        hit = mended.start_many(2, "wait", folder=folder)
        until(lambda: all(folder.notes(job_id) for job_id in hit))

    mended.kill("worker-1")

    mended.wait_until_lost(hit)
    until(lambda: all(folder.notes(job_id)[-1] == "began 2" for job_id in hit), seconds=READY_SECONDS)
    folder.let_go()
    ended = mended.wait_for_all(hit, State.SUCCEEDED)
    assert [job.result for job in ended] == [2, 2]
    for job_id in hit:
        assert mended.outcomes(job_id) == ["lost", "succeeded"]
        assert mended.states(job_id) == [State.QUEUED, State.RUNNING, State.QUEUED, State.RUNNING, State.SUCCEEDED]
        assert mended.transitions(job_id)[2].reason == "its worker worker-1 died"


def test_when_a_worker_is_killed_its_neighbours_are_left_alone_and_what_waits_runs(
    mended: Instance, folder: Folder
) -> None:
    busy = fill_all_threads(mended, folder)
    behind = [mended.start(kind, folder=folder) for kind in ("count", "count_aside") * 4]
    hit = [job.id for job in busy if job.worker == "worker-1"]
    neighbours = [job for job in busy if job.worker == "worker-2"]

    mended.kill("worker-1")

    mended.wait_until_lost(hit)
    until(lambda: all(folder.notes(job_id)[-1] == "began 2" for job_id in hit), seconds=READY_SECONDS)
    for neighbour in neighbours:
        assert mended.job(neighbour.id).version == neighbour.version
        assert folder.notes(neighbour.id) == ["began 1"]
    folder.let_go()
    ended = mended.wait_for_all([*(job.id for job in busy), *behind], State.SUCCEEDED)
    assert {job.id: job.attempt for job in ended} == {job.id: 2 if job.id in hit else 1 for job in ended}
    assert folder.runs(behind) == dict.fromkeys(behind, 1)
    for job in ended:
        assert mended.states(job.id).count(State.SUCCEEDED) == 1


@pytest.mark.both_databases
def test_jobs_run_again_when_all_workers_are_killed(mended: Instance, folder: Folder) -> None:
    busy = mended.start_many(2, "wait_two_at_once", folder=folder)
    until(lambda: all(folder.notes(job_id) for job_id in busy))
    behind = mended.start("wait_two_at_once", folder=folder)

    for worker in WORKERS:
        mended.kill(worker)

    folder.let_go(job_id=behind)  # between the two deaths it may have taken the place of the first, or that may be back
    mended.wait_until_ready()
    mended.wait_until_lost(busy)
    until(lambda: all(folder.notes(job_id)[-1] in ("began 2", "began 3") for job_id in busy), seconds=READY_SECONDS)
    folder.let_go()
    mended.wait_for_all([behind, *busy], State.SUCCEEDED)
    for job_id in busy:
        *before, last = mended.outcomes(job_id)
        assert (set(before), last) == ({"lost"}, "succeeded")
    assert mended.outcomes(behind)[-1] == "succeeded"


def test_jobs_of_a_worker_that_is_stopped_go_on_elsewhere_and_lose_no_attempt(mended: Instance, folder: Folder) -> None:
    with mended.frozen("worker-2"):
        asking, wrapping = mended.start("wait", folder=folder), mended.start("fail_when_stopped", folder=folder)
        until(lambda: folder.notes(asking) and folder.notes(wrapping))

    mended.child("worker-1").terminate()

    until(lambda: all(folder.notes(job_id)[-1] == "began 2" for job_id in (asking, wrapping)))
    folder.let_go()
    for job in mended.wait_for_all([asking, wrapping], State.SUCCEEDED):
        assert mended.outcomes(job.id) == ["handed_back", "succeeded"]
        assert job.max_attempts == 2


def test_a_job_cancelled_as_its_worker_dies_ends_as_cancelled(mended: Instance, folder: Folder) -> None:
    job_id = mended.start("swallow", folder=folder)
    worker = mended.wait_for(job_id, State.RUNNING).worker
    mended.cancel(job_id)

    mended.kill("worker-1" if worker == "worker-1" else "worker-2")

    mended.wait_for(job_id, State.CANCELLED, seconds=RESCUE_SECONDS)
    assert mended.outcomes(job_id) == ["lost"]
    assert folder.runs([job_id]) == {job_id: 1}


def test_a_frozen_workers_job_runs_elsewhere_and_its_late_end_changes_nothing(mended: Instance, folder: Folder) -> None:
    job_id = mended.start("swallow", folder=folder)
    first = mended.wait_for(job_id, State.RUNNING).worker
    until(lambda: folder.notes(job_id))

    with mended.frozen("worker-1" if first == "worker-1" else "worker-2"):
        until(lambda: folder.notes(job_id)[-1] == "began 2", seconds=30)
        folder.let_go(attempt=1)

    until(lambda: "ended 1" in folder.notes(job_id))
    until(lambda: f"Job #{job_id} was taken from this worker" in mended.printed())
    again = mended.job(job_id)
    assert (again.state, again.attempt) == (State.RUNNING, 2)
    assert again.worker != first
    folder.let_go(attempt=2)
    assert mended.wait_for(job_id, State.SUCCEEDED).result == 2
    assert mended.outcomes(job_id) == ["lost", "succeeded"]
    assert mended.states(job_id) == [State.QUEUED, State.RUNNING, State.QUEUED, State.RUNNING, State.SUCCEEDED]


def test_a_full_worker_leaves_jobs_of_another_queue_to_the_other(mended: Instance, folder: Folder) -> None:
    with mended.frozen("worker-2"):
        busy = mended.start_many(THREADS, "wait", folder=folder)
        mended.wait_for_all(busy, State.RUNNING)
        aside = mended.start_many(THREADS, "count_aside", folder=folder)

    mended.wait_for_all(aside, State.SUCCEEDED)

    assert {job.state for job in map(mended.job, busy)} == {State.RUNNING}
    folder.let_go()
    mended.wait_for_all(busy, State.SUCCEEDED)


def test_jobs_go_on_when_the_web_process_is_killed(mended: Instance, folder: Folder) -> None:
    running, ending = mended.start_many(2, "wait", folder=folder)
    mended.wait_for_all([running, ending], State.RUNNING)

    mended.kill("web")

    folder.let_go()
    until(lambda: "ended 1" in folder.notes(running))
    mended.wait_until_ready()
    for job in mended.wait_for_all([running, ending], State.SUCCEEDED):
        assert (job.result, job.attempt) == (1, 1)
    page = mended.api.get(f"/jobs/{running}", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_scheduled_jobs_run_while_the_scheduler_is_away(mended: Instance, folder: Folder) -> None:
    with mended.frozen("scheduler") as scheduler:
        job_id = mended.start("count", delay_seconds=1, folder=folder)

        mended.wait_for(job_id, State.SUCCEEDED)
        scheduler.kill()

    assert mended.outcomes(job_id) == ["succeeded"]


def fill_all_threads(instance: Instance, folder: Folder) -> list[JobSnapshot]:
    """Start jobs that wait until every thread of both workers has one, and return them."""
    job_ids = instance.start_many(ALL_THREADS, "wait", folder=folder)
    until(lambda: all(folder.notes(job_id) for job_id in job_ids))
    return instance.wait_for_all(job_ids, State.RUNNING)
