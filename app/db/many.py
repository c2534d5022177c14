"""Many rows in one call.

SQLite runs a prepared statement for each row at next to no cost. To PostgreSQL each run is a message to parse, a plan
to begin and an answer to send: there all rows come as one JSON document that one statement unpacks. (An INSERT with a
list of values for each row takes longer than either: the driver looks through its text for placeholders.)
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Insert, Table, Text, Update, bindparam, cast, column, func, select
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlmodel import Session

from app.db.engine import Batch, write_json
from app.db.models import KeptText, UtcDateTime

KEY = "of_"
_DOCUMENT = "document"
Rows = Sequence[Mapping[str, Any]]


def insert_many(opened: Session | Batch, table: Table, rows: Rows) -> None:
    """Insert rows, which have the same columns."""
    connection = opened.connection()
    if not rows:
        return
    if len(rows) == 1 or connection.dialect.name == "sqlite":
        connection.execute(insert_into(table), rows)
    else:
        statement = _insert_unpacked(table, tuple(rows[0]))
        connection.execute(statement, {_DOCUMENT: _packed(table, rows, connection.dialect)})


def update_many(opened: Session | Batch, table: Table, rows: Rows) -> None:
    """Update rows of a table: those that have the values named `of_…`, to the other values.

    On PostgreSQL they are locked before, in the order in which everybody locks them.
    """
    connection = opened.connection()
    if not rows:
        return
    if len(rows) == 1 or connection.dialect.name == "sqlite":
        connection.execute(_update_one(table, tuple(rows[0])), rows)
    else:
        statement = _update_unpacked(table, tuple(rows[0]))
        connection.execute(statement, {_DOCUMENT: _packed(table, rows, connection.dialect)})


@cache
def _update_one(table: Table, names: tuple[str, ...]) -> Update:
    keys = [name for name in names if name.startswith(KEY)]
    return update_of(table).where(*(table.c[name.removeprefix(KEY)] == bindparam(name) for name in keys))


@cache
def _insert_unpacked(table: Table, names: tuple[str, ...]) -> Insert:
    return insert_into(table).from_select(names, select(*_unpacked(table, names).values()), include_defaults=False)


@cache
def _update_unpacked(table: Table, names: tuple[str, ...]) -> Update:
    values = _unpacked(table, names)
    keys = [name for name in names if name.startswith(KEY)]
    return (
        update_of(table)
        .where(*(table.c[name.removeprefix(KEY)] == values[name] for name in keys))
        .values({name: values[name] for name in names if name not in keys})
    )


def _unpacked(table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    """Give the columns of the unpacked document. JSON in it is text: `\\u0000`, which `json` may hold, unpacks to
    nothing that PostgreSQL could keep.
    """
    columns = {name: _column(table, name) for name in names}
    rows: TableValuedAlias = func.json_to_recordset(cast(bindparam(_DOCUMENT, type_=Text), JSON)).table_valued(
        *(column(name, Text() if isinstance(one.type, JSON) else one.type) for name, one in columns.items()), name="row"
    )
    unpacked = rows.render_derived(with_types=True)
    return {
        name: cast(unpacked.c[name], one.type) if isinstance(one.type, JSON) else unpacked.c[name]
        for name, one in columns.items()
    }


def _packed(table: Table, rows: Rows, dialect: Dialect) -> str:
    types = {name: _column(table, name).type for name in rows[0]}
    return write_json([{name: _plain(types[name], value, dialect) for name, value in row.items()} for row in rows])


def _plain(kind: Any, value: Any, dialect: Dialect) -> Any:
    if value is None:
        return None
    if isinstance(kind, JSON):
        return write_json(value)
    return kind.process_bind_param(value, dialect) if isinstance(kind, KeptText | UtcDateTime) else value


def _column(table: Table, name: str) -> Column[Any]:
    return table.c[name.removeprefix(KEY)]
