"""Many rows in one call.

SQLite runs a prepared statement for each row at next to no cost. To PostgreSQL each run is a message to parse, a plan
to begin and an answer to send: there all rows come as one JSON document that one statement unpacks. (An INSERT with a
list of values for each row takes longer than either: the driver looks through its text for placeholders.)
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, Dialect, Table, Text, bindparam, cast, column, func, select
from sqlalchemy import insert as insert_into
from sqlalchemy import update as update_of
from sqlalchemy.sql.selectable import TableValuedAlias
from sqlmodel import Session

from app.db.sql.column_types import KeptText, UtcDateTime
from app.db.sql.compiled import Compiled, Rows
from app.db.sql.json_text import write_json
from app.db.sql.sessions import Transaction
from app.db.sql.write_plan import WritePlan

KEY = "of_"
DOCUMENT = "document"
"""The name of the value that is the document."""
Types = Mapping[str, Any]
"""Name → type of a column."""


def insert_many(
    opened: Session | Transaction | WritePlan, table: Table, rows: Rows, *, leaves_known: bool = False
) -> None:
    """Insert rows, which have the same columns; with `leaves_known` those are left out whose key is there already."""
    writes = Transaction(opened.connection()) if isinstance(opened, Session) else opened
    if not rows:
        return
    if writes.dialect.name == "sqlite" or (len(rows) == 1 and not leaves_known):
        writes.run(_insert_one(table, tuple(rows[0]), leaves_known), rows)
    else:
        document = _packed(table, rows, writes.dialect)
        writes.run(_insert_unpacked(table, tuple(rows[0]), leaves_known), [{DOCUMENT: document}])


def update_many(plan: WritePlan, table: Table, rows: Rows) -> None:
    """Update rows of a table: those that have the values named `of_…`, to the other values. Each has to be there.

    On PostgreSQL they are locked before, in the order in which everybody locks them.
    """
    if not rows:
        return
    if len(rows) == 1 or plan.dialect.name == "sqlite":
        plan.run(_update_one(table, tuple(rows[0])), rows, matching=len(rows))
    else:
        document = _packed(table, rows, plan.dialect)
        plan.run(_update_unpacked(table, tuple(rows[0])), [{DOCUMENT: document}], matching=len(rows))


@cache
def _insert_one(table: Table, names: tuple[str, ...], leaves_known: bool) -> Compiled:
    statement = insert_into(table)
    return Compiled(statement.prefix_with("OR IGNORE", dialect="sqlite") if leaves_known else statement, names)


@cache
def _update_one(table: Table, names: tuple[str, ...]) -> Compiled:
    keys = [name for name in names if name.startswith(KEY)]
    statement = update_of(table).where(*(table.c[name.removeprefix(KEY)] == bindparam(name) for name in keys))
    return Compiled(statement, names)


@cache
def _insert_unpacked(table: Table, names: tuple[str, ...], leaves_known: bool) -> Compiled:
    from sqlalchemy.dialects import postgresql  # a megabyte, and on SQLite never needed

    rows = select(*_unpacked(table, names).values())
    statement = postgresql.insert(table).from_select(names, rows, include_defaults=False)
    return Compiled(statement.on_conflict_do_nothing() if leaves_known else statement, [DOCUMENT])


@cache
def _update_unpacked(table: Table, names: tuple[str, ...]) -> Compiled:
    values = _unpacked(table, names)
    keys = [name for name in names if name.startswith(KEY)]
    statement = (
        update_of(table)
        .where(*(table.c[name.removeprefix(KEY)] == values[name] for name in keys))
        .values({name: values[name] for name in names if name not in keys})
    )
    return Compiled(statement, [DOCUMENT])


def _unpacked(table: Table, names: tuple[str, ...]) -> dict[str, Any]:
    return unpacked({name: _column(table, name).type for name in names})


def unpacked(types: Types) -> dict[str, Any]:
    """Give the columns of the unpacked document. JSON in it is text: `\\u0000`, which `json` may hold, unpacks to
    nothing that PostgreSQL could keep.
    """
    rows: TableValuedAlias = func.json_to_recordset(cast(bindparam(DOCUMENT, type_=Text), JSON)).table_valued(
        *(column(name, Text() if isinstance(one, JSON) else one) for name, one in types.items()), name="row"
    )
    found = rows.render_derived(with_types=True)
    return {name: cast(found.c[name], one) if isinstance(one, JSON) else found.c[name] for name, one in types.items()}


def _packed(table: Table, rows: Rows, dialect: Dialect) -> str:
    return packed({name: _column(table, name).type for name in rows[0]}, rows, dialect)


def packed(types: Types, rows: Rows, dialect: Dialect) -> str:
    """Write the document of some rows, which have these columns; what is NULL is left out."""
    plain = [(name, _plain(one, dialect)) for name, one in types.items()]
    return write_json(
        [
            {
                name: value if write is None else write(value)
                for name, write in plain
                if (value := row[name]) is not None
            }
            for row in rows
        ]
    )


def _plain(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what makes a value of a type, not NULL, one that JSON can hold; None: it is one."""
    if isinstance(kind, JSON):
        return write_json
    if isinstance(kind, KeptText | UtcDateTime):
        return lambda value: kind.process_bind_param(value, dialect)
    return None


def _column(table: Table, name: str) -> Column[Any]:
    return table.c[name.removeprefix(KEY)]
