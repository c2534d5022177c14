"""`python main.py user …` and `token …`: who may come in, said by the owner of the data folder."""

import getpass
import sys
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime

from app.actor import local
from app.auth import accounts, tokens
from app.db.accounts import accounts as stored
from app.db.accounts import tokens as stored_tokens
from app.errors import AppError
from app.processes.terminal.place import a_place
from app.processes.terminal.screen import clean, exit_status
from app.rights import Role
from app.settings import Settings

DONE = 0
_ME = local("terminal")


def run(settings: Settings, asked: Namespace) -> int:
    """Do what is asked for. Works while Jobdeck runs on the data folder, which notices within a second.

    Returns:
        The exit status: 0; 1 where the database is away; 2 where something does not fit.
    """
    acts: dict[str, Callable[[Namespace], None]] = {
        "user add": _add,
        "user list": _list,
        "user role": _change_role,
        "user password": _change_password,
        "user remove": _remove,
        "token create": _create_token,
        "token list": _list_tokens,
        "token revoke": _revoke_token,
    }
    try:
        with a_place(settings, starts=False):
            acts[f"{asked.command} {asked.act}"](asked)
    except AppError as error:
        said = " ".join(one.message for one in error.fields) or error.message
        sys.stderr.write(" ".join(filter(None, (clean(said), error.hint))) + "\n")
        return exit_status(error.status_code)
    return DONE


def _add(asked: Namespace) -> None:
    added = accounts.add_account(asked.name, role=Role(asked.role), password=_read_password(), by=_ME)
    sys.stdout.write(f"{added.name} may sign in, as {added.role.with_article}.\n")


def _list(_asked: Namespace) -> None:
    for one in stored.list_accounts():
        at = f"signed in {_shown(one.signed_in_at)}" if one.signed_in_at else "never signed in"
        sys.stdout.write(f"{one.name}  {one.role}  {at}\n")


def _change_role(asked: Namespace) -> None:
    changed = accounts.change_account(asked.name, role=Role(asked.role), by=_ME)
    sys.stdout.write(f"{changed.name} is {changed.role.with_article} now.\n")


def _change_password(asked: Namespace) -> None:
    name = accounts.get_account(asked.name).name
    accounts.change_account(name, password=_read_password(), by=_ME)
    sys.stdout.write(f"{name} has another password, and is signed out everywhere.\n")


def _remove(asked: Namespace) -> None:
    name = accounts.get_account(asked.name).name
    accounts.remove_account(name, by=_ME)
    sys.stdout.write(f"{name} is removed. What {name} did stays in the history.\n")


def _create_token(asked: Namespace) -> None:
    expires_at = None
    if asked.expires:
        expires_at = asked.expires.astimezone(UTC)  # without a zone it is meant in that of this machine
    made, secret = tokens.create_token(asked.user, name=asked.name, scope=asked.scope, expires_at=expires_at, by=_ME)
    until = f", until {_shown(made.expires_at)}" if made.expires_at else ""
    sys.stderr.write(f"The token {made.name} of {made.account}, scope {made.scope}{until}. It is not shown again:\n")
    sys.stdout.write(f"{secret}\n")


def _list_tokens(asked: Namespace) -> None:
    for one in stored_tokens.list_tokens(asked.user or None):
        used = f"used {_shown(one.used_at)}" if one.used_at else "never used"
        until = f"until {_shown(one.expires_at)}" if one.expires_at else "no end"
        sys.stdout.write(f"{one.id}  {one.account}  {one.name}  {one.scope}  {used}  {until}\n")


def _revoke_token(asked: Namespace) -> None:
    tokens.revoke_token(asked.id, by=_ME)
    sys.stdout.write(f"The token {asked.id} is revoked.\n")


def _read_password() -> str:
    """Ask for a password, twice; from a pipe read one line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    while True:
        password = getpass.getpass("Password: ")
        if password == getpass.getpass("The same again: "):
            return password
        sys.stderr.write("These two differ.\n")


def _shown(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
