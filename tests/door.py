"""Accounts for tests, and the door that asks for them."""

from collections.abc import Sequence
from functools import cache

from starlette.types import ASGIApp

from app.auth import passwords, tokens
from app.auth.visits import Visits
from app.db.accounts import accounts
from app.processes.http.doorkeeper import Doorkeeper
from app.processes.http.guard import Guard, Hosts
from app.processes.http.provider_door import ProviderDoor
from app.processes.http.sign_in import SignIn
from app.rights import Role
from tests.actors import ME

PASSWORD = "correct horse battery"
COOKIE = "jobdeck_session_8080"


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)


def make_account(name: str, role: Role) -> None:
    """Make an account whose password is `PASSWORD`."""
    accounts.add(name, role=role, password_hash=_hash(), by=ME)


def bearer(name: str, *, scope: str = "all") -> dict[str, str]:
    """Make a token of an account, as a header."""
    _, secret = tokens.create_token(name, name=f"for {scope}".replace(":", "-").replace(",", " "), scope=scope, by=ME)
    return {"Authorization": f"Bearer {secret}"}


def with_door(
    app: ASGIApp, *, is_local: bool = True, provider: ProviderDoor | None = None, allowed: Sequence[str] = ()
) -> ASGIApp:
    """Put the guard and the doorkeeper before an application, as the web process does. Pages belong to everybody.

    `allowed`: more names by which it may be called.
    """
    sign_in = SignIn(cookie=COOKIE, preferences="jobdeck_8080", provider=provider)
    keeper = Doorkeeper(
        app,
        sign_in=sign_in,
        owns=lambda page, visit: page != "another",
        visits=Visits(),
        cookie=COOKIE,
        is_local=is_local,
    )
    return Guard(keeper, hosts=Hosts(host="127.0.0.1", port=8080, allowed=allowed))
