"""The steps of the database: they lead to what the tables say, and a newer database is left alone."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

from app.db import engine, migrations
from app.errors import Unavailable


def test_the_newest_step_is_the_one_that_processes_look_for() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert script.get_current_head() == migrations.NEWEST


def test_the_steps_lead_to_the_tables_of_the_models(database: Path) -> None:
    with engine.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_an_upgrade_is_safe_to_repeat(database: Path) -> None:
    url = f"sqlite:///{database}"
    migrations.upgrade(url)
    assert migrations.is_current(url)


def test_a_database_of_a_newer_jobdeck_is_refused_and_left_alone(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Unavailable, match="newer Jobdeck"):
        migrations.upgrade(f"sqlite:///{database}")
    assert not migrations.is_current(f"sqlite:///{database}")


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "jobdeck.db"
    path.write_text("this is no database" * 100)
    with pytest.raises(Unavailable, match="cannot be set up"):
        migrations.upgrade(f"sqlite:///{path}")
    engine.disconnect()
