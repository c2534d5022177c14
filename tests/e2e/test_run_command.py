"""A command never outlives the worker that runs it, however that dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.waiting import until

ROOT = Path(__file__).parents[2]
#: A process that runs a command as a worker does, to be killed.
WORKER = """
from pathlib import Path
from app.jobs.run_command import run_command
line = "trap '' TERM; sleep 1000 & echo $$ $! > pids.new; mv pids.new pids; while :; do wait; done"
run_command.run_inline(line, folder=Path.cwd(), shell=True)
"""


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def members(group: int) -> list[int]:
    """Return the living processes of a process group."""
    found = []
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) == group and not is_gone(pid):
                found.append(pid)
        except ProcessLookupError:
            continue
    return found


def test_the_death_of_the_worker_ends_the_whole_group_of_its_command(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen([sys.executable, "-c", WORKER], cwd=tmp_path, env=environment)
    until(lambda: (tmp_path / "pids").exists() or worker.poll() is not None)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    group = os.getpgid(pids[0])
    assert set(pids) < set(members(group))

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    until(lambda: not members(group))
