"""A name and a password become a session."""

import pytest

from app.auth import passwords, signing_in
from app.auth.secret_texts import hash_of
from app.db.accounts import accounts, sessions
from app.rights import Role
from tests.door import PASSWORD, make_account


@pytest.fixture
def ann(database: str) -> None:
    """An account."""
    make_account("ann", Role.VIEWER)


def sign_in(name: str = "ann", password: str = PASSWORD, *, before: str | None = None) -> signing_in.Opened | None:
    """Sign in from one place."""
    return signing_in.sign_in(name, password, address="10.0.0.1", agent="Firefox", before=before)


def test_a_sign_in_opens_a_session_and_is_kept(ann: None) -> None:
    opened = sign_in(" Ann")
    assert opened is not None
    found = sessions.find(hash_of(opened.secret))
    assert found is not None
    assert (found.name, found.role) == ("ann", Role.VIEWER)
    assert accounts.list_accounts()[0].signed_in_at is not None
    assert signing_in.is_known("Ann", "10.0.0.1")
    assert not signing_in.is_known("Ann", "10.0.0.2")
    assert opened.secret not in str(sessions.list_sessions(None)), "the secret itself is nowhere"


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong password"), ("bob", PASSWORD), ("", "")])
def test_a_wrong_name_or_password_opens_nothing_and_is_checked_alike(
    ann: None, name: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []

    def is_right(given: str, kept: str | None) -> bool:
        checked.append(given)
        return False

    monkeypatch.setattr(passwords, "is_right", is_right)
    assert sign_in(name, password) is None
    assert checked == [password]
    assert sessions.list_sessions(None) == []


def test_a_sign_in_never_takes_over_what_the_browser_had(ann: None) -> None:
    planted = "a secret that a stranger has chosen"
    first = sign_in(before=planted)
    assert first is not None
    assert first.secret != planted
    assert first.is_other_account
    second = sign_in(before=first.secret)
    assert second is not None
    assert sessions.find(hash_of(first.secret)) is None
    assert not second.is_other_account
