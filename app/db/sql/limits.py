"""The longest waits for the database, and the longest reads."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine

BUSY_TIMEOUT_SECONDS = 5
"""The longest wait for a lock that another program holds, and for a free connection."""
STATEMENT_SECONDS = 30
"""The longest read that nobody waits for: a job's, the sweep's. A change of the database's shape takes as long as it
needs, and on SQLite a write too: what is cut off there would begin again."""
LOOKUP_SECONDS = 3
"""The longest read of a page or of a program's request. A page of the history takes some milliseconds at a million
jobs; a read that takes longer than this searches many texts, and others would wait behind it."""


def bounded_engine(url: URL, arguments: dict[str, Any], **options: Any) -> Engine:
    """Make an engine whose callers wait `BUSY_TIMEOUT_SECONDS` at most for a free connection."""
    return create_engine(url, connect_args=arguments, pool_timeout=BUSY_TIMEOUT_SECONDS, **options)
