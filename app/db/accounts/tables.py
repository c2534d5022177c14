"""The tables of accounts. What they did stays in the history by name: it names no row here."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db.sql.column_types import BigId, UtcDateTime


class AccountRow(SQLModel, table=True):
    """Somebody who may come in."""

    __tablename__ = "account"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    name: str = Field(unique=True)
    """In small letters."""
    role: str
    password_hash: str | None = None
    """As Argon2 writes it, with its costs; empty: there is none, and who signs in comes from elsewhere."""
    subject: str | None = Field(default=None, unique=True)
    """Who it is at the provider that signs people in, as `issuer subject`."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    signed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SessionRow(SQLModel, table=True):
    """A browser in which somebody signed in."""

    __tablename__ = "session"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    account_id: int = Field(sa_type=BigId, foreign_key="account.id", ondelete="CASCADE", index=True)
    secret_hash: str = Field(unique=True)
    """SHA-256 of what the cookie has."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime = Field(sa_type=UtcDateTime)
    """When it was used last, to some minutes."""
    expires_at: datetime = Field(sa_type=UtcDateTime)
    address: str
    agent: str


class TokenRow(SQLModel, table=True):
    """What a program shows instead of signing in."""

    __tablename__ = "token"
    __table_args__ = (UniqueConstraint("account_id", "name"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    account_id: int = Field(sa_type=BigId, foreign_key="account.id", ondelete="CASCADE")
    name: str
    secret_hash: str = Field(unique=True)
    scope: str
    """`read`, `all`, or the kinds that it may start, as `start:mail,start:import_rows`."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
