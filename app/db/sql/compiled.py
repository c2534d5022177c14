"""Statements that run for every job, compiled once for each database.

What SQLAlchemy prepares for each run of a statement takes longer than most of these statements do. Here it compiles
them and says how each value is written; the run is the driver's own call, inside SQLAlchemy's transaction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import ClauseElement

Rows = Sequence[Mapping[str, Any]]
_Write = Callable[[Rows], Sequence[Any]]
_Writers = Sequence[tuple[str, Callable[[Any], Any] | None]]
"""Name → what makes a value one that the driver takes; None: it is one."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with all its values, as the driver takes them: a set of values for each of its runs."""

    text: str
    values: Sequence[Any]

    def run(self, connection: Connection) -> DBAPICursor:
        """Run it once for each set of values, at least one.

        Raises:
            DBAPIError: as `Connection.execute`.
        """
        cursor = connection.connection.cursor()
        try:
            if len(self.values) == 1:
                cursor.execute(self.text, self.values[0])
            else:
                cursor.executemany(self.text, self.values)
        except connection.dialect.loaded_dbapi.Error as error:
            base = connection.dialect.loaded_dbapi.Error
            raise DBAPIError.instance(self.text, self.values[0], error, base, dialect=connection.dialect) from error
        return cursor


class Compiled:
    """A statement whose values have names; each run gives all of them."""

    def __init__(self, statement: ClauseElement, names: Sequence[str]) -> None:
        """`names`: of the values; for an INSERT or an UPDATE the columns too, as for `ClauseElement.compile`."""
        self._statement = statement
        self._names = list(names)
        self._compiled: dict[str, tuple[str, _Write]] = {}

    def written(self, dialect: Dialect, rows: Rows) -> Statement:
        """Write out the values of its runs, at least one."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, self._names, dialect)
        text, write = compiled
        return Statement(text, write(rows))

    def run(self, connection: Connection, rows: Rows) -> DBAPICursor:
        """Run it once for each of these rows, at least one.

        Raises:
            DBAPIError: as `Connection.execute`.
        """
        return self.written(connection.dialect, rows).run(connection)


def _compile(statement: ClauseElement, names: Sequence[str], dialect: Dialect) -> tuple[str, _Write]:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))
    writers = [
        (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in (compiled.positiontup or compiled.binds)
    ]

    def positional(rows: Rows) -> Sequence[Any]:
        return [tuple(one) for one in _written(writers, rows)]

    def named(rows: Rows) -> Sequence[Any]:
        names = [name for name, _ in writers]
        return [dict(zip(names, one, strict=True)) for one in _written(writers, rows)]

    return str(compiled), positional if dialect.positional else named


def _written(writers: _Writers, rows: Rows) -> Iterable[Sequence[Any]]:
    """Write out the values of each row. Many rows are written column by column: what is one and the same object in all
    of them, as an instant, is written once.
    """
    if len(rows) == 1 or not writers:
        return [[row[name] if write is None else write(row[name]) for name, write in writers] for row in rows]
    columns = []
    for name, write in writers:
        values = [row[name] for row in rows]
        if write is not None:
            first, written = values[0], write(values[0])
            values = [written, *(written if value is first else write(value) for value in values[1:])]
        columns.append(values)
    return zip(*columns, strict=True)
