"""The steps of the database: they lead to what the tables say, and a newer database is left alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Boolean, Float, Integer, MetaData, Table, select, text

from app.db import migrations
from app.db.schema import SCHEMA
from app.db.sql import engine, shape
from app.errors import Unavailable
from tests.patience import patient
from tests.postgres import PostgresServer
from tests.waiting import until

pytestmark = pytest.mark.thorough

FOLDER = Path(migrations.__file__).parent
SCRIPT = ScriptDirectory(str(FOLDER))
OLDER = sorted(step.revision for step in SCRIPT.walk_revisions() if step.revision != migrations.NEWEST)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
DROPPED = {("process", "broker_id"), ("schedule", "is_enabled")}
"""What no later version needs."""
UPGRADE = "import sys; from app.db import migrations; migrations.upgrade(sys.argv[1])"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables; on SQLite there is no file yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/jobdeck.db"
    else:
        server: PostgresServer = request.getfixturevalue("postgresql")
        with server.database() as url:
            yield url
    engine.disconnect()


def test_the_newest_step_is_the_one_that_processes_look_for() -> None:
    assert SCRIPT.get_current_head() == migrations.NEWEST


@pytest.mark.both_databases
def test_the_steps_lead_to_the_tables_of_the_models(database: str) -> None:
    with engine.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": "postgresql" in database})
        assert compare_metadata(context, SCHEMA) == []


@pytest.mark.both_databases
def test_an_upgrade_is_safe_to_repeat(database: str) -> None:
    migrations.upgrade(database)
    assert migrations.is_current(database)


@pytest.mark.parametrize("revision", OLDER)
def test_what_an_older_jobdeck_wrote_is_there_after_the_upgrade(empty: str, revision: str) -> None:
    written = write_as(revision, empty)

    migrations.upgrade(empty)

    assert {"job", "transition", "log_line"} < set(written)
    tables = MetaData()
    tables.reflect(engine.engine())
    for name, row in written.items():
        with engine.engine().connect() as connection:
            [found] = connection.execute(select(tables.tables[name])).mappings()
        kept = {column: value for column, value in row.items() if (name, column) not in DROPPED}
        assert {column: found[column] for column in kept} == kept


def test_processes_that_upgrade_at_once_wait_for_the_first(postgresql: PostgresServer) -> None:
    with postgresql.database() as url:
        with postgresql.administrator(url) as held, held.transaction(force_rollback=True):
            held.execute("CREATE TABLE alembic_version (held int)")  # so that nobody gets ahead of the others
            upgrading = [subprocess.Popen([sys.executable, "-c", UPGRADE, url], stderr=subprocess.PIPE) for _ in "123"]
            with postgresql.administrator(url) as watching:
                until(lambda: watching.execute(WAITING).fetchone() == (3,), seconds=60)

        assert [process.communicate(timeout=patient(60))[1] for process in upgrading] == [b""] * 3
        assert migrations.is_current(url)
    engine.disconnect()


def test_a_database_of_a_newer_jobdeck_is_refused_and_left_alone(empty: str) -> None:
    write_as(OLDER[0], empty)
    with engine.engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(shape.OtherVersion, match="newer Jobdeck"):
        migrations.upgrade(empty)
    assert not migrations.is_current(empty)
    with pytest.raises(shape.OtherVersion, match="revision 9999; this one knows"):
        shape.require_ours()


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "jobdeck.db"
    path.write_text("this is no database" * 100)
    with pytest.raises(Unavailable, match=r"cannot be set up\. The database file is damaged"):
        migrations.upgrade(f"sqlite:///{path}")
    engine.disconnect()


def test_a_user_who_may_make_no_tables_is_told_so(postgresql: PostgresServer) -> None:
    with postgresql.administrator() as connection:
        connection.execute("CREATE ROLE guest LOGIN")
    with postgresql.database() as url:
        as_guest = url.replace("postgres@", "guest@")
        with pytest.raises(Unavailable, match="The database does not allow this to Jobdeck's user"):
            migrations.upgrade(as_guest)
    engine.disconnect()


def write_as(revision: str, url: str) -> dict[str, dict[str, Any]]:
    """Make a database of an older shape with one row in every table that it had; give what was written."""
    tables = MetaData()
    engine.connect(url)
    with engine.writer().begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(FOLDER))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        tables.reflect(connection)
        written = {}
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                written[table.name] = row_of(table)
                connection.execute(table.insert(), written[table.name])
    return written


def row_of(table: Table) -> dict[str, Any]:
    """Make a row with a value in every column; everything belongs to job 1."""
    row: dict[str, Any] = {}
    for column in table.columns:
        if isinstance(column.type, JSON):
            row[column.name] = {"ü": [1, None]}
        elif isinstance(column.type, Boolean):
            row[column.name] = True
        elif isinstance(column.type, Float):
            row[column.name] = 0.25
        else:
            row[column.name] = 1 if isinstance(column.type, Integer) else f"ü {column.name}"
    return row


@pytest.mark.parametrize("umask", [0, 0o022])
def test_sqlite_database_is_for_its_owner_alone(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "jobdeck.db"
    before = os.umask(umask)
    try:
        migrations.upgrade(f"sqlite:///{path}")
        with engine.writer().begin() as connection:
            connection.execute(text("DELETE FROM job"))
            modes = {one.name: oct(one.stat().st_mode & 0o777) for one in tmp_path.iterdir()}
    finally:
        os.umask(before)
        engine.disconnect()

    assert set(modes) == {"jobdeck.db", "jobdeck.db-wal", "jobdeck.db-shm"}
    assert set(modes.values()) == {"0o600"}


def test_sqlite_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "jobdeck.db"
    migrations.upgrade(f"sqlite:///{path}")
    engine.disconnect()
    path.chmod(0o644)

    migrations.upgrade(f"sqlite:///{path}")
    engine.disconnect()

    assert path.stat().st_mode & 0o777 == 0o600
