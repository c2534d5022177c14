"""Accounts: who may come in, and with which role."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field
from sqlalchemy import delete, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.actor import Actor
from app.db.accounts.tables import AccountRow, SessionRow, TokenRow
from app.db.audit.entries import Entry, record
from app.db.clock import now
from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.sql.sessions import session
from app.errors import NotFound, WrongState
from app.rights import Role

_LAST = "There must be an admin as long as there are other accounts."


class Account(Snapshot):
    """Somebody who may come in."""

    id: int
    name: str
    role: Role
    created_at: Instant
    created_by: str
    signed_in_at: Instant | None = Field(description="when a browser signed in last")
    has_password: bool

    @classmethod
    def from_row(cls, row: AccountRow) -> Self:
        """Make the snapshot of a row; the password's hash is not in it."""
        return cls.model_validate({**row.model_dump(), "has_password": row.password_hash is not None})


def has_any() -> bool:
    """Say whether there are accounts."""
    with session() as opened:
        return opened.exec(select(AccountRow.id).limit(1)).first() is not None


def list_accounts() -> list[Account]:
    """Return all accounts by name."""
    with session() as opened:
        return [Account.from_row(row) for row in opened.exec(select(AccountRow).order_by(AccountRow.name)).all()]


def find(name: str) -> Account | None:
    """Return an account; None: there is none of this name."""
    with session() as opened:
        row = opened.exec(select(AccountRow).where(AccountRow.name == name)).first()
        return None if row is None else Account.from_row(row)


def find_subject(subject: str) -> Account | None:
    """Return the account of somebody at the provider that signs people in (`AccountRow.subject`); None: it has none."""
    with session() as opened:
        row = opened.exec(select(AccountRow).where(AccountRow.subject == subject)).first()
        return None if row is None else Account.from_row(row)


def password_hash_of(name: str) -> str | None:
    """Return the hash of an account's password; None: there is no such account, or it has none."""
    with session() as opened:
        return opened.exec(select(AccountRow.password_hash).where(AccountRow.name == name)).first()


def add(name: str, *, role: Role, password_hash: str | None, subject: str | None = None, by: Actor) -> Account:
    """Store a new account; `subject`: who it is at the provider that signs people in.

    Raises:
        WrongState: the name, or the subject, is taken.
    """
    row = AccountRow(
        name=name, role=role, password_hash=password_hash, subject=subject, created_at=now(), created_by=by.name
    )
    try:
        with session(write=True) as opened:
            opened.add(row)
            opened.flush()
            record(opened, [Entry(act="add", target=f"account:{name}", by=by, details={"role": role.value})])
            return Account.from_row(row)
    except IntegrityError as error:
        raise WrongState(f"There is an account {name} already.") from error


def change(name: str, *, role: Role | None = None, password_hash: str | None = None, by: Actor) -> Account:
    """Change what is given.

    Raises:
        NotFound: there is none of this name.
        WrongState: no admin would be left.
    """
    with session(write=True) as opened:
        row = _row_of(opened, name)
        said: dict[str, Any] = {}
        if role is not None:
            said["role"] = [row.role, role.value]
            row.role = role
            opened.flush()
            _require_an_admin(opened)
        if password_hash is not None:
            said["changed"] = "password"
            row.password_hash = password_hash
        record(opened, [Entry(act="change", target=f"account:{name}", by=by, details=said)])
        return Account.from_row(row)


def note_sign_in(account_id: int, *, at: datetime, by: Actor) -> None:
    """Keep that somebody signed in, and when."""
    with session(write=True) as opened:
        row = opened.get(AccountRow, account_id)
        if row is not None:
            row.signed_in_at = at
            record(opened, [Entry(act="sign in", target=f"account:{row.name}", by=by)])


def remove(name: str, *, by: Actor) -> None:
    """Take an account away, with its sessions and tokens. What it did stays in the history.

    Raises:
        NotFound: there is none of this name.
        WrongState: no admin would be left, and other accounts are.
    """
    with session(write=True) as opened:
        row = _row_of(opened, name)
        opened.execute(delete(SessionRow).where(col(SessionRow.account_id) == row.id))
        opened.execute(delete(TokenRow).where(col(TokenRow.account_id) == row.id))
        opened.delete(row)
        opened.flush()
        _require_an_admin(opened)
        record(opened, [Entry(act="remove", target=f"account:{name}", by=by)])


def _row_of(opened: Session, name: str) -> AccountRow:
    row = opened.exec(select(AccountRow).where(AccountRow.name == name).with_for_update()).first()
    if row is None:
        raise NotFound(f"There is no account {name}.")
    return row


def _require_an_admin(opened: Session) -> None:
    by_role = dict(opened.exec(select(AccountRow.role, func.count()).group_by(AccountRow.role)).all())
    if by_role and Role.ADMIN not in by_role:
        raise WrongState(_LAST, hint="Make another account an admin first.")
