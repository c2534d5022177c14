"""What is measured: each function is one run of one contestant and returns its figures by name."""

import http.client
import os
import random
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from bench.throughput.contestant import OURS, ROOT, Contestant
from bench.throughput.process_group import ProcessGroup
from bench.throughput.stage import GRACE_SECONDS, RunFailed, Stage, stop

Figures = dict[str, float]
PICK_UPS = 20
_PAUSE_SECONDS = (0.1, 0.7)
"""The least and the most between two starts on an idle system."""
_REPORTS = 1_000_000
_IDLE_SECONDS = 8.0
_READY_SECONDS = 60.0
MICRO = 1e6
MEGABYTE = 1e6


def throughput(contestant: Contestant, folder: Path, *, jobs: int) -> Figures:
    """Start jobs one by one while the workers run: jobs a second from the first start to the last end, CPU time."""
    jobs = min(jobs, contestant.most_jobs)
    with Stage(contestant, folder) as stage:
        stage.start_workers()
        stage.warm_up()
        before = stage.cpu_seconds()
        answer = stage.ask("start", count=jobs)
        ended = stage.wait_for_jobs(jobs)
        after = stage.cpu_seconds()
    seconds = ended - answer["began"]
    cpu = {f"cpu_{name}": (after[name] - before[name]) / jobs * MICRO for name in after}
    share = (answer["ended"] - answer["began"]) / seconds
    return {
        "jobs": jobs,
        "per_second": jobs / seconds,
        "start_share": share,
        "cpu_client": answer["cpu"] / jobs * MICRO,
        **cpu,
    }


def throughput_bulk(contestant: Contestant, folder: Path, *, jobs: int) -> Figures:
    """Start jobs in bulk while the workers run: jobs a second from the first start to the last end."""
    with Stage(contestant, folder) as stage:
        stage.start_workers()
        stage.warm_up()
        answer = stage.ask("start_bulk", count=jobs)
        ended = stage.wait_for_jobs(jobs)
    return {"per_second_bulk": jobs / (ended - answer["began"])}


def start(contestant: Contestant, folder: Path, *, jobs: int) -> Figures:
    """Start jobs one by one while no worker runs, then let workers do them: starts a second, ends a second."""
    jobs = min(jobs, contestant.most_jobs)
    with Stage(contestant, folder) as stage:
        answer = stage.ask("start", count=jobs)
        stage.start_workers()
        ended = stage.wait_for_jobs(jobs)
        first = stage.records()[0].at
    # The start of the workers is not counted: from the first job's record on.
    return {"started": jobs / (answer["ended"] - answer["began"]), "drained": (jobs - 1) / (ended - first)}


def start_bulk(contestant: Contestant, folder: Path, *, jobs: int) -> Figures:
    """Start jobs in bulk while no worker runs: starts a second. Workers then do them, so that all are known to run."""
    with Stage(contestant, folder) as stage:
        answer = stage.ask("start_bulk", count=jobs)
        stage.start_workers()
        stage.wait_for_jobs(jobs)
    return {"started_bulk": jobs / (answer["ended"] - answer["began"])}


def pickup(contestant: Contestant, folder: Path, *, seed: int) -> list[float]:
    """Return the milliseconds from a start to the first line of the job, on a system that has nothing else to do."""
    pauses = random.Random(seed)
    taken = []
    with Stage(contestant, folder) as stage:
        stage.start_workers()
        stage.warm_up()
        for index in range(PICK_UPS):
            time.sleep(pauses.uniform(*_PAUSE_SECONDS))
            answer = stage.ask("start", first=index, count=1)
            stage.wait_for_records(index + 1)
            taken.append((stage.records()[-1].at - answer["began"]) * 1000)
    return taken


def progress(contestant: Contestant, folder: Path) -> Figures:
    """Run one job that reports a million times: microseconds of a `ctx.progress` and of an item of `ctx.track`."""
    found: Figures = {}
    with Stage(contestant, folder) as stage:
        stage.start_workers()
        job_id = stage.ask("start_reports", count=_REPORTS)["answer"]

        def has_ended() -> bool:
            found.update(stage.ask("result", first=job_id, count=1)["answer"] or {})
            return bool(found)

        stage.wait(has_ended)
    return {f"{name}_us": value for name, value in found.items()}


def memory(folder: Path) -> Figures:
    """Start everything with two workers, leave it idle, and return the memory by role: PSS of all processes, in MB."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    arguments = ["--no-open", "--port", str(port), "--processes", "2", "--data-dir", str(folder / "everything")]
    group = ProcessGroup(grace_seconds=GRACE_SECONDS)
    process = group.start(
        [str(OURS), str(ROOT / "main.py"), *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(lambda: _is_ready(port))
        time.sleep(_IDLE_SECONDS)
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        taken: Figures = {}
        for one in family:
            role = "main" if one == parent else _role(one)
            taken[role] = taken.get(role, 0.0) + one.memory_full_info().pss / MEGABYTE
        return taken
    finally:
        stop(process)
        group.kill()


def _wait_for(is_ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not is_ready():
        if time.monotonic() > deadline:
            raise RunFailed("main.py does not become ready")
        time.sleep(0.05)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _role(process: psutil.Process) -> str:
    """Say what a child of main.py is: a role, or the name of another program."""
    words = process.cmdline()
    return next((one for one in ("web", "worker", "scheduler", "template") if one in words[1:]), process.name())
