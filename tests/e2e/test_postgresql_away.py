"""A PostgreSQL server that is cut off under load and comes back: nothing is lost, and it is said in words meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import State
from tests.e2e.conftest import KINDS
from tests.e2e.folder import Folder
from tests.e2e.instance import Instance, Role
from tests.postgres import PostgresServer
from tests.waiting import until

BEATING: tuple[Role, ...] = ("worker-1", "worker-2", "scheduler")
PARTS: tuple[Role, ...] = (*BEATING, "web", "valkey")
GONE = "The database server does not run there."


@pytest.fixture
def running(own_server: PostgresServer, tmp_path: Path) -> Iterator[Instance]:
    """A running instance on that server."""
    with own_server.database() as url:
        own = Instance(tmp_path, jobs=[KINDS], database_url=url)
        try:
            own.run()
            yield own
        finally:
            own.close()


def test_a_server_that_is_cut_off_under_load_costs_no_job_and_no_restart(
    running: Instance, own_server: PostgresServer, folder: Folder
) -> None:
    waiting = running.start_many(4, "wait", folder=folder)
    running.wait_for_all(waiting, State.RUNNING)
    load = running.start_many(40, "count", folder=folder, to=3)
    retried, scheduled = running.start("fail_at_first", folder=folder), running.start("count", folder=folder)
    until(lambda: "ended 1" in folder.notes(load[4]))
    before = [running.child(role).pid for role in PARTS]

    own_server.stop()

    refused = running.api.post("/api/v1/kinds/count/start", json={"params": {"folder": str(folder)}})
    health = running.api.get("/health/ready")
    folder.let_go()
    until(lambda: all("ended 1" in folder.notes(job_id) for job_id in waiting))
    until(lambda: all(missed_beats(running, role) >= 2 for role in BEATING), seconds=30)
    own_server.start()

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


def missed_beats(running: Instance, role: Role) -> int:
    """Count the heartbeats that a process could not write: one in two seconds."""
    lines = running.printed().splitlines()
    return sum(role in line and "A heartbeat was not written" in line for line in lines)
