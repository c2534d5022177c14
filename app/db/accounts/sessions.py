"""Sessions: browsers in which somebody signed in. Found by the hash of what their cookie has."""

from datetime import datetime, timedelta
from typing import NamedTuple, Self

from pydantic import Field
from sqlalchemy import delete, update
from sqlmodel import col, select

from app.actor import Actor
from app.db.accounts.tables import AccountRow, SessionRow
from app.db.audit.entries import Entry, record
from app.db.clock import now
from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.sql.sessions import session
from app.rights import Role

LASTS = timedelta(days=14)
"""So long after its last use a session ends."""
NOTED_AFTER = timedelta(minutes=5)
"""How exactly its last use is kept: a write for each request would be for nothing."""
_LONGEST = 200
"""Characters that are kept of what a browser says it is."""


class BrowserSession(Snapshot):
    """A browser in which somebody signed in."""

    id: int
    account: str
    created_at: Instant
    used_at: Instant = Field(description="when it was used last, to five minutes")
    expires_at: Instant
    address: str
    agent: str = Field(description="what the browser says it is")

    @classmethod
    def from_rows(cls, row: SessionRow, account: str) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate({**row.model_dump(), "account": account})


class SignedIn(NamedTuple):
    """Who a cookie stands for."""

    session_id: int
    account_id: int
    name: str
    role: Role


def find(secret_hash: str) -> SignedIn | None:
    """Return whose session this is, and keep that it is used; None: there is none, or it has ended.

    One read of an index; a write at most every `NOTED_AFTER`.
    """
    at = now()
    query = (
        select(SessionRow, AccountRow)
        .join(AccountRow, col(AccountRow.id) == SessionRow.account_id)
        .where(SessionRow.secret_hash == secret_hash, col(SessionRow.expires_at) > at)
    )
    with session() as opened:
        found = opened.exec(query).first()
    if found is None:
        return None
    row, account = found
    assert row.id is not None
    assert account.id is not None
    if at - row.used_at > NOTED_AFTER:
        _note_use(row.id, at)
    return SignedIn(session_id=row.id, account_id=account.id, name=account.name, role=Role(account.role))


def add(account_id: int, *, secret_hash: str, address: str, agent: str) -> int:
    """Store a new session and return its id; those of the account that have ended go."""
    at = now()
    row = SessionRow(
        account_id=account_id,
        secret_hash=secret_hash,
        created_at=at,
        used_at=at,
        expires_at=at + LASTS,
        address=address[:_LONGEST],
        agent="".join(one if one.isprintable() else "?" for one in agent)[:_LONGEST],
    )
    with session(write=True) as opened:
        ended = (col(SessionRow.account_id) == account_id, col(SessionRow.expires_at) <= at)
        opened.execute(delete(SessionRow).where(*ended))
        opened.add(row)
        opened.flush()
        assert row.id is not None
        return row.id


def list_sessions(account: str | None) -> list[BrowserSession]:
    """Return the sessions of an account that have not ended, the last used first; None: of all."""
    query = (
        select(SessionRow, AccountRow.name)
        .join(AccountRow, col(AccountRow.id) == SessionRow.account_id)
        .where(col(SessionRow.expires_at) > now())
        .order_by(col(SessionRow.used_at).desc(), col(SessionRow.id).desc())
    )
    if account is not None:
        query = query.where(AccountRow.name == account)
    with session() as opened:
        return [BrowserSession.from_rows(row, name) for row, name in opened.exec(query).all()]


def end(session_id: int, *, by: Actor) -> None:
    """End a session. Safe to repeat."""
    with session(write=True) as opened:
        opened.execute(delete(SessionRow).where(col(SessionRow.id) == session_id))
        record(opened, [Entry(act="end", target=f"session:{session_id}", by=by)])


def end_all(account: str, *, but: int | None = None, by: Actor) -> None:
    """End the sessions of an account; `but`: this one stays."""
    of_account = select(AccountRow.id).where(AccountRow.name == account)
    with session(write=True) as opened:
        gone = delete(SessionRow).where(col(SessionRow.account_id).in_(of_account))
        opened.execute(gone if but is None else gone.where(col(SessionRow.id) != but))
        said = {"sessions": "all" if but is None else f"all but {but}"}
        record(opened, [Entry(act="end", target=f"account:{account}", by=by, details=said)])


def known_addresses(account: str) -> frozenset[str]:
    """Return the addresses from which an account is signed in."""
    return frozenset(one.address for one in list_sessions(account))


def _note_use(session_id: int, at: datetime) -> None:
    with session(write=True) as opened:
        used = update(SessionRow).where(col(SessionRow.id) == session_id)
        opened.execute(used.values(used_at=at, expires_at=at + LASTS))
