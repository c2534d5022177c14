"""Which other instances of this machine are found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.processes.supervision.elsewhere import running_elsewhere
from app.processes.supervision.instance import Instance, Whereabouts

_WAITS = "import sys; print(flush=True); sys.stdin.read()"


@contextmanager
def scheduler_on(folder: Path) -> Iterator[None]:
    """Run a process that looks like the scheduler of the instance on a folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITS, "scheduler", "--quiet-jobs", "--supervised", "scheduler"],
        env={**os.environ, "JOBDECK_DATA_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield
    finally:
        process.communicate()


def test_an_instance_on_another_folder_is_found_with_its_page(tmp_path: Path) -> None:
    here, there, gone = (tmp_path / name for name in ("here", "there", "gone"))
    for folder in (here, there, gone):
        folder.mkdir()
    running = Instance(there)
    running.announce(Whereabouts(pid=os.getpid(), url="http://127.0.0.1:9999"))

    with scheduler_on(there), scheduler_on(gone):
        elsewhere = running_elsewhere(here)
        same = running_elsewhere(there)
    running.release()

    assert elsewhere[there].url == "http://127.0.0.1:9999"
    assert gone not in elsewhere
    assert there not in same


def test_one_that_only_starts_is_not_told_of(tmp_path: Path) -> None:
    starting = Instance(tmp_path)
    with scheduler_on(tmp_path):
        assert tmp_path not in running_elsewhere(tmp_path / "here")
    starting.release()
