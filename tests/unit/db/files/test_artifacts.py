"""Files that jobs attach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlmodel import Session

from app.db import files
from app.db.files import artifacts
from app.db.queries import details
from app.db.sql import engine, sessions
from app.errors import Unavailable
from tests.store import stored

pytestmark = [pytest.mark.usefixtures("database", "folder"), pytest.mark.both_databases]
NOWHERE = "sqlite:////missing/jobdeck.db"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are kept."""
    files.use_folder(tmp_path / "files")
    return tmp_path / "files"


def contents(folder: Path) -> list[str]:
    """Read every file that is kept."""
    return sorted(path.read_text() for path in folder.rglob("*") if path.is_file())


def test_a_file_of_the_same_name_replaces_the_one_before(folder: Path, tmp_path: Path) -> None:
    job_id = stored().job_id
    for text in ("first", "second"):
        (tmp_path / "source").write_text(text)
        files.attach(job_id, 1, "a.txt", tmp_path / "source", "text/plain")

    assert [file.size_bytes for file in details.list_artifacts(job_id)] == [6]
    assert contents(folder) == ["second"]


def test_a_file_waits_for_the_database_and_is_kept_whole(database: str, folder: Path, tmp_path: Path) -> None:
    job_id = stored().job_id
    (tmp_path / "source").write_text("whole")
    engine.connect(NOWHERE)

    def comes_back() -> bool:
        engine.connect(database)
        return False

    files.attach(job_id, 1, "a.txt", tmp_path / "source", "text/plain", gives_up=comes_back)

    path, kept = files.open_artifact(job_id, "a.txt")
    assert (path.read_text(), kept.size_bytes) == ("whole", 5)


def test_a_file_that_cannot_be_noted_is_not_kept_when_the_job_stops(folder: Path, tmp_path: Path) -> None:
    job_id = stored().job_id
    (tmp_path / "source").write_text("whole")
    engine.connect(NOWHERE)
    with pytest.raises(Unavailable):
        files.attach(job_id, 1, "a.txt", tmp_path / "source", "text/plain")
    assert contents(folder) == []


def test_a_file_whose_row_was_written_but_the_answer_lost_is_known_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = stored().job_id
    (tmp_path / "source").write_text("whole")
    is_lost = iter([True, False])

    @contextmanager
    def session_that_loses_an_answer(*, write: bool = False) -> Iterator[Session]:
        with sessions.session(write=write) as opened:
            yield opened
        if next(is_lost):
            raise Unavailable

    monkeypatch.setattr(artifacts, "session", session_that_loses_an_answer)
    monkeypatch.setattr(artifacts, "DATABASE_WAIT_SECONDS", 0.0)
    files.attach(job_id, 1, "a.txt", tmp_path / "source", "text/plain", gives_up=lambda: False)

    assert len(details.list_artifacts(job_id)) == 1
    assert contents(folder) == ["whole"]
