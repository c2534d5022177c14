"""A chaos run that is ended takes along the processes, the files and the mount that it made."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import command_of, is_gone, kill
from tests.waiting import until

ROOT = Path(__file__).parents[2]
WANTED = ("main.py", "worker-1", "valkey-server")
pytestmark = pytest.mark.not_on_postgresql("the run makes its own databases")


def started_by(runner: psutil.Process) -> list[psutil.Process]:
    """Return all that a run has started, once it has an instance; before, nothing."""
    family = runner.children(recursive=True)
    words = " ".join(map(command_of, family))
    return family if all(name in words for name in WANTED) else []


def test_sigterm_to_a_chaos_run_leaves_neither_processes_nor_files(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    what = ["--seed", "1", "--jobs", "100000", "--faults", "1", "--database", "sqlite"]
    with (tmp_path / "said").open("w") as said:
        runner = psutil.Popen(
            [sys.executable, "-m", "tests.chaos.run", *what],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(folder)},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    family: list[psutil.Process] = []
    try:
        family = until(lambda: started_by(runner), seconds=60)
        runner.terminate()
        until(lambda: runner.poll() is not None, seconds=90)
        assert runner.returncode == 128 + 15, (tmp_path / "said").read_text()
        until(lambda: all(map(is_gone, family)))
        assert list(folder.glob("jobdeck-chaos-*")) == []
    finally:
        kill((runner, *family))
        runner.wait()
