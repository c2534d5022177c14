"""Units of work: short sessions, and a clear error when the database is away.

Readers for whom a person or a program waits use `lookup()`, other readers `session()`, writers `session(write=True)`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from app.db.sql import limits, shape
from app.db.sql.compiled import Compiled, Rows
from app.db.sql.engine import committer, engine, writer
from app.db.sql.sqlite import letting_others_first, reading_at_most
from app.db.sql.unavailability import TOO_LONG, is_unavailability, sentence, was_undone
from app.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

P = ParamSpec("P")
R = TypeVar("R")
TIMES = 6
"""So often a write is done that is undone each time; then whoever asked for it hears so."""


class Undone(Unavailable):
    """Two writes waited for each other, and this one was undone: nothing of it was written."""


def again_if_undone(write: Callable[P, R]) -> Callable[P, R]:
    """Do a function, which is one writing transaction, again where the database undid it for the sake of another.

    Jobs are locked from the earlier to the later ones, and from one that ends to those that wait for it. Where a later
    one is waited for by an earlier one these are two ways, and PostgreSQL undoes one of two that meet.
    """

    @wraps(write)
    def write_surely(*args: P.args, **named: P.kwargs) -> R:
        for _ in range(TIMES - 1):
            with suppress(Undone):
                return write(*args, **named)
        return write(*args, **named)

    return write_surely


@contextmanager
def session(*, write: bool = False, is_patient: bool = False) -> Iterator[Session]:
    """Open one unit of work: committed at the end, rolled back on an exception.

    Args:
        write: it writes.
        is_patient: whoever else waits to write goes first: for writes of which there is no end.

    Raises:
        Unavailable: the database cannot be reached, is locked for longer than `BUSY_TIMEOUT_SECONDS`, undid the
            writes because others were in their way, its disk is full, or another version has changed its shape. Where
            it comes at the end, the writes may have been committed and only the answer lost: repeat them, and recognise
            them.
    """
    if write:
        turn = letting_others_first() if is_patient else nullcontext()
        with turn, _unavailability_said(), Session(writer(), expire_on_commit=False) as opened, opened.begin():
            yield opened
    else:
        with _unavailability_said(), Session(engine(), expire_on_commit=False) as opened, opened.begin():
            with _at_most(opened.connection(), limits.STATEMENT_SECONDS):
                yield opened


@contextmanager
def lookup(*, hint: str = "Ask for less: fewer words, one kind or state, a shorter period.") -> Iterator[Session]:
    """Open a session for a read that somebody waits for: it is cut off after `LOOKUP_SECONDS`.

    Args:
        hint: what a person can do where it took too long.

    Raises:
        Unavailable: as `session`, or it took too long; the hint says what to do.
    """
    with _unavailability_said(hint), Session(engine(), expire_on_commit=False) as opened, opened.begin():
        connection = opened.connection()
        if connection.dialect.name == "postgresql":
            milliseconds = max(1, round(limits.LOOKUP_SECONDS * 1000))
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {milliseconds}")
        with _at_most(connection, limits.LOOKUP_SECONDS):
            yield opened


class Transaction:
    """A writing transaction without a `Session`: for the statements on many rows that every job needs. What a `Session`
    does for objects would take as long as these statements do.
    """

    def __init__(self, connection: Connection) -> None:
        """Belong to a connection that is in a transaction."""
        self._connection = connection
        self.info: dict[Any, Any] = {}
        """What was gathered to be written just before the COMMIT (`app.db.lifecycle.totals`)."""

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

    def run(self, compiled: Compiled, rows: Rows) -> None:
        """Run a statement for each of these rows."""
        compiled.run(self._connection, rows)


def insert_for(opened: Session | Transaction) -> "Callable[..., sqlite.Insert] | Callable[..., postgresql.Insert]":
    """Return the `insert` of this session's database: only theirs have ON CONFLICT."""
    if opened.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite  # each takes a megabyte in every process, and one is enough

        return sqlite.insert
    from sqlalchemy.dialects import postgresql

    return postgresql.insert


@contextmanager
def reading() -> Iterator[Connection]:
    """Open a connection for statements that read, without a `Session`.

    Raises:
        Unavailable: as `session`.
    """
    with _unavailability_said(), engine().begin() as connection, _at_most(connection, limits.STATEMENT_SECONDS):
        yield connection


@contextmanager
def transaction(*, before_commit: Callable[[Transaction], None]) -> Iterator[Transaction]:
    """Open a writing transaction as `session` does, without a `Session`.

    Raises:
        Unavailable: as `session`.
    """
    with _unavailability_said(), writer().begin() as connection:
        opened = Transaction(connection)
        yield opened
        before_commit(opened)


@contextmanager
def committing() -> Iterator[Connection]:
    """Open a connection on which each statement is a transaction by itself.

    Raises:
        Unavailable: as `session`.
    """
    with _unavailability_said(), committer().connect() as connection:
        yield connection


def _at_most(connection: Connection, seconds: float) -> AbstractContextManager[None]:
    """Bound the reads on SQLite; a PostgreSQL server has its `statement_timeout`."""
    return reading_at_most(connection, seconds) if connection.dialect.name == "sqlite" else nullcontext()


@contextmanager
def _unavailability_said(hint_if_too_long: str | None = None) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if is_unavailability(error):
            said = sentence(error)
            sort = Undone if was_undone(error) else Unavailable
            raise sort(said, hint=hint_if_too_long if said == TOO_LONG else None) from error
        try:  # what the database refuses may be right, and its shape another version's since just now
            shape.require_ours()
        except shape.OtherVersion as other:
            raise Unavailable(other.message, hint=other.hint) from error
        raise
