"""The routes. People and programs see what is their own; admins see all."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from app.actor import ActorKind
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_BODY, NO_QUERY, Instant, JobId, Listed
from app.api.protocol.routers import below_base
from app.auth import accounts, passwords, tokens, visits
from app.db.accounts import accounts as stored
from app.db.accounts.accounts import Account
from app.db.accounts.sessions import BrowserSession
from app.db.accounts.tokens import Token
from app.rights import Act, Role

router = below_base(tags=["accounts"])
Password = Annotated[SecretStr, Field(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]


class Me(BaseModel):
    """Who asks, and what they may do."""

    name: str = Field(description="of the account; `local` where there are none")
    role: Role = Field(description="of the account, or less where a token has a smaller scope")
    kind: ActorKind
    token: str | None = Field(description="the token's name, where one is shown")
    session_id: int | None
    may: list[Act] = Field(description="the acts that are allowed")


class NewAccount(BaseModel):
    """Somebody who shall come in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=f"^{accounts.NAME_FORM}$", description=accounts.NAME_RULE)
    role: Role
    password: Password


class AccountChange(BaseModel):
    """What shall be different about an account; another password ends its sessions."""

    model_config = ConfigDict(extra="forbid")

    role: Role | None = None
    password: Password | None = None


class PasswordChange(BaseModel):
    """The own password, as it is and as it shall be."""

    model_config = ConfigDict(extra="forbid")

    present: SecretStr = Field(min_length=1, max_length=passwords.LONGEST)
    password: Password


class NewToken(BaseModel):
    """What a program shall show instead of signing in."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=f"^{tokens.NAME_FORM}$", description=tokens.NAME_RULE)
    account: str | None = Field(default=None, description="another's than the own: for admins")
    scope: str = Field(default="all", pattern=f"^({tokens.SCOPE_FORM})$", description=tokens.SCOPE_RULE)
    expires_at: Instant | None = None


class ShownToken(Token):
    """A token with its secret, which is shown this once."""

    token: str


class WhichSessions(BaseModel):
    """Which of the own sessions are ended."""

    model_config = ConfigDict(extra="forbid")

    others: bool = Field(default=False, description="all but the one that asks")


@router.get("/me", dependencies=[NO_QUERY], summary="Who am I?")
async def get_me() -> Me:
    """Answer who asks, and what they may do."""
    by, identity = caller(), _identity()
    return Me(
        name=by.account,
        role=by.rights.role,
        kind=by.kind,
        token=identity.token_name if identity else None,
        session_id=identity.session_id if identity else None,
        may=[act for act in Act if by.rights.allows(act)],
    )


@router.post("/me/password", status_code=204, dependencies=[NO_QUERY], summary="Change the own password")
def change_password(body: PasswordChange) -> None:
    """Change the password of who asks; the other sessions end."""
    identity = _identity()
    accounts.change_own_password(
        present=body.present.get_secret_value(),
        fresh=body.password.get_secret_value(),
        but=identity.session_id if identity else None,
        by=caller(),
    )


@router.get("/accounts", dependencies=[NO_QUERY], summary="List the accounts")
def list_accounts() -> Listed[Account]:
    """Answer all accounts by name."""
    return Listed(items=stored.list_accounts())


@router.post("/accounts", status_code=201, dependencies=[NO_QUERY], summary="Make an account")
def create_account(body: NewAccount) -> Account:
    """Let somebody come in. With the first account everybody has to sign in, so it must be made in a terminal."""
    return accounts.add_account(
        body.name, role=body.role, password=body.password.get_secret_value(), by=caller(), is_first=False
    )


@router.get("/accounts/{name}", dependencies=[NO_QUERY], summary="Get an account")
def get_account(name: str) -> Account:
    """Answer one account."""
    return accounts.get_account(name)


@router.patch("/accounts/{name}", dependencies=[NO_QUERY], summary="Change an account")
def change_account(name: str, body: AccountChange) -> Account:
    """Give it another role, or another password."""
    password = body.password.get_secret_value() if body.password else None
    return accounts.change_account(name, role=body.role, password=password, by=caller())


@router.delete("/accounts/{name}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Remove an account")
def delete_account(name: str) -> None:
    """Remove it with its sessions and tokens; the history keeps its name."""
    accounts.remove_account(name, by=caller())


@router.get("/tokens", dependencies=[NO_QUERY], summary="List the tokens")
def list_tokens() -> Listed[Token]:
    """Answer the own tokens; for admins, all."""
    return Listed(items=tokens.list_tokens(by=caller()))


@router.post("/tokens", status_code=201, dependencies=[NO_QUERY], summary="Make a token")
def create_token(body: NewToken) -> ShownToken:
    """Make a token; its secret is in this answer and never again."""
    by = caller()
    made, secret = tokens.create_token(
        body.account or by.account, name=body.name, scope=body.scope, expires_at=body.expires_at, by=by
    )
    return ShownToken(**made.model_dump(), token=secret)


@router.delete("/tokens/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="Revoke a token")
def revoke_token(token_id: JobId) -> None:
    """Let it open nothing any more."""
    tokens.revoke_token(token_id, by=caller())


@router.get("/sessions", dependencies=[NO_QUERY], summary="List the sessions")
def list_sessions() -> Listed[BrowserSession]:
    """Answer the browsers in which the own account is signed in; for admins, all."""
    return Listed(items=tokens.list_sessions(by=caller()))


@router.delete("/sessions/{id}", status_code=204, dependencies=[NO_QUERY, NO_BODY], summary="End a session")
def end_session(session_id: JobId) -> None:
    """Sign a browser out."""
    tokens.end_session(session_id, by=caller())


@router.delete("/sessions", status_code=204, dependencies=[NO_BODY], summary="End the own sessions")
def end_sessions(query: Annotated[WhichSessions, Query()]) -> None:
    """Sign out everywhere."""
    identity = _identity()
    tokens.end_sessions(by=caller(), but=identity.session_id if query.others and identity else None)


def _identity() -> visits.Identity | None:
    visit = visits.present.get()
    return visit.identity if visit is not None else None
