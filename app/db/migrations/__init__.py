"""The steps from any released shape of the database to the present one (Alembic; one file a step in `versions/`)."""

import contextlib
import os
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from app.db.sql import shape
from app.db.sql.engine import connect, writer
from app.db.sql.shape import OtherVersion
from app.db.sql.unavailability import sentence
from app.errors import Unavailable

__all__ = ["NEWEST", "resealing", "step", "upgrade"]

#: The newest step in `versions/`; a test compares them. Every process asks at its start whether the database has it,
#: and loading Alembic for the answer would cost each of them 0.4 s.
NEWEST = "0027"
#: The advisory lock of who changes the shape of a PostgreSQL database: any number, the same in every version.
_LOCK = 0x10BDEC
_FOLDER = Path(__file__).parent
_HINT = "`python3 main.py doctor` says more."


def upgrade(database_url: str) -> None:
    """Bring the database to the newest shape; makes it where there is none. Connects this process to it.

    Safe to repeat, and to call from several processes at once: the others wait for the first. (On SQLite, where the
    file exists.)

    Raises:
        OtherVersion: the database is newer than this program.
        Unavailable: it cannot be reached.
    """
    _close_to_others(database_url)
    connect(database_url)
    try:
        with writer().begin() as connection:
            if _read_step(connection) != NEWEST:
                _wait_for_turn(connection)
                _upgrade(connection)
    except DBAPIError as error:
        raise Unavailable(f"The database cannot be set up. {sentence(error)}", hint=_HINT) from error
    shape.use(NEWEST)


def _close_to_others(database_url: str) -> None:
    """Let only its owner read an SQLite database, whatever the umask; its WAL gets the same mode from SQLite."""
    file = database_url.removeprefix("sqlite:///")
    if file == database_url or not file or file.startswith((":", "file:")):
        return
    # What exists is not opened: closing it would drop the locks that SQLite holds on it in this process.
    with contextlib.suppress(OSError):  # that it cannot be made is said by the connection
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for one in (file, f"{file}-wal", f"{file}-shm"):
        with contextlib.suppress(OSError):  # there is none, or it is another's
            if os.stat(one).st_mode & 0o077:
                os.chmod(one, 0o600)


def is_current(database_url: str) -> bool:
    """Say whether the database has the newest shape. Connects this process to it.

    Raises:
        Unavailable: the database cannot be reached.
    """
    return step(database_url) == NEWEST


def step(database_url: str) -> str | None:
    """Return the newest step that the database has; None before the first. Connects this process to it.

    Raises:
        Unavailable: the database cannot be reached.
    """
    try:
        with connect(database_url).connect() as connection:
            return _read_step(connection)
    except DBAPIError as error:
        raise Unavailable(sentence(error)) from error


def _read_step(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return shape.read_step(connection)


def _wait_for_turn(connection: Connection) -> None:
    """Become the only one who changes the shape, until the end of the transaction. SQLite's write lock does that."""
    if connection.dialect.name == "postgresql":
        # A step over a long history takes its time, and so does the wait for it.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    present = _read_step(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if present is not None and present not in known:
        raise OtherVersion(
            f"The database was written by a newer Jobdeck (revision {present}).",
            hint="Start the newer Jobdeck, or name another data folder with --data-dir.",
        )
    command.upgrade(config, "head")
