"""The own account and everybody's, in the settings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nicegui.testing import User

from app.auth import passwords
from app.auth.secret_texts import hash_of
from app.auth.visits import Identity, Visit, present
from app.db.accounts import accounts, sessions, tokens
from app.rights import Rights, Role
from tests.door import PASSWORD, make_account
from tests.ui.tab import RETRIES, fill, one, open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person before the pages, and nobody has an account."""
    async with open_tab() as person:
        yield person


def come_in(name: str, role: Role) -> int:
    """Sign somebody in, twice: here and elsewhere. Returns the session of here."""
    make_account(name, role)
    account = accounts.find(name)
    assert account is not None
    sessions.add(account.id, secret_hash=f"{name} elsewhere", address="10.0.0.7", agent="Firefox/1 (Windows NT)")
    here = sessions.add(account.id, secret_hash=name, address="10.0.0.1", agent="Chrome/1 (X11; Linux)")
    visit = Visit(name)
    visit.identity = Identity(account=name, rights=Rights(role=role), session_id=here)
    present.set(visit)
    return here


async def press(user: User, name: str) -> None:
    """Press what is there, or will be."""
    await until(lambda: is_there(user, name))
    user.find(marker=name).click()


async def type_into(user: User, name: str, text: str) -> None:
    """Fill a field that is there, or will be."""
    await until(lambda: is_there(user, name))
    fill(user, name, text)


def is_there(user: User, name: str) -> bool:
    """Say whether there is an element of a test id."""
    assert user.client is not None
    return any(element.props.get("data-testid") == name for element in user.client.elements.values())


async def test_without_accounts_the_settings_say_how_the_first_is_made(user: User) -> None:
    await user.open("/settings/account")
    await user.should_see("python3 main.py user add NAME --role admin", retries=RETRIES)


async def test_a_person_signs_another_browser_out(user: User) -> None:
    here = come_in("vera", Role.VIEWER)
    await user.open("/settings/account")
    await user.should_see("You are a viewer.", retries=RETRIES)
    await user.should_see("Firefox on Windows", retries=RETRIES)
    [elsewhere] = [one.id for one in sessions.list_sessions("vera") if one.id != here]
    await press(user, f"end-session-{elsewhere}")
    await user.should_see("Firefox on Windows is signed out.", retries=RETRIES)
    assert [one.id for one in sessions.list_sessions("vera")] == [here]
    await until(lambda: not is_there(user, f"end-session-{elsewhere}"))


async def test_a_person_changes_the_password_and_is_told_what_does_not_fit(user: User) -> None:
    here = come_in("vera", Role.VIEWER)
    await user.open("/settings/account")
    await press(user, "change-password")
    await user.should_see("Another password", retries=RETRIES)
    await type_into(user, "present-password", "wrong password")
    await type_into(user, "fresh-password", "another password")
    await press(user, "confirm-password")
    await user.should_see("This is not your password.", retries=RETRIES)
    await type_into(user, "present-password", PASSWORD)
    await press(user, "confirm-password")
    await user.should_see("Your password is changed.", retries=RETRIES)
    assert passwords.is_right("another password", accounts.password_hash_of("vera"))
    assert [one.id for one in sessions.list_sessions("vera")] == [here]


async def test_a_token_is_shown_once_and_can_be_revoked(user: User) -> None:
    come_in("vera", Role.VIEWER)
    await user.open("/settings/account")
    await user.should_see("None yet.", retries=RETRIES)
    await press(user, "new-token")
    await user.should_see("What it is for", retries=RETRIES)
    await type_into(user, "token-name", "ci")
    await type_into(user, "token-scope", "read")
    await press(user, "confirm-token")
    await user.should_see("Copy it now: it is not shown again.", retries=RETRIES)
    found = tokens.find(hash_of(str(one(user, "token-secret").text)))  # type: ignore[attr-defined]  # it is a text
    assert found is not None
    assert (found.name, found.scope) == ("vera", "read")
    await press(user, "token-done")
    await user.should_see("may only read", retries=RETRIES)
    await press(user, "revoke-token-1")
    await press(user, "confirm-revoke")
    await user.should_see("ci is revoked.", retries=RETRIES)
    assert tokens.list_tokens(None) == []


async def test_only_admins_see_everybody(user: User) -> None:
    come_in("vera", Role.VIEWER)
    await user.open("/settings/people")
    await user.should_see("This needs the role admin. You are a viewer.", retries=RETRIES)
    await user.should_not_see("Add somebody")


async def test_an_admin_adds_changes_and_removes_accounts(user: User) -> None:
    come_in("ann", Role.ADMIN)
    await user.open("/settings/people")
    await user.should_see("Add somebody", retries=RETRIES)
    assert not one(user, "remove-account-ann").enabled  # type: ignore[attr-defined]  # it is a button
    await press(user, "new-account")
    await type_into(user, "account-new-name", "bob")
    await type_into(user, "account-new-password", "short")
    await press(user, "confirm-account")
    await user.should_see("Some values do not fit.", retries=RETRIES)
    await type_into(user, "account-new-password", PASSWORD)
    await press(user, "confirm-account")
    await user.should_see("bob may sign in, as a viewer.", retries=RETRIES)
    await until(lambda: is_there(user, "role-bob"))
    one(user, "role-bob").set_value(Role.OPERATOR)  # type: ignore[attr-defined]  # it is a choice
    await until(lambda: [each.role for each in accounts.list_accounts()] == [Role.ADMIN, Role.OPERATOR])
    await press(user, "remove-account-bob")
    await press(user, "confirm-remove")
    await user.should_see("bob is removed.", retries=RETRIES)
    assert [each.name for each in accounts.list_accounts()] == ["ann"]
