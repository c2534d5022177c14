"""What one run consists of: a fresh server, a database where one is needed, workers, and the client."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psutil

from app.processes.supervision.valkey import private_valkey
from bench.throughput import record
from bench.throughput.contestant import ROOT, Contestant
from bench.throughput.history import History
from bench.throughput.postgres import Postgres
from bench.throughput.process_group import ProcessGroup

RUN_SECONDS = 180.0
"""The longest that anything is waited for."""
GRACE_SECONDS = 3
"""How long what was started has to end in good order when the runner itself was killed; then it is ended by force."""
_STOP_SECONDS = 5.0
_WARM_UP_JOBS = 16
_ENOUGH_WARM_UP_JOBS = 4_000
"""Where some processes of a pool take all that there is, as Celery's do on an idle machine, the others are never
needed: after so many it is warm.
"""


class RunFailed(Exception):
    """A run has no figure; the message says why."""


class Stage:
    """A context: server, database and client run inside it, workers from `start_workers` on.

    All of them are in one group of processes, which the kernel's word ends when the runner is killed.
    """

    def __init__(self, contestant: Contestant, folder: Path) -> None:
        """Use `folder`, which is new and stays behind."""
        self.contestant = contestant
        self._folder = folder
        self._records = Path("/dev/shm" if os.path.isdir("/dev/shm") else folder) / f"bench-{secrets.token_hex(8)}"
        self._group = ProcessGroup(grace_seconds=GRACE_SECONDS)
        self._parts: dict[str, list[subprocess.Popen[Any]]] = {}
        self._postgres: Postgres | None = None
        self._history: History | None = None
        self._warm_ups = 0

    def __enter__(self) -> Self:
        """Start all but the workers."""
        try:
            return self._open()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self.close()

    def close(self) -> None:
        """Stop everything that runs. Safe to repeat."""
        try:
            if self._history:
                self._history.close()
            for name in ("client", "workers", "server"):
                for process in self._parts.pop(name, ()):
                    stop(process)
            if self._postgres:
                self._postgres.stop()
                self._postgres = None
        finally:
            self._group.kill()
            self._records.unlink(missing_ok=True)

    def start_workers(self) -> None:
        """Start the workers; what waits for them is run from now on."""
        commands = [[part.format(redis_url=self._redis_url) for part in one] for one in self.contestant.commands]
        self._parts["workers"] = [self._popen(command, "workers") for command in commands]

    def warm_up(self) -> None:
        """Run jobs until every worker process has run one, or very many have been run."""
        seen: set[int] = set()
        jobs = _WARM_UP_JOBS
        deadline = time.monotonic() + 60
        while len(seen) < self.contestant.processes and self._warm_ups < _ENOUGH_WARM_UP_JOBS:
            if time.monotonic() > deadline:
                raise RunFailed(
                    f"only {len(seen)} of {self.contestant.processes} workers run jobs; {self._last_words()}"
                )
            self.ask("start", count=jobs, first=-jobs)
            self._warm_ups += jobs
            self.wait(lambda: record.count(self._records) >= self._warm_ups, seconds=60)
            seen = {one.pid for one in record.read(self._records)}
            jobs *= 2

    def ask(self, do: str, *, count: int, first: int = 0) -> dict[str, Any]:
        """Tell the client to do something, and return its answer."""
        (client,) = self._parts["client"]
        assert client.stdin is not None
        client.stdin.write(json.dumps({"do": do, "first": first, "count": count}) + "\n")
        client.stdin.flush()
        return self._answer(client)

    def records(self) -> list[record.Record]:
        """Return what the jobs of the run wrote, without the warm-up."""
        return [one for one in record.read(self._records) if one.index >= 0]

    def wait_for_jobs(self, jobs: int) -> float:
        """Wait until so many jobs of the run are done; return the instant of the last one's end.

        Raises:
            RunFailed: they are not done in time, or one ran twice.
            Incomplete: the history has not all of them.
        """
        self.wait_for_records(jobs)
        records = self.records()
        if len({one.index for one in records}) != jobs:
            raise RunFailed("not every job ran exactly once")
        if self._history:
            return self._history.wait(self._warm_ups + jobs)
        return records[-1].at

    def wait_for_flow(self, jobs: int) -> float:
        """Do as `wait_for_jobs` for jobs that waited for each other; return when the last of them wrote its record."""
        self.wait_for_records(jobs)
        records = self.records()
        if len({one.index for one in records}) != jobs:
            raise RunFailed("not every job ran exactly once")
        if self._history:
            self._history.wait_for_ends()
        return records[-1].at

    def wait_for_records(self, jobs: int) -> None:
        """Wait until so many jobs of the run have begun."""
        self.wait(lambda: record.count(self._records) >= self._warm_ups + jobs)

    def wait(self, is_done: Callable[[], bool], *, seconds: float = RUN_SECONDS) -> None:
        """Wait for something.

        Raises:
            RunFailed: it did not come in time, or the workers ended.
        """
        deadline = time.monotonic() + seconds
        while not is_done():
            ended = any(one.poll() is not None for one in self._parts.get("workers", ()))
            if ended or time.monotonic() > deadline:
                what = "the workers ended" if ended else f"not done after {seconds:.0f} s"
                raise RunFailed(f"{what}; {self._last_words()}")
            time.sleep(0.005)

    def cpu_seconds(self) -> dict[str, float]:
        """Return the CPU time that workers, server and database took until now."""
        taken = {name: sum(map(_cpu_of, processes)) for name, processes in self._parts.items() if name != "client"}
        return taken | ({"database": _cpu_of(self._postgres.process)} if self._postgres else {})

    def _open(self) -> Self:
        valkey = private_valkey(self._folder)
        self._redis_url = valkey.url
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")} | {
            "PYTHONPATH": str(ROOT),
            record.FILE: str(self._records),
            "BENCH_REDIS_URL": valkey.url,
            "BENCH_REDIS_SOCKET": str(valkey.socket_path),
            **self.contestant.environment,
        }
        self._parts["server"] = [self._popen(list(valkey.command().arguments), "server", python=False)]
        self.wait(valkey.is_ready, seconds=10)
        if self.contestant.database:
            self._open_database(valkey.url)
        self._parts["client"] = [self._popen(["-m", "bench.throughput.client", self.contestant.module], "client")]
        self._answer(self._parts["client"][0])
        return self

    def _open_database(self, redis_url: str) -> None:
        data_dir = self._folder / "jobdeck"
        data_dir.mkdir(mode=0o700)
        url = f"sqlite:///{data_dir / 'jobdeck.db'}"
        if self.contestant.database == "PostgreSQL":
            self._postgres = Postgres(self._folder / "postgres", self._group)
            url = self._postgres.url
        self._environment |= {
            "JOBDECK_DATA_DIR": str(data_dir),
            "JOBDECK_DATABASE_URL": url,
            "JOBDECK_REDIS_URL": redis_url,
            "JOBDECK_SECRET_KEY": secrets.token_urlsafe(32),
        }
        self._history = History(url)

    def _popen(self, arguments: list[str], name: str, *, python: bool = True) -> "subprocess.Popen[Any]":
        with (self._folder / f"{name}.log").open("ab") as log:
            return self._group.start(
                [str(self.contestant.python), *arguments] if python else arguments,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.PIPE,  # a lifeline for those who know it, the commands for the client
                stdout=subprocess.PIPE if name == "client" else log,
                stderr=log,
                text=True,
            )

    def _answer(self, client: "subprocess.Popen[Any]") -> dict[str, Any]:
        assert client.stdout is not None
        line = client.stdout.readline()
        if not line:
            raise RunFailed(f"the client ended; {self._last_words('client')}")
        answer: dict[str, Any] = json.loads(line)
        if "missing" in answer:
            raise RunFailed(f"not there yet: {answer['missing']}")
        return answer

    def _last_words(self, name: str = "workers") -> str:
        log = self._folder / f"{name}.log"
        lines = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
        return f"its last line: {lines[-1]}" if lines else "it said nothing"


def _cpu_of(process: "subprocess.Popen[Any]") -> float:
    """Return the CPU seconds of a process, its children, and those of them that have ended."""
    try:
        parent = psutil.Process(process.pid)
        return sum(sum(one.cpu_times()[:4]) for one in (parent, *parent.children(recursive=True)))
    except psutil.NoSuchProcess:
        return 0.0


def stop(process: "subprocess.Popen[Any]") -> None:
    """Kill a process and all its children, it first, so that it starts none again. What they had is thrown away."""
    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        family = []
    process.kill()
    process.wait()
    for one in family:
        if one.is_running():
            one.kill()
    psutil.wait_procs(family, timeout=_STOP_SECONDS)
    for stream in (process.stdin, process.stdout):
        if stream:
            stream.close()
