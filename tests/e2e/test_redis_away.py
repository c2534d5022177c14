"""Valkey killed or emptied: it holds nothing that is needed, so every job runs, and none of them twice."""

from app.db import State
from app.queue.transport.message_lists import CHECKING
from tests.e2e.folder import Folder
from tests.e2e.instance import PROCESSES, THREADS, Instance
from tests.waiting import until

ALL_THREADS = PROCESSES * THREADS


def test_jobs_of_every_state_finish_once_when_valkey_was_killed(mended: Instance, folder: Folder) -> None:
    running = mended.start_many(ALL_THREADS, "wait", folder=folder)
    mended.wait_for_all(running, State.RUNNING)
    queued = [mended.start(kind, folder=folder) for kind in ("count", "count_aside") * 6]
    scheduled = mended.start_many(4, "count", delay_seconds=1, folder=folder)

    mended.kill("valkey")

    started_meanwhile = mended.start("count", folder=folder)
    mended.wait_until_ready()
    folder.let_go()
    everything = [*running, *queued, *scheduled, started_meanwhile]
    ended = mended.wait_for_all(everything, State.SUCCEEDED)
    assert {job.attempt for job in ended} == {1}
    assert folder.runs(everything) == dict.fromkeys(everything, 1)


def test_while_valkey_is_away_jobs_are_taken_and_kept_and_health_says_so(mended: Instance, folder: Folder) -> None:
    running = mended.start("wait", folder=folder)
    mended.wait_for(running, State.RUNNING)

    with mended.without_valkey():
        queued = mended.start("count", folder=folder)
        folder.let_go()
        mended.wait_for(running, State.SUCCEEDED)
        health = mended.api.get("/health/ready")
        meanwhile = mended.job(queued).state

    assert health.status_code == 503
    assert health.json()["redis"] == "Redis cannot be reached just now."
    assert health.json()["database"] == "ok"
    assert meanwhile == State.QUEUED
    mended.wait_for(queued, State.SUCCEEDED)
    assert folder.runs([running, queued]) == {running: 1, queued: 1}


def test_jobs_finish_once_when_valkey_is_emptied_under_load(mended: Instance, folder: Folder) -> None:
    jobs = mended.start_many(40, "count", folder=folder, to=5)
    later = mended.start_many(5, "count", delay_seconds=1, folder=folder)

    with mended.redis() as client:
        for some in (5, 15, 25):
            wait_for_runs(folder, jobs, some)
            client.flushall()

    ended = mended.wait_for_all([*jobs, *later], State.SUCCEEDED)
    assert {job.attempt for job in ended} == {1}
    assert folder.runs([*jobs, *later]) == dict.fromkeys([*jobs, *later], 1)


def test_lost_messages_are_sent_again_although_valkeys_clock_was_set_back(mended: Instance, folder: Folder) -> None:
    running = mended.start_many(ALL_THREADS, "wait", folder=folder)
    mended.wait_for_all(running, State.RUNNING)
    queued = mended.start("count", folder=folder)

    with mended.redis() as client, client.pipeline() as pipeline:
        pipeline.flushall()
        pipeline.set(CHECKING, "1", px=3_600_000)  # the two seconds of a check, which became an hour
        pipeline.execute()
    folder.let_go()

    mended.wait_for(queued, State.SUCCEEDED)
    mended.wait_for_all(running, State.SUCCEEDED)


def wait_for_runs(folder: Folder, job_ids: list[int], number: int) -> None:
    """Wait until so many of these jobs began to run."""
    until(lambda: sum(folder.runs(job_ids).values()) >= number)
