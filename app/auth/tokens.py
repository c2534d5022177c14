"""Tokens and sessions of accounts: made, listed, ended. People see their own; admins see all."""

import re
from datetime import datetime

from app.actor import Actor, ActorKind
from app.auth.accounts import known_as
from app.auth.changes import note_change
from app.auth.secret_texts import TOKEN_PREFIX, hash_of, new_secret
from app.db.accounts import sessions, tokens
from app.db.accounts.sessions import BrowserSession
from app.db.accounts.tokens import Token
from app.db.audit.refusals import kept_if_refused
from app.db.clock import now
from app.errors import FieldError, Forbidden, InvalidInput, NotFound
from app.rights import Act, require

NAME_FORM = "[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"
NAME_RULE = "Letters, digits, spaces and . _ -, at most 64; it begins with a letter or a digit."
SCOPE_FORM = "read|all|start:[a-z][a-z0-9_]{0,63}(,start:[a-z][a-z0-9_]{0,63}){0,99}"
SCOPE_RULE = "It is read, all, or the kinds that may be started, as start:mail,start:import_rows."


@kept_if_refused("create", "token")
def create_token(
    account: str, *, name: str, scope: str = "all", expires_at: datetime | None = None, by: Actor
) -> tuple[Token, str]:
    """Make a token of an account. Returns it and its secret, which nobody can see again.

    Raises:
        Forbidden: it is another's account, and who asks is no admin; or a token asks.
        NotFound: there is no such account.
        InvalidInput: name, scope or expiry do not fit.
        WrongState: the account has a token of this name.
    """
    account = known_as(account)
    _require_own(account, by)
    if by.kind is ActorKind.TOKEN:  # it would outlive its own end and scope
        raise Forbidden("A token makes no tokens.")
    scope = ",".join(part.strip() for part in scope.split(","))
    wrong = []
    if re.fullmatch(NAME_FORM, name := name.strip()) is None:
        wrong.append(FieldError(field="name", message=NAME_RULE))
    if re.fullmatch(SCOPE_FORM, scope) is None:
        wrong.append(FieldError(field="scope", message=SCOPE_RULE))
    if expires_at is not None and expires_at <= now():
        wrong.append(FieldError(field="expires_at", message="Give a time to come."))
    if wrong:
        raise InvalidInput(fields=wrong)
    secret = TOKEN_PREFIX + new_secret()
    made = tokens.add(account, name=name, secret_hash=hash_of(secret), scope=scope, expires_at=expires_at, by=by)
    return made, secret


def list_tokens(*, by: Actor) -> list[Token]:
    """Return all tokens for an admin, those of the account of who asks for others."""
    return tokens.list_tokens(None if by.rights.allows(Act.ACCOUNTS) else by.account)


@kept_if_refused("revoke", "token")
def revoke_token(token_id: int, *, by: Actor) -> None:
    """Take a token away.

    Raises:
        NotFound: there is none that who asks may see.
    """
    found = next((one for one in list_tokens(by=by) if one.id == token_id), None)
    if found is None:
        raise NotFound(f"There is no token {token_id}.")
    require(by, Act.OWN)
    tokens.remove(found, by=by)
    note_change()


def list_sessions(*, by: Actor) -> list[BrowserSession]:
    """Return all sessions for an admin, those of the account of who asks for others."""
    return sessions.list_sessions(None if by.rights.allows(Act.ACCOUNTS) else by.account)


@kept_if_refused("end", "session")
def end_session(session_id: int, *, by: Actor) -> None:
    """End a session.

    Raises:
        NotFound: there is none that who asks may see.
    """
    if session_id not in {one.id for one in list_sessions(by=by)}:
        raise NotFound(f"There is no session {session_id}.")
    require(by, Act.OWN)
    sessions.end(session_id, by=by)
    note_change()


@kept_if_refused("end", "account")
def end_sessions(*, by: Actor, but: int | None = None) -> None:
    """End the sessions of the account of who asks; `but`: this one stays."""
    require(by, Act.OWN)
    sessions.end_all(by.account, but=but, by=by)
    note_change()


def _require_own(account: str, by: Actor) -> None:
    require(by, Act.OWN)
    if account != by.account:
        require(by, Act.ACCOUNTS)
