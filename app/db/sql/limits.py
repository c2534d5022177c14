"""How long one waits for the database."""

from typing import Any

from sqlalchemy import URL, Engine, create_engine

BUSY_TIMEOUT_SECONDS = 5
"""The longest wait for a lock that another program holds, and for a free connection."""


def bounded_engine(url: URL, arguments: dict[str, Any], **options: Any) -> Engine:
    return create_engine(url, connect_args=arguments, pool_timeout=BUSY_TIMEOUT_SECONDS, **options)
