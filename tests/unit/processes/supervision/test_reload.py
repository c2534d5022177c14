"""Which job files changed, for `--reload`."""

from pathlib import Path

import pytest

from app.processes.supervision import reload
from app.processes.supervision.reload import JobFiles


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder instead of `app/jobs/`."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    (folder / "one.py").write_text("1")
    monkeypatch.setattr(reload, "_JOBS", folder)
    return folder


def test_a_changed_file_is_told_once_when_it_stays_the_same(jobs: Path) -> None:
    files = JobFiles([])
    assert files.changed() == []

    (jobs / "one.py").write_text("12")
    assert files.changed() == []  # perhaps it is still being written
    (jobs / "one.py").write_text("123")
    assert files.changed() == []

    assert files.changed() == ["one.py"]
    assert files.changed() == []


def test_a_file_that_is_no_python_is_told_when_it_is_mended(jobs: Path, caplog: pytest.LogCaptureFixture) -> None:
    files = JobFiles([])
    (jobs / "one.py").write_text("\ndef broken(:\n")

    assert [files.changed() for _ in range(4)] == [[], [], [], []]
    assert caplog.messages == ["one.py, line 2: SyntaxError: invalid syntax. What was loaded stays until it is mended."]

    (jobs / "one.py").write_text("mended = True\n")
    files.changed()
    assert files.changed() == ["one.py"]


def test_new_and_removed_files_are_told_and_others_are_not(jobs: Path) -> None:
    files = JobFiles([])
    (jobs / "package").mkdir()
    (jobs / "package" / "inner.py").write_text("1")
    (jobs / "notes.txt").write_text("1")
    (jobs / "one.py").unlink()
    files.changed()

    assert files.changed() == ["inner.py", "one.py"]


def test_a_file_that_is_changed_back_is_not_told(jobs: Path) -> None:
    files = JobFiles([])
    before = (jobs / "one.py").stat().st_mtime_ns
    (jobs / "one.py").rename(jobs / "aside.txt")
    files.changed()
    (jobs / "aside.txt").rename(jobs / "one.py")
    files.changed()

    assert (jobs / "one.py").stat().st_mtime_ns == before
    assert files.changed() == []


def test_files_and_modules_given_with_jobs_are_looked_at(
    jobs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "mine" / "deep").mkdir(parents=True)
    files = JobFiles([str(tmp_path / "greet.py"), "mine", "alone"])
    for name in ("greet.py", "alone.py", "mine/deep/part.py", "other.py"):
        (tmp_path / name).write_text("1")
    files.changed()

    assert files.changed() == ["alone.py", "greet.py", "part.py"]
