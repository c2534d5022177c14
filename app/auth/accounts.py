"""What is done with accounts. Each act asks the rights of who asks."""

import re
from dataclasses import replace

from app.actor import LOCAL, Actor, ActorKind
from app.auth import passwords
from app.auth.changes import note_change
from app.db.accounts import accounts, sessions, tokens
from app.db.accounts.accounts import Account
from app.db.audit.refusals import kept_if_refused
from app.errors import FieldError, Forbidden, InvalidInput, NotFound
from app.rights import ALL, Act, Rights, Role, require

NAME_FORM = "[a-z0-9][a-z0-9._@+-]{0,63}"
NAME_RULE = "Small letters, digits and . _ @ + -, at most 64; it begins with a letter or a digit."
RESERVED = frozenset({LOCAL, "system", "schedule"})
"""Names that the history has for others."""


@kept_if_refused("add", "account")
def add_account(name: str, *, role: Role, password: str, by: Actor, is_first: bool = True) -> Account:
    """Make an account.

    Args:
        name, role, password: its.
        by: who asks.
        is_first: it may be the first one, with which the door closes behind who asks.

    Raises:
        Forbidden: who asks is no admin, or it would be the first.
        InvalidInput: the name or the password cannot be one.
        WrongState: the name is taken.
    """
    require(by, Act.ACCOUNTS)
    if not is_first and not accounts.has_any():
        hint = "Make it with `python3 main.py user add NAME --role admin`."
        raise Forbidden("The first account is made in a terminal.", hint=hint)
    name = known_as(name)
    if re.fullmatch(NAME_FORM, name) is None or name in RESERVED:
        message = f"{name} is taken by Jobdeck itself." if name in RESERVED else NAME_RULE
        raise InvalidInput(fields=[FieldError(field="name", message=message)])
    added = accounts.add(name, role=role, password_hash=passwords.hashed(password), by=by)
    note_change()
    return added


@kept_if_refused("change", "account")
def change_account(name: str, *, role: Role | None = None, password: str | None = None, by: Actor) -> Account:
    """Give an account another role, or another password: that ends its sessions.

    Raises:
        Forbidden: who asks is no admin.
        NotFound: there is no such account.
        InvalidInput: the password cannot be one.
        WrongState: no admin would be left.
    """
    require(by, Act.ACCOUNTS)
    fresh = None if password is None else passwords.hashed(password)
    changed = accounts.change(known_as(name), role=role, password_hash=fresh, by=by)
    if fresh is not None:
        sessions.end_all(changed.name, by=by)
    note_change()
    return changed


@kept_if_refused("change", "account")
def change_own_password(*, present: str, fresh: str, but: int | None, by: Actor) -> None:
    """Change the password of who asks, and end the other sessions.

    Args:
        present: the password as it is.
        fresh: as it shall be.
        but: the session that stays.
        by: who asks.

    Raises:
        Forbidden: a token asks.
        InvalidInput: the present password is wrong, or the fresh one cannot be one.
    """
    require(by, Act.OWN)
    if by.kind is not ActorKind.PERSON:
        raise Forbidden("A token changes no password.")
    name = by.account
    if not passwords.is_right(present, accounts.password_hash_of(name)):
        raise InvalidInput(fields=[FieldError(field="present", message="This is not your password.")])
    accounts.change(name, password_hash=passwords.hashed(fresh), by=by)
    sessions.end_all(name, but=but, by=by)
    note_change()


@kept_if_refused("remove", "account")
def remove_account(name: str, *, by: Actor) -> None:
    """Take an account away, with its sessions and tokens; the history keeps its name.

    Raises:
        Forbidden: who asks is no admin, or it is the own account.
        NotFound: there is no such account.
        WrongState: no admin would be left.
    """
    require(by, Act.ACCOUNTS)
    name = known_as(name)
    if by.account == name:
        raise Forbidden("Nobody removes the own account.", hint="Ask another admin, or remove it in a terminal.")
    accounts.remove(name, by=by)
    note_change()


def as_now(by: Actor) -> Actor:
    """Return somebody who asked earlier, with the rights that they have now: none but to look on if they are gone."""
    if by.kind not in (ActorKind.PERSON, ActorKind.TOKEN) or by.name == LOCAL or not accounts.has_any():
        return replace(by, rights=ALL)
    account = accounts.find(by.account)
    if account is None:
        return replace(by, rights=Rights(role=Role.VIEWER))
    if by.kind is ActorKind.PERSON:
        return replace(by, rights=Rights(role=account.role))
    scopes = [one.scope for one in tokens.list_tokens(account.name) if f"{one.account}/{one.name}" == by.name]
    return replace(by, rights=Rights.of_token(account.role, scopes[0] if scopes else "read"))


def get_account(name: str) -> Account:
    """Return an account.

    Raises:
        NotFound: there is none of this name.
    """
    found = accounts.find(known_as(name))
    if found is None:
        raise NotFound(f"There is no account {name}.")
    return found


def known_as(name: str) -> str:
    """Return a name as it is kept."""
    return name.strip().lower()
