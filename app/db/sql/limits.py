"""How long one waits for the database."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine

BUSY_TIMEOUT_SECONDS = 5
"""The longest wait for a lock that another program holds, and for a free connection."""
STATEMENT_SECONDS = 30
"""So long may what nobody waits for read: a job, the sweep. A change of the database's shape, and on SQLite a write,
takes as long as it needs: what is cut off there would begin again."""
LOOKUP_SECONDS = 3
"""So long may a page or a program's request read. A page of the history takes some milliseconds at a million jobs; what
takes so long searches many texts, and others would wait behind it."""


def bounded_engine(url: URL, arguments: dict[str, Any], **options: Any) -> Engine:
    return create_engine(url, connect_args=arguments, pool_timeout=BUSY_TIMEOUT_SECONDS, **options)
