"""Keeps the index true: a short step whenever a process that sweeps has time for one."""

from sqlmodel import Session

from app.db.sql.engine import engine
from app.db.sql.sessions import session
from app.db.text_index import on_postgresql, on_sqlite

LEAST_JOBS = 20_000
"""So many rows are searched in 40 ms without an index."""


def step() -> bool:
    """Take a step. True: another one may follow at once. Runs in a worker thread; on a long history it writes for 20 ms
    on SQLite, and makes the index on PostgreSQL, once.

    Raises:
        Unavailable: the database is away.
    """
    if engine().dialect.name == "sqlite":
        return on_sqlite.bring_up_to_date(least_jobs=LEAST_JOBS)
    return on_postgresql.make(least_jobs=LEAST_JOBS)


def forget_newest(opened: Session) -> None:
    """Take in that transitions were deleted, in the transaction that did it: SQLite may give their numbers again."""
    if opened.get_bind().dialect.name == "sqlite":
        on_sqlite.step_back(opened)


def remark() -> str:
    """Say how the index stands, for `doctor`; empty: this history needs none."""
    if engine().dialect.name == "sqlite":
        standing = on_sqlite.standing()
        if standing is None:
            return ""
        if standing.is_ready:
            return "texts are found by an index"
        return f"the index of texts is being made ({standing.share:.0%}); until then a search reads the rows"
    with session() as opened:
        connection = opened.connection()
        if on_postgresql.is_made(connection):
            return "texts are found by an index"
        if on_postgresql.is_to_be_had(connection):
            return ""
    return "the server lacks the extension pg_trgm; a search in a long history reads the rows and is cut off"
