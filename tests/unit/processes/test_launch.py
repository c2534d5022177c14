"""What keeps a start from being tried, said before anything is started."""

import socket
from pathlib import Path

import pytest

from app.errors import SettingsError
from app.processes.launch import make_database, require_shared_services, run_all
from app.processes.supervision.instance import find
from app.processes.supervision.supervisor import StartFailed
from app.settings import load_settings


@pytest.fixture(autouse=True)
def _told_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no file of this machine says anything."""
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PORT", "DATA_DIR"):
        monkeypatch.delenv(f"JOBDECK_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_a_process_alone_names_all_that_it_needs_and_was_not_told(tmp_path: Path) -> None:
    told = load_settings(data_dir=tmp_path / "data", redis_url="redis://127.0.0.1:1/0")

    with pytest.raises(SettingsError) as caught:
        require_shared_services(told, "worker")

    assert caught.value.message == "The worker alone needs JOBDECK_DATABASE_URL, JOBDECK_SECRET_KEY."


def test_a_process_alone_says_what_several_machines_have_to_share(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    told = load_settings(
        data_dir=folder,
        redis_url="redis://127.0.0.1:1/0",
        database_url=f"sqlite:///{folder}/jobdeck.db",
        secret_key="k" * 40,
    )
    caplog.set_level("INFO")

    require_shared_services(told, "worker")

    assert folder.is_dir()
    assert "several machines need PostgreSQL" in caplog.text
    assert f"Files are kept in {folder / 'files'}" in caplog.text


def test_a_port_that_is_taken_stops_the_start_and_leaves_the_data_folder_free(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        told = load_settings(data_dir=tmp_path, port=other.getsockname()[1])
        with pytest.raises(StartFailed, match="is taken by another program"):
            run_all(told, opens_page=False)

    running = find(tmp_path)
    assert running is None or running.url is None


def test_a_database_is_made_where_there_is_none_and_left_alone_where_there_is_one(tmp_path: Path) -> None:
    told = load_settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'jobdeck.db'}")

    make_database(told)
    made = (tmp_path / "jobdeck.db").stat()
    make_database(told)

    assert made.st_size > 0
    assert (tmp_path / "jobdeck.db").stat().st_mtime_ns == made.st_mtime_ns
