"""Every sealed secret of every table, sealed anew with another key. For a database on which nothing else works.

Sealed secrets stand in JSON as `{"$sealed": "…"}` (`app.db.snapshots.secrets`), wherever a table keeps JSON.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Table, Text, cast, or_, select, update

from app.db.schema import SCHEMA
from app.db.snapshots.secrets import SEALED
from app.db.sql.sessions import session

ROWS_AT_ONCE = 200
Reseal = Callable[[str], str | None]
"""Gives what takes the place of a sealed text; None: it cannot be opened."""


@dataclass(slots=True, kw_only=True)
class Resealed:
    """How many sealed texts were found: sealed anew (or already so), and left because they cannot be opened."""

    done: int = 0
    left: int = 0


def reseal_all(reseal: Reseal) -> Resealed:
    """Seal every secret anew, in transactions of some rows. Where it is ended half way, it can be done again.

    Raises:
        Unavailable: the database is away.
    """
    counted = Resealed()
    for table in SCHEMA.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, JSON)]
        if columns:
            _reseal_table(table, columns, reseal, counted)
    return counted


def _reseal_table(table: Table, columns: list[Column[Any]], reseal: Reseal, counted: Resealed) -> None:
    [key] = table.primary_key.columns
    holds = or_(*(cast(column, Text).contains(f'"{SEALED}"', autoescape=True) for column in columns))
    last: Any = None
    while True:
        query = select(key, *columns).where(holds).order_by(key).limit(ROWS_AT_ONCE)
        if last is not None:
            query = query.where(key > last)
        with session(write=True) as opened:
            rows = opened.execute(query).all()
            for row in rows:
                values = {column.name: _resealed(row._mapping[column], reseal, counted) for column in columns}
                opened.execute(update(table).where(key == row[0]).values(values))
        if len(rows) < ROWS_AT_ONCE:
            return
        last = rows[-1][0]


def _resealed(value: Any, reseal: Reseal, counted: Resealed) -> Any:
    if isinstance(value, list):
        return [_resealed(one, reseal, counted) for one in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(token := value.get(SEALED), str):
        fresh = reseal(token)
        counted.left += fresh is None
        counted.done += fresh is not None
        return value if fresh is None else {SEALED: fresh}
    return {name: _resealed(one, reseal, counted) for name, one in value.items()}
