"""A database that lost what was written last is told from one that is as it was left."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.db.lifecycle import requests
from app.db.sql import engine
from app.processes import backup, database_mark, doctor
from app.processes.database_mark import accept_loss, find_loss, note_loss, raise_mark
from app.settings import Settings, load_settings
from tests.actors import ME
from tests.store import stored


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Path:
    """A database whose jobs are still in its WAL, as a hard end leaves it; with the mark of ten seconds ago."""
    file = tmp_path / "origin" / "jobdeck.db"
    file.parent.mkdir(mode=0o700)
    shutil.copy(migrated, file)
    engine.connect(f"sqlite:///{file}")
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored()
    raise_mark(file)
    shutil.copytree(file.parent, tmp_path / "data")
    engine.disconnect()
    return tmp_path / "data" / "jobdeck.db"


def jobs(database: Path) -> int:
    with closing(sqlite3.connect(database)) as opened:
        return int(opened.execute("SELECT COUNT(*) FROM job").fetchone()[0])


def lose_log(database: Path) -> None:
    log = Path(f"{database}-wal")
    assert log.stat().st_size > 0
    log.unlink()
    Path(f"{database}-shm").unlink(missing_ok=True)


def test_database_that_is_as_it_was_left_lacks_nothing(database: Path) -> None:
    assert (find_loss(database), note_loss(database), jobs(database)) == (None, None, 1)


def test_log_that_is_gone_is_told_until_somebody_accepts_it(database: Path) -> None:
    lose_log(database)

    said = note_loss(database)
    raise_mark(database)  # Jobdeck runs on
    again = find_loss(database)
    accept_loss(database)

    assert said is not None
    assert "lacks all that was written until 20" in said
    assert "Restore a backup" in said
    assert (again, jobs(database)) == (said, 0)
    assert (find_loss(database), note_loss(database)) == (None, None)


def test_older_copy_says_from_when_on_it_lacks_what_was_written(database: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(database, tmp_path / "copy.db")
    raise_mark(database)
    for one in database.parent.glob("jobdeck.db-[ws]*"):
        one.unlink()
    shutil.copy(tmp_path / "copy.db", database)

    assert "lacks what was written from 20" in (find_loss(database) or "")


def test_database_that_is_gone_altogether_is_told(database: Path) -> None:
    for one in database.parent.glob("jobdeck.db*"):
        if not one.name.endswith("-mark"):
            one.unlink()

    assert "lacks all that was written" in (note_loss(database) or "")


def test_jobs_that_were_deleted_are_no_loss(database: Path) -> None:
    engine.connect(f"sqlite:///{database}")
    requests.cancel(1, by=ME)
    requests.delete(1, by=ME)
    with closing(sqlite3.connect(database)) as opened:
        opened.execute("VACUUM")
    engine.disconnect()

    assert (find_loss(database), jobs(database)) == (None, 0)


def test_what_is_restored_lacks_nothing(database: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    backup.back_up(Settings(data_dir=database.parent), archive)
    raise_mark(database)
    database.unlink()
    assert note_loss(database) is not None

    backup.restore(Settings(data_dir=database.parent), archive)

    assert (find_loss(database), jobs(database)) == (None, 1)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null"])
def test_folder_without_a_mark_of_ours_is_no_loss(database: Path, text: str) -> None:
    database.with_name("jobdeck.db-mark").write_text(text)
    lose_log(database)

    assert note_loss(database) is None
    raise_mark(database)
    assert find_loss(database) is None


def test_mark_that_cannot_be_raised_now_is_raised_later(database: Path) -> None:
    mark = database.with_name("jobdeck.db-mark")
    before = mark.read_text()

    with closing(sqlite3.connect(database)) as opened:
        opened.execute("BEGIN IMMEDIATE")
        database_mark._BUSY_SECONDS, kept = 0.01, database_mark._BUSY_SECONDS
        try:
            with pytest.raises(sqlite3.OperationalError):
                raise_mark(database)
        finally:
            database_mark._BUSY_SECONDS = kept
    assert mark.read_text() == before
    raise_mark(database)

    assert mark.read_text() != before
    assert find_loss(database) is None


@pytest.mark.thorough
def test_doctor_says_what_the_database_lacks(database: Path) -> None:
    lose_log(database)

    found = {one.part: one for one in doctor.examine(load_settings(data_dir=database.parent))}
    engine.disconnect()

    assert found["database"].verdict == "wrong"
    assert "jobdeck.db-wal was removed or lost" in found["database"].detail
    assert found["migrations"].verdict == "ok"  # the rest is looked at all the same
