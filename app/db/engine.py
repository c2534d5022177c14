"""The connection to the database: one engine a process, short sessions, and a clear error when it is away.

Readers use `session()`, writers `session(write=True)`. On SQLite a writer takes the write lock at once (BEGIN
IMMEDIATE), so that it waits its turn instead of failing half way with "database is locked". On PostgreSQL writers lock
the rows that they change (READ COMMITTED, `SELECT … FOR UPDATE`), and nothing waits for ever: not for a lock, not for
an answer, not for a server that is gone.
"""

import json
import math
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from app.db.prepared import Prepared, Rows
from app.db.unavailability import is_unavailability, sentence
from app.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

BUSY_TIMEOUT_SECONDS = 5
"""The longest wait for a lock that another program holds, and for a free connection."""
CLOCK_STEP = timedelta(seconds=5)
"""A time so far in the future was written before the clock was set back; clocks of two machines differ by less."""
_STATEMENT_SECONDS = 30
"""No page and no job asks for something that takes so long; what does is cut off."""
_IDLE_SECONDS = 15
"""A process that stands still inside a transaction (stopped, swapped out) loses it: others wait for its locks."""
_CONNECT_SECONDS = 3
#: libpq's names (https://www.postgresql.org/docs/current/libpq-connect.html). A server whose machine is gone is noticed
#: after 5 + 3 x 2 s while we wait, after 10 s while we send. What the URL says wins.
_POSTGRESQL: dict[str, str | int] = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": f"-c lock_timeout={BUSY_TIMEOUT_SECONDS}s -c statement_timeout={_STATEMENT_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={_IDLE_SECONDS}s",
}
_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_engine: Engine | None = None
_writer: Engine | None = None
"""On SQLite another engine over the same connections, whose transactions take the write lock at once."""


def connect(url: str) -> Engine:
    """Point this process at a database. Called once at start (and by tests); opens no connection yet."""
    global _engine, _writer
    disconnect()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _engine, _writer = _sqlite(parsed)
    else:
        _engine = _writer = _postgresql(parsed)
    return _engine


def disconnect() -> None:
    """Close every connection of this process. Safe to repeat."""
    global _engine, _writer
    if _engine is not None:
        _engine.dispose()
    _engine = _writer = None


def engine() -> Engine:
    """Return the engine that `connect` made."""
    assert _engine is not None, "connect(url) comes first"
    return _engine


def writer() -> Engine:
    """Return the engine whose transactions write."""
    assert _writer is not None, "connect(url) comes first"
    return _writer


@contextmanager
def session(*, write: bool = False) -> Iterator[Session]:
    """Open one unit of work: committed at the end, rolled back on an exception.

    Raises:
        Unavailable: the database cannot be reached, is locked for longer than `BUSY_TIMEOUT_SECONDS`, undid the
            writes because others were in their way, or its disk is full. Where it comes at the end, the writes may
            have been committed and only the answer lost: repeat them, and recognise them.
    """
    bind = writer() if write else engine()
    with _unavailability_said(), Session(bind, expire_on_commit=False) as opened, opened.begin():
        yield opened


class Batch:
    """A transaction for the statements on many rows that make up a job's way. What a `Session` does for objects is not
    needed there, and would take as long as the statements themselves.
    """

    def __init__(self, connection: Connection) -> None:
        """Belong to a connection that is in a transaction."""
        self._connection = connection
        self.info: dict[Any, Any] = {}
        """What was gathered to be written just before the COMMIT (`app.db.counters`)."""

    def connection(self) -> Connection:
        """Return the connection."""
        return self._connection

    def get_bind(self) -> Connection:
        """Return what says which database it is."""
        return self._connection

    @property
    def dialect(self) -> Dialect:
        """Which database it is."""
        return self._connection.dialect

    def run(self, prepared: Prepared, rows: Rows) -> None:
        """Run a statement for each of these rows."""
        prepared.run(self._connection, rows)


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a connection for statements that read, without a `Session`.

    Raises:
        Unavailable: as `session`.
    """
    with _unavailability_said(), engine().begin() as connection:
        yield connection


@contextmanager
def batch(*, before_commit: Callable[[Batch], None]) -> Iterator[Batch]:
    """Open a writing transaction as `session` does, without a `Session`.

    Raises:
        Unavailable: as `session`.
    """
    with _unavailability_said(), writer().begin() as connection:
        opened = Batch(connection)
        yield opened
        before_commit(opened)


@contextmanager
def _unavailability_said() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if is_unavailability(error):
            raise Unavailable(sentence(error)) from error
        raise


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def _sqlite(url: URL) -> tuple[Engine, Engine]:
    """Make an engine for reading and one for writing, over the same connections."""
    arguments = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    reading = _create(url, arguments, json_serializer=_write_sqlite_json, pool_size=8, max_overflow=24)
    writing = create_engine(url, pool=reading.pool, json_serializer=_write_sqlite_json)
    event.listen(reading, "connect", _set_up_sqlite)
    event.listen(reading, "begin", lambda connection: _driver(connection).execute("BEGIN"))
    event.listen(writing, "begin", lambda connection: _begin_writing(_driver(connection)))
    return reading, writing


def _postgresql(url: URL) -> Engine:
    """Make an engine of at most 15 connections: a server takes 100 unless told otherwise, of all processes together."""
    arguments = {name: value for name, value in _POSTGRESQL.items() if name not in url.query}
    arguments["fallback_application_name"] = application_name(os.getpid())
    return _create(
        url, arguments, json_serializer=write_json, pool_size=5, max_overflow=10, pool_pre_ping=True, pool_use_lifo=True
    )


def insert_for(opened: "Session | Batch") -> "Callable[..., sqlite.Insert] | Callable[..., postgresql.Insert]":
    """Return the `insert` of this session's database: only theirs have ON CONFLICT."""
    if opened.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite  # each takes a megabyte in every process, and one is enough

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


def application_name(pid: int) -> str:
    """Return what a process calls itself in PostgreSQL's `pg_stat_activity`."""
    return f"jobdeck {pid}"


def _create(url: URL, arguments: dict[str, Any], **options: Any) -> Engine:
    return create_engine(url, connect_args=arguments, pool_timeout=BUSY_TIMEOUT_SECONDS, **options)


def write_json(value: object) -> str:
    """Write JSON in few bytes. What databases refuse is replaced: NaN by null, half a surrogate pair by `?`."""
    try:
        text = _json.encode(value)
    except ValueError:
        return write_json(_without_nan(value))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _write_sqlite_json(value: object) -> str | bytes:
    """Write a bare number as bytes: a text that looks like one SQLite makes a number of its own, of 64 bits."""
    text = write_json(value)
    return text.encode() if isinstance(value, int | float) else text


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event below decides how a transaction begins
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "wal_autocheckpoint=4000",  # pages: 16 MB; with 4 MB a busy queue spends a tenth of its time with checkpoints
        "foreign_keys=ON",
        "cache_size=-32000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


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
