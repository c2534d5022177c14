"""SQLite, set up our way: WAL, and a write lock that is taken at the beginning of a transaction."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from app.db.sql.json_text import write_sqlite_json
from app.db.sql.limits import BUSY_TIMEOUT_SECONDS, bounded_engine

PATIENT_SECONDS = 0.02
_STEPS = 50_000
"""So many steps of SQLite's machine (some milliseconds, 0.2 s where long texts are searched) between two looks at the
clock: each look waits for Python's global lock."""
_patience = threading.local()


@contextmanager
def letting_others_first() -> Iterator[None]:
    """Within this context, ask for the write lock so seldom that whoever else waits for it gets it first.

    For writes of which there is no end, in transactions that are short: those of others come between. This thread.
    """
    _patience.is_patient = True
    try:
        yield
    finally:
        _patience.is_patient = False


@contextmanager
def reading_at_most(connection: Connection, seconds: float) -> Iterator[None]:
    """Within this context, interrupt what a connection reads once so many seconds have passed.

    https://sqlite.org/c3ref/progress_handler.html
    """
    driver, deadline = _driver(connection), time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def sqlite_engines(url: URL) -> tuple[Engine, Engine]:
    """Make an engine for reading and one for writing, over the same connections."""
    arguments = {"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    # The connection that was used last is used again: each has a cache of its own, and warm ones are to be few.
    reading = bounded_engine(
        url, arguments, json_serializer=write_sqlite_json, pool_size=8, max_overflow=24, pool_use_lifo=True
    )
    writing = create_engine(url, pool=reading.pool, json_serializer=write_sqlite_json)
    for engine in (reading, writing):
        _let_name_indexes(engine)
    event.listen(reading, "connect", _set_up_sqlite)
    event.listen(reading, "begin", lambda connection: _driver(connection).execute("BEGIN"))
    event.listen(writing, "begin", lambda connection: _begin_writing(_driver(connection)))
    return reading, writing


def _let_name_indexes(engine: Engine) -> None:
    """Let a query say by `with_hint` which index is walked: without statistics SQLite's planner guesses.

    https://sqlite.org/lang_indexedby.html
    """
    compiler = engine.dialect.statement_compiler
    hinting = type("Compiler", (compiler,), {"get_from_hint_text": lambda _self, _table, hint: hint})
    engine.dialect.statement_compiler = hinting


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event below decides how a transaction begins
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "wal_autocheckpoint=4000",  # pages: 16 MB; with 4 MB a busy queue spends a tenth of its time with checkpoints
        "foreign_keys=ON",
        "cache_size=-16000",
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
            time.sleep(PATIENT_SECONDS if getattr(_patience, "is_patient", False) else pause)
            pause = min(pause * 1.2, 0.005)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")
