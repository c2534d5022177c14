"""A statement that is compiled once runs as SQLAlchemy would run it, and fails with its errors."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.db.models.jobs import IdempotencyKeyRow
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.engine import engine

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]
KEYS = table_of(IdempotencyKeyRow)
AT = datetime(2026, 11, 1, 8, 30, 0, 123457, tzinfo=UTC)
COLUMNS = ("created_by", "kind", "key", "body_hash", "job_id", "created_at")


def row(key: str) -> dict[str, object]:
    """Describe a row."""
    return dict(zip(COLUMNS, ("me", "count", key, "hash", 2**40, AT), strict=True))


def test_values_are_written_and_read_as_the_columns_say() -> None:
    with engine().begin() as connection:
        Compiled(insert(KEYS), COLUMNS).run(connection, [row("a"), row("b")])
        found = Compiled(select(KEYS.c.key).where(KEYS.c.created_at == bindparam("at")), ["at"])
        keys = found.run(connection, [{"at": AT}]).fetchall()

    assert sorted(key for (key,) in keys) == ["a", "b"]


def test_a_row_that_is_there_already_is_refused_with_sqlalchemys_error() -> None:
    with pytest.raises(IntegrityError) as caught, engine().begin() as connection:
        Compiled(insert(KEYS), COLUMNS).run(connection, [row("a"), row("a")])

    assert isinstance(caught.value, DBAPIError)
    assert not caught.value.connection_invalidated
