"""A real Jobdeck for the end-to-end tests: all its processes, on a folder of its own, spoken to as programs do."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import psutil
import redis

from app.processes.supervision import instance as whereabouts
from tests.e2e.api import Api
from tests.e2e.databases import database_of
from tests.patience import patient
from tests.ports import free_port
from tests.processes import kill
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PROCESSES, THREADS = 2, 4
READY_SECONDS = 90.0
"""A start takes about 3 s; the deadlines here are for machines that do much else."""
Role = Literal["worker-1", "worker-2", "scheduler", "web", "valkey"]


class Instance(Api):
    """`python main.py` as a child process, and the API of its web process. Made stopped."""

    def __init__(
        self,
        folder: Path,
        *,
        jobs: Sequence[Path],
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`folder` takes the data and the log; `jobs` are files of kinds; `database_url` is for PostgreSQL;
        `environment` is what its processes see beside our own.
        """
        super().__init__(free_port())
        self.data_dir = folder / "data"
        self.log_file = folder / "jobdeck.log"
        self.log_file.touch()
        self.jobs = list(jobs)
        self.environment = clean_environment(database_url) | dict(environment or {})
        self.database = database_of(self.data_dir, database_url)
        self._process: subprocess.Popen[bytes] | None = None
        self._family: list[psutil.Process] = []

    def run(self) -> None:
        """Start all processes and wait until jobs can run; nothing if they run already."""
        if self._process is not None and self._process.poll() is None:
            return
        command = [sys.executable, str(ROOT / "main.py"), "--no-open", "--port", str(self.port)]
        command += ["--data-dir", str(self.data_dir), "--processes", str(PROCESSES), "--threads", str(THREADS)]
        for file in self.jobs:
            command += ["--jobs", str(file)]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.data_dir.parent, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until every part is well and both workers are there."""

        def is_ready() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, "main.py ended"
            if not self.answers("/health/ready"):  # first: looking for children takes the time that a start needs
                return False
            children = [self._find(role) for role in ("worker-1", "worker-2", "scheduler")]
            return self._find("valkey") is not None and all(
                child is not None and child.pid in self.database.pids() for child in children
            )

        until(is_ready, seconds=READY_SECONDS, every=0.1)
        self._family = self._children()

    @contextlib.contextmanager
    def stopping(self) -> Iterator[None]:
        """Send SIGTERM to the parent, and at the end of the context wait until it and all its children are gone."""
        assert self._process is not None
        family = self._children()
        self._process.send_signal(signal.SIGTERM)
        yield
        assert self._process.wait(timeout=patient(30)) == 0
        _, left = psutil.wait_procs(family, timeout=patient(5))
        assert not left, "a child was left behind"

    def wait_until_ended(self) -> int:
        """Wait until it has ended by itself, with all its children, and return the exit status."""
        assert self._process is not None
        status = self._process.wait(timeout=patient(60))
        _, left = psutil.wait_procs(self._family, timeout=patient(10))
        assert not left, "a child was left behind"
        return status

    def kill_all(self) -> None:
        """End every process by SIGKILL, at one stroke: the parent and the children have no time to react."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP)  # it must not start anything while its children are killed
            self._family = list({*self._family, *self._children()})
            self._process.kill()
        kill(self._family)
        self._process.wait(timeout=patient(20))
        psutil.wait_procs(self._family, timeout=patient(20))
        self._process, self._family = None, []

    def close(self) -> None:
        """Leave nothing behind, whatever state it is in."""
        try:
            self.kill_all()
        finally:
            self.api.close()

    def child(self, role: Role) -> psutil.Process:
        """Return the process of a role: our own child, found by its command line."""
        found = self._find(role)
        assert found is not None, f"there is no {role}"
        return found

    def kill(self, role: Role) -> None:
        """End the process of a role by SIGKILL."""
        process = self.child(role)
        process.kill()
        psutil.wait_procs([process], timeout=patient(20))

    @contextlib.contextmanager
    def frozen(self, role: Role) -> Iterator[psutil.Process]:
        """Stop a process with SIGSTOP; it goes on when the context is left.

        It is not stopped while it holds the database's lock: that would be another fault, of everybody.
        """
        process = self.child(role)

        def is_stopped_without_lock() -> bool:
            process.suspend()
            until(lambda: process.status() == psutil.STATUS_STOPPED)
            if self.database.is_free_of(process.pid):
                return True
            process.resume()
            return False

        until(is_stopped_without_lock)
        try:
            yield process
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    @contextlib.contextmanager
    def asleep(self) -> Iterator[None]:
        """Stop all processes, with what jobs started, as a machine that sleeps does; at the end all go on."""
        assert self._process is not None
        whole = [psutil.Process(self._process.pid), *self._children()]
        for process in whole:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()
        try:
            yield
        finally:
            for process in whole:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.resume()

    @contextlib.contextmanager
    def without_valkey(self) -> Iterator[None]:
        """Cut every connection to Valkey and let none be made: nobody finds its socket. It keeps its data meanwhile."""
        socket_path = self.data_dir / "valkey.sock"
        hidden = socket_path.with_suffix(".hidden")
        with self.redis() as client:
            client.ping()
            socket_path.rename(hidden)
            try:
                for sort in ("normal", "pubsub"):
                    client.execute_command("CLIENT", "KILL", "TYPE", sort, "SKIPME", "yes")  # type: ignore[no-untyped-call]
                yield
            finally:
                hidden.rename(socket_path)

    @contextlib.contextmanager
    def redis(self) -> Iterator["redis.Redis"]:
        """Open a client of the private server."""
        with redis.Redis.from_url(self.redis_url) as client:
            yield client

    @property
    def redis_url(self) -> str:
        """The address of the private server."""
        found = whereabouts.find(self.data_dir)
        assert found is not None
        assert found.redis_url is not None
        return found.redis_url

    def printed(self) -> str:
        """Read what all processes printed so far."""
        return self.log_file.read_text(errors="replace")

    def _children(self) -> list[psutil.Process]:
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def _find(self, role: Role) -> psutil.Process | None:
        assert self._process is not None
        for child in psutil.Process(self._process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                words = child.cmdline()
                if words and ("valkey-server" in words[0] if role == "valkey" else words[-1] == role):
                    return child
        return None


def clean_environment(database_url: str | None = None) -> dict[str, str]:
    """Return our own environment without what would tell a Jobdeck anything, but where its database is."""
    clean = {
        name: value
        for name, value in os.environ.items()
        # NiceGUI takes a process that sees PYTEST_CURRENT_TEST for one of its own tests.
        if name != "PYTEST_CURRENT_TEST" and not name.startswith(("JOBDECK_", "NICEGUI_"))
    }
    return clean if database_url is None else {**clean, "JOBDECK_DATABASE_URL": database_url}
