"""The connection to the database: one engine a process. Its sessions are in `sessions.py`.

On SQLite a writer takes the write lock at once (BEGIN IMMEDIATE), so that it waits its turn instead of failing half
way with "database is locked". On PostgreSQL writers lock the rows that they change (READ COMMITTED, `SELECT … FOR
UPDATE`), and nothing waits for ever: not for a lock, not for an answer, not for a server that is gone.
"""

import os
import select
from typing import Any

from sqlalchemy import URL, Engine, make_url

from app.db.sql.json_text import write_json
from app.db.sql.limits import BUSY_TIMEOUT_SECONDS, STATEMENT_SECONDS, bounded_engine
from app.db.sql.sqlite import sqlite_engines

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
    "options": f"-c lock_timeout={BUSY_TIMEOUT_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={_IDLE_SECONDS}s",
}
_engine: Engine | None = None
_writer: Engine | None = None
"""On SQLite another engine over the same connections, whose transactions take the write lock at once."""
_committer: Engine | None = None
"""Another engine over the same connections, for statements that are a transaction each."""


def connect(url: str) -> Engine:
    """Point this process at a database. Called once at start (and by tests); opens no connection yet."""
    global _engine, _writer, _committer
    disconnect()
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        _engine, _writer = sqlite_engines(parsed)
    else:
        _engine = _writer = _postgresql(parsed)
    _committer = _writer.execution_options(isolation_level="AUTOCOMMIT")
    return _engine


def disconnect() -> None:
    """Close every connection of this process. Safe to repeat."""
    global _engine, _writer, _committer
    if _engine is not None:
        _engine.dispose()
    _engine = _writer = _committer = None


def engine() -> Engine:
    """Return the engine that `connect` made."""
    assert _engine is not None, "connect(url) comes first"
    return _engine


def writer() -> Engine:
    """Return the engine whose transactions write."""
    assert _writer is not None, "connect(url) comes first"
    return _writer


def committer() -> Engine:
    """Return the engine each of whose statements is a transaction."""
    assert _committer is not None, "connect(url) comes first"
    return _committer


def _postgresql(url: URL) -> Engine:
    """Make an engine of at most 15 connections: a server takes 100 unless told otherwise, of all processes together."""
    arguments = {name: value for name, value in _POSTGRESQL.items() if name not in url.query}
    arguments["fallback_application_name"] = application_name(os.getpid())
    made = bounded_engine(
        url, arguments, json_serializer=write_json, pool_size=5, max_overflow=10, pool_pre_ping=True, pool_use_lifo=True
    )
    ask = made.dialect.do_ping
    made.dialect.do_ping = lambda connection: not _has_heard(connection) or ask(connection)  # type: ignore[assignment]
    return made


def _has_heard(connection: Any) -> bool:
    """Say whether something came over a psycopg connection that waited to be used: as a rule, that the server ended it.

    Only then is the server asked whether it is there: to ask each time would be one way there and back more for each
    transaction. A server whose machine is gone is found out by the kernel, as in the middle of a transaction.
    """
    if connection.closed:
        return True
    look = select.poll()
    look.register(connection.fileno(), select.POLLIN)
    return bool(look.poll(0))


def application_name(pid: int) -> str:
    """Return what a process calls itself in PostgreSQL's `pg_stat_activity`."""
    return f"jobdeck {pid}"
