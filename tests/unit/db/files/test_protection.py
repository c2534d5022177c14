"""No shipped kind reads what lies in Jobdeck's own data folder, by whatever way a path leads there."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from app.db import files
from app.jobs.check_urls import check_urls
from app.jobs.data_report import data_report
from app.jobs.disk_usage import disk_usage
from app.jobs.find_duplicates import find_duplicates
from app.jobs.run_command import run_command
from app.queue import JobError

KEY = "a,b\n1,the-secret-key\n"


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    (folder / "files" / "ab").mkdir(parents=True)
    (folder / "secret.key").write_text(KEY)
    (folder / "files" / "ab" / "abcd").write_text(KEY)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "jobdeck.db").write_text(KEY)
    (tmp_path / "elsewhere" / "own.csv").write_text(KEY)
    files.protect(folder, f"sqlite:///{tmp_path / 'elsewhere' / 'jobdeck.db'}")
    yield folder
    files.protect(tmp_path / "nowhere", "sqlite://")


def ways(data: Path) -> dict[str, Path]:
    """Give paths that lead to a file of ours."""
    beside = data.parent
    (beside / "link").symlink_to(data)
    (beside / "link.csv").symlink_to(data / "secret.key")
    (beside / "other.csv").symlink_to(data / "files" / "ab" / "abcd")
    os.link(data / "secret.key", beside / "hard.csv")
    return {
        "straight": data / "secret.key",
        "dots": data / ".." / data.name / "secret.key",
        "dots beyond a link": beside / "link" / "files" / ".." / "secret.key",
        "a link to the folder": beside / "link" / "secret.key",
        "a link to the file": beside / "link.csv",
        "a hard link": beside / "hard.csv",
        "another job's file": data / "files" / "ab" / "abcd",
        "a link to another job's file": beside / "other.csv",
        "the database": beside / "elsewhere" / "jobdeck.db",
    }


def test_no_file_of_ours_is_read(data: Path) -> None:
    for way, path in ways(data).items():
        runs: list[Callable[[], object]] = [
            partial(data_report.run_inline, path),
            partial(check_urls.run_inline, [], path),
        ]
        for run in runs:
            with pytest.raises(JobError, match="own data folder") as refused:
                run()
            assert "the-secret-key" not in str(refused.value), way


def test_no_folder_of_ours_is_walked_or_worked_in(data: Path) -> None:
    (data.parent / "link").symlink_to(data)
    for folder in (data, data / "files", data.parent / "link", data / "files" / ".." / "files" / "ab"):
        runs: list[Callable[[], object]] = [
            partial(disk_usage.run_inline, folder),
            partial(find_duplicates.run_inline, folder),
            partial(run_command.run_inline, "cat secret.key", folder),
        ]
        for run in runs:
            with pytest.raises(JobError, match="own data folder"):
                run()


def test_what_lies_beside_it_is_read(data: Path) -> None:
    assert data_report.run_inline(data.parent / "elsewhere" / "own.csv").result
