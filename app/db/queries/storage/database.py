"""Which database this is and how large it is."""

from dataclasses import dataclass

from sqlalchemy import text

from app.db.sql.sessions import lookup


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """The program and its version, as "SQLite 3.45.1", and the size of all tables and indexes."""

    name: str
    size_bytes: int


def database_facts() -> DatabaseFacts:
    """Ask the database itself.

    Raises:
        Unavailable: it is away.
    """
    with lookup() as opened:
        if opened.get_bind().dialect.name == "sqlite":
            version = opened.scalar(text("SELECT sqlite_version()"))
            pages, page_bytes = (opened.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "page_size"))
            return DatabaseFacts(name=f"SQLite {version}", size_bytes=int(pages or 0) * int(page_bytes or 0))
        version = str(opened.scalar(text("SELECT current_setting('server_version')"))).split()[0]
        size = opened.scalar(text("SELECT pg_database_size(current_database())"))
        return DatabaseFacts(name=f"PostgreSQL {version}", size_bytes=int(size or 0))
