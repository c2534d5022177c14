"""A measurement that is ended takes along the server, the workers and the files that it made."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.patience import patient
from tests.processes import command_of, is_gone, kill
from tests.waiting import until

ROOT = Path(__file__).parents[2]
WANTED = {"valkey-server", "client", "worker"}
INSTANCE = "valkey-server worker web scheduler"
pytestmark = pytest.mark.not_on_postgresql("the measurement makes its own databases")


def started_by(runner: psutil.Process) -> list[psutil.Process]:
    """Return all that a measurement has started, once it has a server, a client and workers; before, nothing."""
    family = runner.children(recursive=True)
    words = " ".join(map(command_of, family))
    return family if all(name in words for name in WANTED) and words.count("worker") >= 3 else []


def test_sigterm_to_a_measurement_leaves_neither_processes_nor_files(tmp_path: Path) -> None:
    what = ["--only", "jobdeck-sqlite", "--what", "throughput", "--rounds", "1", "--jobs", "1000000"]
    command = [sys.executable, "-m", "bench.throughput", *what, "--folder", str(tmp_path)]
    with (tmp_path / "said").open("w") as said:
        runner = psutil.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
    family: list[psutil.Process] = []
    try:
        family = until(lambda: started_by(runner), seconds=60)
        records = [Path(one.environ()["BENCH_RECORDS"]) for one in family if "client" in command_of(one)]

        def is_ended() -> bool:
            runner.terminate()  # again and again, as `timeout` and whoever does not want to wait do
            return runner.poll() is not None

        until(is_ended)
        assert runner.returncode == 128 + 15, (tmp_path / "said").read_text()
        until(lambda: all(map(is_gone, family)))
        assert [one.name for one in tmp_path.iterdir()] == ["said"]
        assert [one for one in records if one.exists()] == []
    finally:
        kill((runner, *family))
        runner.wait()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Give a folder below which a socket's address is short enough: a longer one gets a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("doors", INSTANCE),
        ("hub", INSTANCE),
        ("idle", INSTANCE),
        ("first_paint", INSTANCE),
        ("schedules", "valkey-server scheduler"),
    ],
)
def test_sigterm_to_a_measurement_of_an_instance_ends_the_instance(short_folder: Path, name: str, parts: str) -> None:
    environment = {**os.environ, "TMPDIR": str(short_folder)}
    runner = psutil.Popen([sys.executable, "-m", f"bench.{name}"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    family: list[psutil.Process] = []

    def instance() -> list[psutil.Process]:
        found = runner.children(recursive=True)
        words = " ".join(map(command_of, found))
        return found if all(one in words for one in parts.split()) else []

    try:
        family = until(instance, seconds=60)
        runner.terminate()
        runner.wait(timeout=patient(60))
        assert runner.returncode == 128 + 15
        until(lambda: all(map(is_gone, family)))
        until(lambda: list(short_folder.iterdir()) == [])
    finally:
        kill((runner, *family))
        runner.wait()
