"""A PostgreSQL server that is cut off under load and comes back: nothing is lost, and it is said in words meanwhile."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from app.db import State
from tests.e2e.conftest import KINDS
from tests.e2e.folder import Folder
from tests.e2e.instance import PROCESSES, READY_SECONDS, THREADS, Instance, Role
from tests.postgres import PostgresServer
from tests.waiting import until

BEATING: tuple[Role, ...] = ("worker-1", "worker-2", "scheduler")
PARTS: tuple[Role, ...] = (*BEATING, "web", "valkey")
KILLED: tuple[Role, ...] = ("worker-1", "scheduler", "web")
ALL_THREADS = PROCESSES * THREADS
GONE = "The database server does not run there."
NOT_STARTED = f"The database cannot be set up. {GONE}"


@pytest.fixture(scope="module")
def own(own_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """An instance on that server."""
    folder = tmp_path_factory.mktemp("own")
    with own_server.database() as url, closing(Instance(folder, jobs=[KINDS], database_url=url)) as own:
        yield own


@pytest.fixture
def running(own: Instance) -> Instance:
    """That instance, running."""
    own.run()
    return own


def test_a_server_that_is_cut_off_under_load_costs_no_job_and_no_restart(
    running: Instance, own_server: PostgresServer, folder: Folder
) -> None:
    waiting = running.start_many(4, "wait", folder=folder)
    running.wait_for_all(waiting, State.RUNNING)
    load = running.start_many(40, "count", folder=folder, to=3)
    retried, scheduled = running.start("fail_at_first", folder=folder), running.start("count", folder=folder)
    until(lambda: "ended 1" in folder.notes(load[4]))
    before = [running.child(role).pid for role in PARTS]
    said = {role: waits_said(running, role) for role in BEATING}

    with own_server.away():
        refused = running.api.post("/api/v1/kinds/count/start", json={"params": {"folder": str(folder)}})
        health = running.api.get("/health/ready")
        folder.let_go()
        until(lambda: all("ended 1" in folder.notes(job_id) for job_id in waiting))
        until(lambda: all(waits_said(running, role) >= said[role] + 1 for role in BEATING), seconds=30)

    assert (refused.status_code, refused.json()["detail"]) == (503, GONE)
    assert int(refused.headers["Retry-After"]) > 0
    assert (health.status_code, health.json()["database"]) == (503, GONE)
    everything = [*waiting, *load, retried, scheduled, running.start("count", folder=folder)]
    running.wait_for_all(everything, State.SUCCEEDED)
    assert folder.runs(everything) == {job_id: 2 if job_id == retried else 1 for job_id in everything}
    for job_id in everything:
        assert running.outcomes(job_id) == (["failed", "succeeded"] if job_id == retried else ["succeeded"])
        assert running.states(job_id).count(State.SUCCEEDED) == 1
    until(lambda: running.answers("/health/ready"))
    assert [running.child(role).pid for role in PARTS] == before


def test_a_server_that_is_cut_off_again_and_again_costs_no_job(
    running: Instance, own_server: PostgresServer, folder: Folder
) -> None:
    busy = running.start_many(ALL_THREADS, "wait", folder=folder)
    running.wait_for_all(busy, State.RUNNING)
    jobs = running.start_many(80, "count", folder=folder, to=20)

    folder.let_go()
    for _ in range(3):
        wait_for_more_runs(folder, jobs)  # it is at work again
        with own_server.away():
            pass

    running.wait_for_all([*busy, *jobs], State.SUCCEEDED)
    assert folder.runs([*busy, *jobs]) == dict.fromkeys([*busy, *jobs], 1)


def test_what_is_killed_while_the_server_is_away_is_back_soon_after_it(
    running: Instance, own_server: PostgresServer, folder: Folder
) -> None:
    busy = running.wait_for_all(running.start_many(ALL_THREADS, "wait", folder=folder), State.RUNNING)
    hit = [job.id for job in busy if job.worker == "worker-1"]
    spared = [job.id for job in busy if job.worker == "worker-2"]
    queued = running.start_many(4, "count", folder=folder)
    until(lambda: all(folder.notes(job_id) for job_id in (*hit, *spared)))

    with own_server.away():
        for role in KILLED:
            running.kill(role)
        until(lambda: all(f"{role:<9} | {NOT_STARTED}" in running.printed() for role in KILLED), seconds=READY_SECONDS)

    running.wait_until_ready()
    running.wait_until_lost(hit)
    folder.let_go()
    running.wait_for_all([*hit, *spared, *queued], State.SUCCEEDED)
    assert folder.runs([*hit, *spared, *queued]) == dict.fromkeys(hit, 2) | dict.fromkeys([*spared, *queued], 1)
    assert [running.outcomes(job_id) for job_id in hit] == [["lost", "succeeded"]] * len(hit)
    assert [running.outcomes(job_id) for job_id in (*spared, *queued)] == [["succeeded"]] * (len(spared) + len(queued))


def test_a_stop_while_the_server_is_away_ends_in_good_order_and_the_next_start_runs_what_was_left(
    running: Instance, own_server: PostgresServer, folder: Folder
) -> None:
    printed_before = len(running.printed())
    interrupted = running.start_many(4, "wait", folder=folder)
    running.wait_for_all(interrupted, State.RUNNING)
    queued = running.start_many(2, "count", delay_seconds=3600, folder=folder)

    with own_server.away(), running.stopping():
        pass
    running.run()

    running.wait_until_lost(interrupted)  # their worker could not hand them back
    folder.let_go()
    running.wait_for_all(interrupted, State.SUCCEEDED)
    assert [running.outcomes(job_id) for job_id in interrupted] == [["lost", "succeeded"]] * len(interrupted)
    assert [running.job(job_id).state for job_id in queued] == [State.SCHEDULED] * len(queued)
    assert "Traceback" not in running.printed()[printed_before:]


def wait_for_more_runs(folder: Folder, job_ids: list[int], *, more: int = 10) -> None:
    """Wait until so many more of these jobs began to run."""
    before = sum(folder.runs(job_ids).values())
    until(lambda: sum(folder.runs(job_ids).values()) >= before + more)


def waits_said(running: Instance, role: Role) -> int:
    """Count how often a process said that its heartbeat waits: once while it does."""
    lines = running.printed().splitlines()
    return sum(role in line and "The heartbeat waits" in line for line in lines)
