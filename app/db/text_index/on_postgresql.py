"""The index on PostgreSQL: GIN over trigrams, by the extension `pg_trgm`. The server keeps it.

It has the finished jobs alone: each change of a row writes to every index that has it, and a job changes thrice.
https://www.postgresql.org/docs/current/pgtrgm.html
"""

from typing import Any

from sqlalchemy import Connection, and_, func, or_, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from app.db.models.jobs import Job, StateCount
from app.db.sql.engine import writer
from app.db.sql.sessions import session
from app.db.text_index.pieces import EachOf, Piece, Pieces, kept

TRIGRAM = 3
NAME = "ix_job_search_text"
_LOCK = 0x7E87
"""The advisory lock of who makes it: any number, the same in every version."""
_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def find(connection: Connection, pieces: Pieces, *, most: int) -> list[int] | None:
    """Return the finished jobs that have the pieces, at most `most` + 1; None: the index cannot tell."""
    usable = kept(pieces, lambda one: len(one) >= TRIGRAM and any(map(str.isalnum, one)))
    if usable is None or not is_made(connection):
        return None
    query = select(Job.id).where(_likes(usable), col(Job.finished_at).is_not(None)).limit(most + 1)
    # Its planner takes a rare text for a frequent one, and reads all rows to find it.
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    connection.execute(text("SET LOCAL enable_indexscan = off"))
    found = [row[0] for row in connection.execute(query)]
    connection.execute(text("SET LOCAL enable_seqscan = on"))
    connection.execute(text("SET LOCAL enable_indexscan = on"))
    return found


def _likes(pieces: Pieces) -> Any:
    if isinstance(pieces, Piece):
        return col(Job.search_text).contains(pieces.text, autoescape=True)
    joined = [_likes(node) for node in pieces.nodes]
    return and_(*joined) if isinstance(pieces, EachOf) else or_(*joined)


def is_made(connection: Connection) -> bool:
    """Say whether it is there and can be used."""
    return bool(connection.execute(_IS_VALID, {"name": NAME}).scalar())


def is_to_be_had(connection: Connection) -> bool:
    """Say whether the server has the extension."""
    query = text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
    return connection.execute(query).first() is not None


def make(*, least_jobs: int) -> bool:
    """Make it, which takes its time but is in nobody's way; True: it was made.

    False: it is there, another process makes it, the history has fewer than `least_jobs`, or it cannot be had here.
    """
    with session() as opened:
        jobs = opened.exec(select(func.coalesce(func.sum(StateCount.total), 0))).one()
        connection = opened.connection()
        if jobs < least_jobs or is_made(connection) or not is_to_be_had(connection):
            return False
    with writer().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar():
            return False
        try:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS {NAME}"))  # one that broke off half way
            connection.execute(
                text(
                    f"CREATE INDEX CONCURRENTLY {NAME} ON job USING gin (search_text gin_trgm_ops) "
                    "WHERE finished_at IS NOT NULL"
                )
            )
            return True
        except DBAPIError as error:
            if "permission denied" in str(error):
                return False  # its user may make no extension: searches read the rows
            raise
        finally:
            connection.invalidate()  # the settings and the lock go with it
