"""A command never outlives the worker that runs it, however that dies, and is not run again."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.e2e.databases import NewDatabase
from tests.e2e.instance import READY_SECONDS, ROOT, clean_environment
from tests.patience import patient
from tests.ports import free_port
from tests.processes import is_gone
from tests.waiting import until

#: Ignores being asked to end, and has a child, and one in a session of its own.
STUBBORN = (
    "trap '' TERM; echo began >> began; sleep 1000 & child=$!; setsid sleep 1000 & echo $$ $child $! > pids.new; "
    "mv pids.new pids; while :; do wait; done"
)
#: A process that runs a command as a worker does, to be killed.
WORKER = f"""
from pathlib import Path
from app.jobs.run_command import run_command
run_command.run_inline({STUBBORN!r}, folder=Path.cwd(), shell=True)
"""


def processes_in(folder: Path) -> list[int]:
    """Wait until the command runs, and return it and what it started."""
    until((folder / "pids").exists, seconds=READY_SECONDS)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


@pytest.fixture
def api(tmp_path: Path, new_database: NewDatabase) -> Iterator[httpx.Client]:
    """The API of a Jobdeck that allows commands."""
    port = free_port()
    command = [sys.executable, str(ROOT / "main.py"), "--no-open", "--port", str(port), "--processes", "1"]
    command += ["--data-dir", str(tmp_path / "data")]
    with new_database() as url, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patient(20)) as client:
        environment = clean_environment(url) | {"JOBDECK_ALLOW_COMMANDS": "1"}
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)

        def is_ready() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return client.get("/health/ready").status_code == 200
            return False

        try:
            until(is_ready, seconds=READY_SECONDS, every=0.1)
            yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=patient(60))


@pytest.mark.not_on_postgresql("a command is run without a Jobdeck")
def test_the_death_of_its_process_ends_all_that_it_started(tmp_path: Path) -> None:
    environment = clean_environment() | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", WORKER], cwd=tmp_path, env=environment)
    pids = processes_in(tmp_path)

    process.kill()
    process.wait()

    until(lambda: all(is_gone(pid) for pid in pids))


def test_a_killed_worker_ends_the_command_and_the_job_fails_and_is_not_run_again(
    api: httpx.Client, tmp_path: Path
) -> None:
    params = {"command": STUBBORN, "folder": str(tmp_path), "shell": True}
    job = api.post("/api/v1/kinds/run_command/start", json={"params": params}).json()
    pids = processes_in(tmp_path)

    psutil.Process(pids[0]).parents()[1].kill()  # the worker, whose child is the command's keeper

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = api.get(job["links"]["self"]).json()
        return found if found["finished_at"] else None

    failed = until(ended, seconds=READY_SECONDS)
    assert (failed["state"], failed["error"]["message"]) == ("failed", "Its worker died while it ran.")
    until(lambda: all(is_gone(pid) for pid in pids))
    assert (tmp_path / "began").read_text() == "began\n"
