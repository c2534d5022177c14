"""The types of columns that are alike on every database."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Dialect, Integer, Table, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# JSON columns are `json` on PostgreSQL, not `jsonb`: docs/decisions/0011-postgresql.md.
# SQLite makes ids only for INTEGER keys; PostgreSQL's INTEGER would end at two thousand million.
BigId = BigInteger().with_variant(Integer, "sqlite")


def table_of(model: type[SQLModel]) -> Table:
    """Give the table behind a model, for statements on many rows that need no objects."""
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel sets it on every class with table=True
    assert isinstance(table, Table)
    return table


class UtcDateTime(TypeDecorator[datetime]):
    """An aware `datetime` in Python, microseconds since the epoch in the database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive times: they mean a different instant on every machine."""
        if value is None:
            return None
        assert value.tzinfo is not None, "times are aware"
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Give the instant back in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class KeptText(TypeDecorator[str]):
    """A text from outside, of any length, made such that every database takes it: no NUL, no half surrogate pairs."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Show NUL as the sign for it, half a pair as `?`."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "␀").encode("utf-8", "replace").decode()
