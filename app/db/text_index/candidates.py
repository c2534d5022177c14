"""Which jobs may match a text: those of which the index says so, and those that it does not know as they are now."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, func, literal_column
from sqlmodel import col, select

from app.db.models.jobs import Job
from app.db.sql.sessions import lookup
from app.db.states import FINISHED, State
from app.db.text_index import on_postgresql, on_sqlite
from app.db.text_index.pieces import SEARCH_TEXT_CHARACTERS, Pieces

MOST = 10_000
"""More candidates than this are no help: in that many rows a page fills soon, whatever the order. They are read in
30 ms (SQLite).
"""


def candidates(pieces: Pieces | None, *, beside: Collection[int] = ()) -> list[int] | None:
    """Return the ids of all jobs whose text may have these pieces, in no order, and those that are named `beside`.

    None: there is no index, it cannot be asked for this, or there are more than `MOST`.
    """
    if pieces is None:
        return None
    with lookup() as opened:
        connection = opened.connection()
        index = on_sqlite if connection.dialect.name == "sqlite" else on_postgresql
        found = index.find(connection, pieces, most=MOST)
        if found is None:
            return None
        unknown = _ids(connection, col(Job.state).in_(sorted(set(State) - FINISHED)))
        cut = func.length(col(Job.search_text)) >= literal_column(str(SEARCH_TEXT_CHARACTERS))
        too_long = _ids(connection, cut)
    if max(len(found), len(unknown), len(too_long)) > MOST:
        return None
    return list({*found, *unknown, *too_long, *beside})


def _ids(connection: Connection, which: ColumnElement[bool]) -> list[int]:
    return [row[0] for row in connection.execute(select(Job.id).where(which).limit(MOST + 1))]
