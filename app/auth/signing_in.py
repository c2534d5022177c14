"""A name and a password become a session. Blocks; call it in a thread."""

from dataclasses import dataclass

from app.actor import Actor, ActorKind
from app.auth import passwords
from app.auth.accounts import known_as
from app.auth.changes import note_change
from app.auth.secret_texts import hash_of, new_secret
from app.db.accounts import accounts, sessions
from app.db.accounts.accounts import Account
from app.db.audit.entries import Entry, Result, note
from app.db.clock import now
from app.rights import Rights

_WRONG = "The name or the password was wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session that was just opened.

    `secret`: what the cookie is to have. `is_other_account`: another one was signed in in this browser before.
    """

    secret: str
    is_other_account: bool


def is_known(name: str, address: str) -> bool:
    """Say whether an account is signed in from an address."""
    return address in sessions.known_addresses(known_as(name))


def sign_in(name: str, password: str, *, address: str, agent: str, before: str | None) -> Opened | None:
    """Open a session with a fresh secret; what the browser had before ends. None: name or password is wrong.

    Args:
        name: the account's.
        password: its.
        address, agent: from where, for the list of sessions.
        before: the secret that the browser's cookie has now.

    Raises:
        TooMany: too many are being checked.
        Unavailable: the database is away.
    """
    name = known_as(name)
    kept = accounts.password_hash_of(name)
    is_right = passwords.is_right(password, kept)
    account = accounts.find(name)
    if account is None or not is_right:
        # A name that there is not may be a password that was typed into the wrong field: it is not written down.
        by = Actor(kind=ActorKind.PERSON, name=account.name if account else "unknown", via="page")
        note(Entry(act="sign in", target=f"account:{by.name}", by=by, result=Result.REFUSED, reason=_WRONG))
        return None
    by = Actor(kind=ActorKind.PERSON, name=name, via="page", rights=Rights(role=account.role))
    return open_session(account, address=address, agent=agent, before=before, by=by)


def open_session(account: Account, *, address: str, agent: str, before: str | None, by: Actor) -> Opened:
    """Open a session of an account for a browser; the others as `sign_in`, `by`: the account."""
    old = sessions.find(hash_of(before)) if before else None
    if old is not None:
        sessions.end(old.session_id, by=by)
        note_change()
    secret = new_secret()
    sessions.add(account.id, secret_hash=hash_of(secret), address=address, agent=agent)
    accounts.note_sign_in(account.id, at=now(), by=by)
    return Opened(secret=secret, is_other_account=old is None or old.account_id != account.id)
