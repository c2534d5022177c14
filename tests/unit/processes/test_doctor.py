"""What `doctor` says about each part, and when it calls something wrong."""

import os
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.db import migrations
from app.db.sql import engine
from app.processes import doctor
from app.processes.doctor import Finding
from app.processes.supervision.instance import Instance, Whereabouts
from app.settings import load_settings
from tests.postgres import PostgresServer

NOBODY = "redis://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _disconnect() -> Iterator[None]:
    yield
    engine.disconnect()


def _examine(data_dir: Path, **options: object) -> dict[str, Finding]:
    return {finding.part: finding for finding in doctor.examine(load_settings(data_dir=data_dir, **options))}


def test_nothing_started_yet_is_idle_and_not_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = doctor.run(load_settings(data_dir=tmp_path / "new"))

    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert [line.split()[1] for line in lines] == [
        "database",
        "migrations",
        "Redis",
        "workers",
        "scheduler",
        "clock",
        "disk",
    ]
    assert not any(line.startswith("wrong") for line in lines)
    assert not (tmp_path / "new").exists()


def test_a_database_of_the_newest_shape_is_ok(migrated: Path, tmp_path: Path) -> None:
    shutil.copy(migrated, tmp_path / "jobdeck.db")

    found = _examine(tmp_path)

    assert found["database"].verdict == "ok"
    assert found["migrations"].verdict == "ok"
    assert found["workers"].verdict == "idle"


def test_a_database_of_another_shape_is_wrong(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "jobdeck.db")) as opened:
        opened.execute("CREATE TABLE other (id INTEGER)")

    found = _examine(tmp_path)

    assert found["migrations"].verdict == "wrong"
    assert found["workers"].verdict == "wrong"


def test_a_file_that_is_no_database_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "jobdeck.db").write_bytes(b"not a database" * 100)

    assert _examine(tmp_path)["database"].verdict == "wrong"


def test_a_postgresql_is_ok_and_its_tables_come_with_the_first_start(
    postgresql: PostgresServer, tmp_path: Path
) -> None:
    with postgresql.database() as url:
        found = _examine(tmp_path, database_url=url)
        migrations.upgrade(url)
        after = _examine(tmp_path, database_url=url)

    assert (found["database"].verdict, found["migrations"].verdict, found["workers"].verdict) == ("ok", "idle", "idle")
    assert "PostgreSQL 1" in found["database"].detail
    assert (after["database"].verdict, after["migrations"].verdict, after["workers"].verdict) == ("ok", "ok", "idle")


def test_a_postgresql_that_does_not_answer_is_wrong_and_its_password_is_not_told(tmp_path: Path) -> None:
    for url in ("postgresql://jobdeck:pa55word@127.0.0.1:1/jobdeck", "postgresql://127.0.0.1:1/x?password=pa55word"):
        detail = _examine(tmp_path, database_url=url)["database"].detail

        assert "The database server does not run there. Check JOBDECK_DATABASE_URL" in detail
        assert "pa55word" not in detail


def test_a_postgresql_of_another_encoding_or_read_only_is_wrong(postgresql: PostgresServer, tmp_path: Path) -> None:
    with postgresql.administrator() as connection:
        connection.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    latin = _examine(tmp_path, database_url=postgresql.url("latin"))["database"]
    read_only = f"{postgresql.url('postgres')}&options=-c%20default_transaction_read_only%3Don"
    standby = _examine(tmp_path, database_url=read_only)["database"]

    assert (latin.verdict, standby.verdict) == ("wrong", "wrong")
    assert "ENCODING 'UTF8'" in latin.detail
    assert "is read-only" in standby.detail


def test_a_redis_that_does_not_answer_is_wrong_and_says_the_mend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = doctor.run(load_settings(data_dir=tmp_path, redis_url=NOBODY))

    assert status == 1
    assert "JOBDECK_REDIS_URL" in capsys.readouterr().out


def test_no_workers_beside_a_running_instance_is_wrong(migrated: Path, tmp_path: Path) -> None:
    shutil.copy(migrated, tmp_path / "jobdeck.db")
    instance = Instance(tmp_path)
    instance.announce(Whereabouts(pid=os.getpid(), url="http://127.0.0.1:1", redis_url=NOBODY))

    found = _examine(tmp_path)

    assert found["workers"].verdict == "wrong"
    assert found["Redis"].verdict == "wrong"
    instance.release()


def test_a_full_disk_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", ("total", "used", "free"))
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage(10**12, 10**12 - 1, 1))

    found = _examine(tmp_path)["disk"]

    assert found.verdict == "wrong"
    assert found.detail == f"only 1 byte free under {tmp_path}; make room there, or give another --data-dir"


def test_without_a_server_program_redis_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert _examine(tmp_path)["Redis"].verdict == "wrong"
