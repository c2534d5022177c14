"""Tokens: what programs show instead of signing in."""

from datetime import datetime, timedelta
from typing import NamedTuple, Self

from pydantic import Field
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from app.actor import Actor
from app.db.accounts.tables import AccountRow, TokenRow
from app.db.audit.entries import Entry, record
from app.db.clock import now
from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.sql.sessions import session
from app.errors import NotFound, WrongState
from app.rights import Role

NOTED_AFTER = timedelta(minutes=1)
"""How exactly its last use is kept."""


class Token(Snapshot):
    """What a program shows instead of signing in; its secret was shown once."""

    id: int
    account: str
    name: str
    scope: str = Field(description="`read`, `all`, or the kinds it may start, as `start:mail,start:import_rows`")
    created_at: Instant
    created_by: str
    expires_at: Instant | None
    used_at: Instant | None = Field(description="when it was used last, to a minute")

    @classmethod
    def from_rows(cls, row: TokenRow, account: str) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate({**row.model_dump(), "account": account})


class Shown(NamedTuple):
    """Who a token stands for."""

    token_id: int
    token_name: str
    scope: str
    account_id: int
    name: str
    role: Role


def find(secret_hash: str) -> Shown | None:
    """Return whose token this is, and keep that it is used; None: there is none, or it has expired.

    One read of an index; a write at most every `NOTED_AFTER`.
    """
    at = now()
    query = (
        select(TokenRow, AccountRow)
        .join(AccountRow, col(AccountRow.id) == TokenRow.account_id)
        .where(TokenRow.secret_hash == secret_hash)
    )
    with session() as opened:
        found = opened.exec(query).first()
    if found is None:
        return None
    row, account = found
    if row.expires_at is not None and row.expires_at <= at:
        return None
    assert row.id is not None
    assert account.id is not None
    if row.used_at is None or at - row.used_at > NOTED_AFTER:
        with session(write=True) as opened:
            opened.execute(update(TokenRow).where(col(TokenRow.id) == row.id).values(used_at=at))
    return Shown(
        token_id=row.id,
        token_name=row.name,
        scope=row.scope,
        account_id=account.id,
        name=account.name,
        role=Role(account.role),
    )


def add(account: str, *, name: str, secret_hash: str, scope: str, expires_at: datetime | None, by: Actor) -> Token:
    """Store a new token of an account.

    Raises:
        NotFound: there is no such account.
        WrongState: it has a token of this name.
    """
    try:
        with session(write=True) as opened:
            account_id = opened.exec(select(AccountRow.id).where(AccountRow.name == account)).first()
            if account_id is None:
                raise NotFound(f"There is no account {account}.")
            row = TokenRow(
                account_id=account_id,
                name=name,
                secret_hash=secret_hash,
                scope=scope,
                created_at=now(),
                created_by=by.name,
                expires_at=expires_at,
            )
            opened.add(row)
            opened.flush()
            said = {"scope": scope, "expires_at": None if expires_at is None else expires_at.isoformat()}
            record(opened, [Entry(act="create", target=f"token:{account}/{name}", by=by, details=said)])
            return Token.from_rows(row, account)
    except IntegrityError as error:
        raise WrongState(f"{account} has a token {name} already.") from error


def list_tokens(account: str | None) -> list[Token]:
    """Return the tokens of an account by name, also those that have expired; None: of all accounts."""
    query = (
        select(TokenRow, AccountRow.name)
        .join(AccountRow, col(AccountRow.id) == TokenRow.account_id)
        .order_by(AccountRow.name, TokenRow.name)
    )
    if account is not None:
        query = query.where(AccountRow.name == account)
    with session() as opened:
        return [Token.from_rows(row, name) for row, name in opened.exec(query).all()]


def remove(token: Token, *, by: Actor) -> None:
    """Take a token away. Safe to repeat."""
    with session(write=True) as opened:
        opened.execute(delete(TokenRow).where(col(TokenRow.id) == token.id))
        record(opened, [Entry(act="revoke", target=f"token:{token.account}/{token.name}", by=by)])
