"""One role a command, as on several machines: each with a data folder of its own, one PostgreSQL and one Valkey."""

import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.db import State
from tests.e2e.api import Api
from tests.e2e.conftest import KINDS
from tests.e2e.databases import PostgresDatabase
from tests.e2e.folder import Folder
from tests.e2e.instance import READY_SECONDS, ROOT, clean_environment
from tests.patience import patient
from tests.ports import free_port
from tests.processes import kill
from tests.waiting import until

THREADS = 2


class Machine:
    """A command that runs one role, with a data folder of its own."""

    def __init__(self, folder: Path, shared: dict[str, str], *command: str) -> None:
        """Start it. `shared`: what it is told in its environment."""
        folder.mkdir()
        self.data_dir = folder / "data"
        self._log_file = folder / "log"
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), *command, "--data-dir", str(self.data_dir)],
                env=clean_environment() | shared,
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def pids(self) -> set[int]:
        """Return its processes."""
        return {one.pid for one in self._family()}

    def stop(self) -> int:
        """Stop it in good order and return the exit status."""
        self._process.terminate()
        return self._process.wait(timeout=patient(30))

    def kill(self) -> None:
        """Cut the power: no process of it has time to react."""
        if self._process.poll() is None:
            psutil.Process(self._process.pid).suspend()  # it must not start anything while its children are killed
            family = self._family()
            kill(family)
            psutil.wait_procs(family, timeout=patient(20))
            self._process.wait(timeout=patient(20))

    def printed(self) -> str:
        """Read what it printed."""
        return self._log_file.read_text(errors="replace")

    def _family(self) -> list[psutil.Process]:
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]


class Installation:
    """A web process, a scheduler and two machines with workers."""

    def __init__(self, folder: Path, shared: dict[str, str]) -> None:
        """Start all of it."""
        worker = ("worker", "--processes", "1", "--threads", str(THREADS), "--jobs", str(KINDS))
        self.api = Api(free_port())
        self.web = Machine(folder / "web", shared, "web", "--port", str(self.api.port), "--jobs", str(KINDS))
        self.scheduler = Machine(folder / "scheduler", shared, "scheduler", "--jobs", str(KINDS))
        self.first = Machine(folder / "first", shared, *worker)
        self.second = Machine(folder / "second", shared, *worker)
        self.machines = (self.web, self.scheduler, self.first, self.second)
        self._database = PostgresDatabase(shared["JOBDECK_DATABASE_URL"])

    def is_ready(self) -> bool:
        """Say whether all is well, and each machine with workers has one that beats."""
        return self.api.answers("/health/ready") and all(
            machine.pids() & self._database.pids() for machine in (self.scheduler, self.first, self.second)
        )

    def runs_on(self, job_ids: list[int]) -> dict[int, Machine]:
        """Say where running jobs run."""
        running = self._database.running()
        return {
            job_id: machine
            for machine in (self.first, self.second)
            for job_id in job_ids
            if running.get(job_id) in machine.pids()
        }

    def close(self) -> None:
        """Leave nothing behind."""
        for machine in self.machines:
            machine.kill()
        self.api.api.close()


@pytest.fixture
def installation(shared: dict[str, str], tmp_path: Path) -> Iterator[Installation]:
    """All machines, running."""
    made = Installation(tmp_path, shared)
    try:
        until(made.is_ready, seconds=READY_SECONDS, every=0.1)
        yield made
    except BaseException:
        for machine in made.machines:
            sys.stdout.write(machine.printed())
        raise
    finally:
        made.close()


def test_two_machines_share_the_work_and_one_takes_over_when_the_other_dies(
    installation: Installation, folder: Folder
) -> None:
    api = installation.api
    both = api.start_many(2 * THREADS, "wait", folder=folder)
    until(lambda: len(installation.runs_on(both)) == 2 * THREADS)
    places = installation.runs_on(both)
    assert Counter(places.values()) == {installation.first: THREADS, installation.second: THREADS}
    queued = api.start_many(3, "count", folder=folder)
    hit = [job_id for job_id in both if places[job_id] is installation.first]
    spared = [job_id for job_id in both if places[job_id] is installation.second]

    installation.first.kill()

    api.wait_until_lost(hit)
    folder.let_go()
    api.wait_for_all([*both, *queued], State.SUCCEEDED)
    assert folder.runs([*hit, *spared, *queued]) == dict.fromkeys(hit, 2) | dict.fromkeys([*spared, *queued], 1)
    for machine in installation.machines:
        assert stat.S_IMODE(machine.data_dir.stat().st_mode) == 0o700
        assert f"Files are kept in {machine.data_dir}/files: all machines need the same folder" in machine.printed()
    assert [machine.stop() for machine in (installation.web, installation.scheduler, installation.second)] == [0, 0, 0]
