"""A backup holds all that must not be lost, and comes back as it was."""

import io
import shutil
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

import main
from app.db import files, migrations
from app.db.files import uploads
from app.db.queries import jobs
from app.db.sql import engine
from app.errors import AppError
from app.processes import backup
from app.processes.supervision.instance import AlreadyRunning, Instance
from app.settings import Settings
from app.settings.data_folder import with_secret_key
from tests.actors import ME


@pytest.fixture
def settings(migrated: Path, tmp_path: Path) -> Settings:
    """An installation with one upload, whose row is still in the WAL."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    settings = with_secret_key(Settings(data_dir=folder))
    shutil.copy(migrated, folder / "jobdeck.db")
    engine.connect(settings.database_url)
    files.use_folder(folder / "files")
    uploads.save_upload(io.BytesIO(b"a,b\n"), "rows.csv", max_bytes=10, by=ME)
    assert (folder / "jobdeck.db-wal").stat().st_size > 0
    return settings


def rows(folder: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(folder / "jobdeck.db")) as opened:
        return opened.execute("SELECT name, key FROM upload").fetchall()


def test_backup_that_is_restored_has_database_files_and_key(settings: Settings, tmp_path: Path) -> None:
    archive, folder = tmp_path / "backup.tar", tmp_path / "again"
    held = Instance(settings.data_dir)  # it runs meanwhile

    backup.back_up(settings, archive)
    backup.restore(Settings(data_dir=folder), archive)
    held.release()

    [(name, key)] = rows(folder)
    assert name == "rows.csv"
    assert (folder / "files" / key[:2] / key).read_bytes() == b"a,b\n"
    assert (folder / "secret.key").read_text() == (settings.data_dir / "secret.key").read_text()
    modes = {oct(one.stat().st_mode & 0o777) for one in [archive, *folder.rglob("*")] if one.is_file()}
    assert modes == {"0o600"}
    migrations.upgrade(f"sqlite:///{folder / 'jobdeck.db'}")
    assert jobs.newest_id() == 0
    engine.disconnect()


def test_backup_writes_over_nothing(settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    archive.write_text("precious")

    with pytest.raises(AppError, match="is there already"):
        backup.back_up(settings, archive)

    assert archive.read_text() == "precious"


def test_restore_writes_over_nothing_and_waits_for_the_end(settings: Settings, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    backup.back_up(settings, archive)
    before = rows(settings.data_dir)

    with pytest.raises(AppError, match="is there already"):
        backup.restore(settings, archive)
    held = Instance(settings.data_dir)
    with pytest.raises(AlreadyRunning):
        backup.restore(settings, archive)
    held.release()

    assert rows(settings.data_dir) == before


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", "files/../../outside", "files/ab/short", "other.db"])
def test_archive_that_is_no_backup_leaves_nothing(tmp_path: Path, name: str) -> None:
    archive, folder = tmp_path / "strange.tar", tmp_path / "data"
    with tarfile.open(archive, "w") as packed:
        member = tarfile.TarInfo(name)
        member.size = 1
        packed.addfile(member, io.BytesIO(b"x"))

    with pytest.raises(AppError, match="no backup of Jobdeck"):
        backup.restore(Settings(data_dir=folder), archive)

    assert [one.name for one in folder.iterdir()] == ["instance.lock"]
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_what_cannot_be_is_told_in_a_line(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main.main([command, str(tmp_path / "no.tar"), "--data-dir", str(tmp_path / "data")]) == 1

    assert len(capsys.readouterr().err.splitlines()) == 1
