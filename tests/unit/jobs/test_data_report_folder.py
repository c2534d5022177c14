"""The folder that `data_report` works in: nobody else's report removes it, and its loss is no fault of the file."""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from app.jobs.data_report import data_report
from app.queue import JobError
from tests.unit.jobs.conftest import NotedContext

Written = Callable[[str, str | bytes], Path]


class Meddled(NotedContext):
    """Removes the folder of the report while the lines are checked, as a cleaner of temporary folders might."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        super().progress(done, total, message)
        if (message or "").startswith("Checking lines"):
            for path in self.folder.iterdir():
                shutil.rmtree(path)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which reports make theirs."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_report_when_another_begins_between_its_folder_and_its_lock_keeps_the_folder(
    temporary: Path, written: Written, noted: NotedContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = fcntl.flock

    def flock(file: BinaryIO, how: int) -> None:
        """Let another whole report run at the worst moment: the file is there and nobody holds it."""
        if how == fcntl.LOCK_EX:
            monkeypatch.setattr("fcntl.flock", lock)
            data_report(NotedContext(), written("other.csv", "x\n1\n"))
        lock(file, how)

    monkeypatch.setattr("fcntl.flock", flock)

    assert data_report(noted, written("a.csv", "x,y\n1,2\n")) == "1 row, 2 columns, 0 missing values"
    assert list(temporary.iterdir()) == []


def test_report_when_its_folder_is_removed_under_it_may_be_tried_again(
    temporary: Path, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.jobs.data_report.table.staging.SMALL_BYTES", 0)  # smaller files need no folder

    with pytest.raises(OSError, match="was removed while it ran") as caught:
        data_report(Meddled(temporary), written("a.csv", "x,y\n1,2\n"))

    assert not isinstance(caught.value, JobError)
