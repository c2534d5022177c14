"""The database of an instance, as the tests look at it and hold it: past Jobdeck, by the driver alone."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from app.db.migrations import NEWEST
from app.db.sql.engine import application_name
from tests.patience import patient

#: Gives a database without tables and drops it at the end of the context; None is SQLite's file in the data folder.
NewDatabase = Callable[[], contextlib.AbstractContextManager[str | None]]


def database_of(data_dir: Path, url: str | None) -> "SqliteDatabase | PostgresDatabase":
    """Return the database of an instance; without `url` it is the file in the data folder."""
    return SqliteDatabase(data_dir / "jobdeck.db") if url is None else PostgresDatabase(url)


class SqliteDatabase:
    """A file."""

    def __init__(self, path: Path) -> None:
        """The file need not be there yet."""
        self._path = path

    def state_of(self, kind: str) -> str | None:
        """Read the state of the newest job of a kind."""
        with contextlib.closing(sqlite3.connect(self._path)) as connection:
            found = connection.execute("SELECT state FROM job WHERE kind = ? ORDER BY id DESC", [kind]).fetchone()
        return found[0] if found else None

    def holds(self, text: str) -> bool:
        """Say whether a text is kept anywhere in it, also where no query finds it any more."""
        return any(text.encode() in file.read_bytes() for file in self._path.parent.glob(f"{self._path.name}*"))

    def pids(self) -> set[int]:
        """Read which processes have a heartbeat; /health/ready is content with one worker."""
        with contextlib.closing(sqlite3.connect(self._path, timeout=patient(20))) as connection:
            return {pid for (pid,) in connection.execute("SELECT pid FROM process")}

    def is_free_of(self, pid: int) -> bool:
        """Say whether a stopped process does not hold the lock, nor anybody else for longer than a second."""
        with contextlib.suppress(sqlite3.OperationalError), self.locked(wait_seconds=1.0):
            return True
        return False

    @contextlib.contextmanager
    def locked(self, *, wait_seconds: float = 20) -> Iterator[None]:
        """Let nobody write.

        Raises:
            sqlite3.OperationalError: somebody else held it for longer than `wait_seconds`.
        """
        with contextlib.closing(sqlite3.connect(self._path, timeout=wait_seconds, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")

    @contextlib.contextmanager
    def changed_by_newer(self) -> Iterator[None]:
        """Be as a newer Jobdeck would leave it, whose transitions need a column that this one does not know.

        SQLite takes no such column into a table with rows: a trigger refuses what the column would.
        """
        refuse = "SELECT RAISE(ABORT, 'NOT NULL constraint failed: transition.newer')"
        self._script(f"CREATE TRIGGER newer BEFORE INSERT ON transition BEGIN {refuse}; END;", step="9999")
        yield
        self._script("DROP TRIGGER newer;", step=NEWEST)

    def _script(self, statements: str, *, step: str) -> None:
        with contextlib.closing(sqlite3.connect(self._path, timeout=patient(20))) as connection:
            noted = f"UPDATE alembic_version SET version_num = '{step}'"
            connection.executescript(f"BEGIN IMMEDIATE; {statements} {noted}; COMMIT;")


class PostgresDatabase:
    """A database of a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        """`url` as Jobdeck takes it."""
        self._address = url.replace("postgresql+psycopg", "postgresql")

    def state_of(self, kind: str) -> str | None:
        """Read the state of the newest job of a kind."""
        with self._connection() as connection:
            found = connection.execute("SELECT state FROM job WHERE kind = %s ORDER BY id DESC", [kind]).fetchone()
        return found[0] if found else None

    def holds(self, text: str) -> bool:
        """Say whether a text is kept in a row of any table."""
        with self._connection() as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return any(
                connection.execute(
                    sql.SQL("SELECT 1 FROM {table} WHERE strpos({table}::text, %s) > 0").format(
                        table=sql.Identifier(table)
                    ),
                    [text],
                ).fetchone()
                for (table,) in tables
            )

    def pids(self) -> set[int]:
        """Read which processes have a heartbeat; none while there are no tables."""
        with contextlib.suppress(psycopg.errors.UndefinedTable), self._connection() as connection:
            return {pid for (pid,) in connection.execute("SELECT pid FROM process")}
        return set()

    def is_free_of(self, pid: int) -> bool:
        """Say whether a stopped process has no transaction open."""
        query = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND xact_start IS NOT NULL"
        with self._connection() as connection:
            return connection.execute(query, [application_name(pid)]).fetchone() is None

    def running(self) -> dict[int, int]:
        """Read which process, by its number, runs which job."""
        query = "SELECT job.id, process.pid FROM job JOIN process ON process.id = job.worker_id WHERE state = 'running'"
        with self._connection() as connection:
            return dict(connection.execute(query).fetchall())

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let nobody change a job."""
        with self._connection() as connection, connection.transaction():
            connection.execute("LOCK TABLE job IN EXCLUSIVE MODE")
            yield

    @contextlib.contextmanager
    def changed_by_newer(self) -> Iterator[None]:
        """Be as a newer Jobdeck would leave it, whose transitions need a column that this one does not know."""
        with self._connection() as connection, connection.transaction():
            connection.execute("ALTER TABLE transition ADD COLUMN newer text NOT NULL DEFAULT ''")
            connection.execute("ALTER TABLE transition ALTER COLUMN newer DROP DEFAULT")
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        yield
        with self._connection() as connection, connection.transaction():
            connection.execute("ALTER TABLE transition DROP COLUMN newer")
            connection.execute("UPDATE alembic_version SET version_num = %s", [NEWEST])

    def _connection(self) -> psycopg.Connection:
        return psycopg.connect(self._address, autocommit=True)
