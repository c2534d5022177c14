"""The connection to the database: one engine a process, short sessions, and a clear error when it is away.

Readers use `session()`, writers `session(write=True)`. On SQLite a writer takes the write lock at once (BEGIN
IMMEDIATE), so that it waits its turn instead of failing half way with "database is locked".
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from app.errors import Unavailable

BUSY_TIMEOUT_SECONDS = 5
_engine: Engine | None = None


def connect(url: str) -> Engine:
    """Point this process at a database. Called once at start (and by tests); opens no connection yet."""
    global _engine
    disconnect()
    is_sqlite = url.startswith("sqlite")
    arguments: dict[str, Any] = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False} if is_sqlite else {}
    _engine = create_engine(
        url,
        connect_args=arguments,
        pool_size=8,
        max_overflow=24,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        pool_pre_ping=not is_sqlite,
        json_serializer=lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")),
    )
    if is_sqlite:
        event.listen(_engine, "connect", _set_up_sqlite)
        event.listen(_engine, "begin", _begin_sqlite)
    return _engine


def disconnect() -> None:
    """Close every connection of this process. Safe to repeat."""
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = None


def engine() -> Engine:
    """Return the engine that `connect` made."""
    assert _engine is not None, "connect(url) comes first"
    return _engine


@contextmanager
def session(*, write: bool = False) -> Iterator[Session]:
    """Open one unit of work: committed at the end, rolled back on an exception.

    Raises:
        Unavailable: the database cannot be reached, is locked for longer than `BUSY_TIMEOUT_SECONDS`, or its disk is
            full.
    """
    bind = engine().execution_options(writes=True) if write else engine()
    try:
        with Session(bind, expire_on_commit=False) as opened, opened.begin():
            yield opened
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise Unavailable(_sentence(error)) from error
    except DBAPIError as error:
        # Drivers raise the bare base class for a damaged file, SQLAlchemy marks a connection that broke.
        if error.connection_invalidated or type(error) is DatabaseError:
            raise Unavailable(_sentence(error)) from error
        raise


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def _sentence(error: Exception) -> str:
    cause = str(getattr(error, "orig", error)).lower()
    if "locked" in cause:
        return "The database is busy: another program holds its lock."
    if "full" in cause:
        return "The disk under the database is full."
    if "malformed" in cause or "not a database" in cause:
        return "The database file is damaged. Restore it from a backup, or move it away to begin with an empty one."
    if "readonly" in cause or "read-only" in cause:
        return "The database cannot be written: its file or folder is read-only."
    if "no such table" in cause or "does not exist" in cause:
        return "The database has no tables yet, or was emptied. Restart Jobdeck to set it up."
    return "The database cannot be reached just now."


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event below decides how a transaction begins
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-32000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    if connection.get_execution_options().get("writes", False):
        _begin_writing(driver)
    else:
        driver.execute("BEGIN")


def _begin_writing(driver: sqlite3.Connection) -> None:
    """Take the write lock, waiting for it in short steps.

    SQLite's own waiting doubles its pauses up to 100 ms, while a transaction here takes less than 1 ms: two busy
    workers would sleep most of their time.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    pause = 0.0002
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise OperationalError("BEGIN IMMEDIATE", None, error) from error
            time.sleep(pause)
            pause = min(pause * 1.2, 0.005)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")
