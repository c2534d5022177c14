"""A real Jobdeck for the end-to-end tests: all its processes, on a folder of its own, spoken to as programs do."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import httpx
import psutil
import redis
from pydantic import TypeAdapter

from app.db import Artifact, Attempt, JobSnapshot, LogLine, State, Transition
from app.processes import instance as whereabouts
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PROCESSES, THREADS = 2, 4
READY_SECONDS = 90.0
"""A start takes about 3 s; the deadlines here are for machines that do much else."""
FINISH_SECONDS = 60.0
RESCUE_SECONDS = 15.0
"""The promise: a killed worker's jobs run again within this time."""
Role = Literal["worker-1", "worker-2", "scheduler", "web", "valkey"]

_jobs = TypeAdapter(list[JobSnapshot])
_attempts = TypeAdapter(list[Attempt])
_transitions = TypeAdapter(list[Transition])
_lines = TypeAdapter(list[LogLine])
_artifacts = TypeAdapter(list[Artifact])


class Instance:
    """`python main.py` as a child process, and the API of its web process. Made stopped."""

    def __init__(self, folder: Path, *, jobs: Sequence[Path]) -> None:
        """`folder` takes the data and the log; `jobs` are files of kinds."""
        self.data_dir = folder / "data"
        self.log_file = folder / "jobdeck.log"
        self.log_file.touch()
        self.jobs = list(jobs)
        self.port = _free_port()
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)
        self._process: subprocess.Popen[bytes] | None = None
        self._family: list[psutil.Process] = []

    def run(self) -> None:
        """Start all processes and wait until jobs can run; nothing if they run already."""
        if self._process is not None and self._process.poll() is None:
            return
        environment = {
            name: value
            for name, value in os.environ.items()
            # NiceGUI takes a process that sees PYTEST_CURRENT_TEST for one of its own tests.
            if name != "PYTEST_CURRENT_TEST" and not name.startswith(("JOBDECK_", "NICEGUI_"))
        }
        command = [sys.executable, str(ROOT / "main.py"), "--no-open", "--port", str(self.port)]
        command += ["--data-dir", str(self.data_dir), "--processes", str(PROCESSES), "--threads", str(THREADS)]
        for file in self.jobs:
            command += ["--jobs", str(file)]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.data_dir.parent, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until every part is well and both workers are there."""

        def is_ready() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, "main.py ended"
            children = [self._find(role) for role in ("worker-1", "worker-2", "scheduler")]
            return (
                self._answers("/health/ready")
                and self._find("valkey") is not None
                and all(child is not None and child.pid in self._registered() for child in children)
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
        assert self._process.wait(timeout=30) == 0
        _, left = psutil.wait_procs(family, timeout=5)
        assert not left, "a child was left behind"

    def kill_all(self) -> None:
        """End every process by SIGKILL, at one stroke: the parent and the children have no time to react."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP)  # it must not start anything while its children are killed
            self._family = list({*self._family, *self._children()})
            self._process.kill()
        for child in self._family:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        self._process.wait(timeout=20)
        psutil.wait_procs(self._family, timeout=20)
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
        psutil.wait_procs([process], timeout=20)

    @contextlib.contextmanager
    def frozen(self, role: Role) -> Iterator[psutil.Process]:
        """Stop a process with SIGSTOP; it goes on when the context is left.

        It is not stopped while it holds the database's lock: that would be another fault, of everybody.
        """
        process = self.child(role)

        def is_stopped_without_lock() -> bool:
            process.suspend()
            until(lambda: process.status() == psutil.STATUS_STOPPED)
            with contextlib.suppress(sqlite3.OperationalError), self.locked_database(wait_seconds=1.0):
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
    def locked_database(self, *, wait_seconds: float = 20) -> Iterator[None]:
        """Hold the write lock of the database.

        Raises:
            sqlite3.OperationalError: somebody else held it for longer than `wait_seconds`.
        """
        path = self.data_dir / "jobdeck.db"
        with contextlib.closing(sqlite3.connect(path, timeout=wait_seconds, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

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

    def start(self, kind: str, *, delay_seconds: float | None = None, **params: Any) -> int:
        """Start a job and return its id."""
        return self.act(f"/kinds/{kind}/start", {"params": _plain(params), "delay_seconds": delay_seconds}).id

    def start_many(self, number: int, kind: str, *, delay_seconds: float | None = None, **params: Any) -> list[int]:
        """Start several jobs and return their ids."""
        return [self.start(kind, delay_seconds=delay_seconds, **params) for _ in range(number)]

    def cancel(self, job_id: int) -> JobSnapshot:
        """Cancel a job and return it as the answer shows it."""
        return self.act(f"/jobs/{job_id}/cancel", {})

    def retry(self, job_id: int, **params: Any) -> JobSnapshot:
        """Retry a job, with other params if some are given, and return the job of the answer."""
        return self.act(f"/jobs/{job_id}/retry", {"params": _plain(params)} if params else {})

    def act(self, path: str, body: dict[str, Any]) -> JobSnapshot:
        """Ask for something that answers a job."""
        given = {name: value for name, value in body.items() if value is not None}
        response = self.api.post(f"/api/v1{path}", json=given)
        assert response.status_code == 202, response.text
        return JobSnapshot.model_validate_json(response.content)

    def job(self, job_id: int) -> JobSnapshot:
        """Get a job."""
        return JobSnapshot.model_validate(self.get(f"/jobs/{job_id}"))

    def attempts(self, job_id: int) -> list[Attempt]:
        """Get a job's attempts."""
        return _attempts.validate_python(self._items(job_id, "attempts"))

    def outcomes(self, job_id: int) -> list[str]:
        """Get how a job's attempts ended."""
        return [attempt.state for attempt in self.attempts(job_id)]

    def transitions(self, job_id: int) -> list[Transition]:
        """Get a job's transitions."""
        return _transitions.validate_python(self._items(job_id, "transitions"))

    def states(self, job_id: int) -> list[State]:
        """Get the states a job went through."""
        return [each.to_state for each in self.transitions(job_id)]

    def log(self, job_id: int, *, after: int = 0, limit: int = 2000) -> list[LogLine]:
        """Get the first lines of a job's log whose `seq` is higher than `after`."""
        return _lines.validate_python(self.get(f"/jobs/{job_id}/log?limit={limit}&after={after}")["items"])

    def whole_log(self, job_id: int) -> list[LogLine]:
        """Get all lines of a job's log."""
        lines: list[LogLine] = []
        while more := self.log(job_id, after=lines[-1].seq if lines else 0):
            lines += more
        return lines

    def artifacts(self, job_id: int) -> list[Artifact]:
        """Get what a job attached."""
        return _artifacts.validate_python(self._items(job_id, "artifacts"))

    def wait_for(self, job_id: int, state: State, *, seconds: float = FINISH_SECONDS) -> JobSnapshot:
        """Wait until a job is in a state, and return it."""
        return self.wait_for_all([job_id], state, seconds=seconds)[0]

    def wait_for_all(
        self, job_ids: Iterable[int], state: State, *, seconds: float = FINISH_SECONDS
    ) -> list[JobSnapshot]:
        """Wait until all these jobs are in a state, and return them. The web process may be away meanwhile."""
        wanted = set(job_ids)
        seen: dict[int, JobSnapshot] = {}

        def are_there() -> bool:
            with contextlib.suppress(httpx.TransportError):
                newest = _jobs.validate_python(self.get("/jobs?limit=200")["items"])
                seen.update({job.id: job for job in newest if job.id in wanted})
            others = [job for job in seen.values() if job.state != state]
            assert not any(job.state.is_finished for job in others), f"not {state}: {others}"
            return len(seen) == len(wanted) and not others

        try:
            until(are_there, seconds=seconds, every=0.05)
        except AssertionError as error:
            error.add_note(f"not {state}: {[job for job in seen.values() if job.state != state]}")
            raise
        return [seen[job_id] for job_id in sorted(wanted)]

    def get(self, path: str) -> Any:
        """Get JSON from the API."""
        response = self.api.get(f"/api/v1{path}")
        assert response.status_code == 200, response.text
        return response.json()

    def printed(self) -> str:
        """Read what all processes printed so far."""
        return self.log_file.read_text(errors="replace")

    def _items(self, job_id: int, what: str) -> Any:
        return self.get(f"/jobs/{job_id}/{what}")["items"]

    def _answers(self, path: str) -> bool:
        try:
            return self.api.get(path).status_code == 200
        except httpx.TransportError:
            return False

    def _children(self) -> list[psutil.Process]:
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    def _registered(self) -> set[int]:
        """Read which processes have a heartbeat; /health/ready is content with one worker."""
        with contextlib.closing(sqlite3.connect(self.data_dir / "jobdeck.db", timeout=20)) as connection:
            return {pid for (pid,) in connection.execute("SELECT pid FROM process")}

    def _find(self, role: Role) -> psutil.Process | None:
        assert self._process is not None
        for child in psutil.Process(self._process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                words = child.cmdline()
                if words and ("valkey-server" in words[0] if role == "valkey" else words[-1] == role):
                    return child
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _plain(params: dict[str, Any]) -> Any:
    return json.loads(json.dumps(params, default=str))
