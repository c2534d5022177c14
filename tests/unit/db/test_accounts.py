"""Accounts, sessions and tokens as rows."""

from datetime import timedelta

import pytest

from app.db.accounts import accounts, sessions, tokens
from app.db.clock import now
from app.errors import NotFound, WrongState
from app.rights import Role
from tests.actors import ME

pytestmark = pytest.mark.both_databases


def test_a_name_is_taken_once(database: str) -> None:
    made = accounts.add("ann", role=Role.VIEWER, password_hash="x", by=ME)
    with pytest.raises(WrongState, match="There is an account ann already"):
        accounts.add("ann", role=Role.ADMIN, password_hash="y", by=ME)
    assert accounts.list_accounts() == [made]
    assert accounts.password_hash_of("ann") == "x"
    assert accounts.password_hash_of("bob") is None


def test_the_last_admin_stays_as_long_as_there_are_others(database: str) -> None:
    accounts.add("ann", role=Role.ADMIN, password_hash=None, by=ME)
    accounts.add("bob", role=Role.VIEWER, password_hash=None, by=ME)
    with pytest.raises(WrongState, match="There must be an admin"):
        accounts.remove("ann", by=ME)
    with pytest.raises(WrongState, match="There must be an admin"):
        accounts.change("ann", role=Role.OPERATOR, by=ME)
    assert [one.role for one in accounts.list_accounts()] == [Role.ADMIN, Role.VIEWER]

    accounts.remove("bob", by=ME)
    accounts.remove("ann", by=ME)
    assert not accounts.has_any()
    with pytest.raises(NotFound):
        accounts.remove("ann", by=ME)


def test_what_an_account_had_goes_with_it(database: str) -> None:
    ann = accounts.add("ann", role=Role.ADMIN, password_hash=None, by=ME)
    sessions.add(ann.id, secret_hash="cookie", address="10.0.0.1", agent="Firefox")
    tokens.add("ann", name="ci", secret_hash="token", scope="read", expires_at=None, by=ME)
    found, shown = sessions.find("cookie"), tokens.find("token")
    assert found is not None
    assert shown is not None
    assert (found.name, found.role) == (shown.name, shown.role) == ("ann", Role.ADMIN)

    accounts.remove("ann", by=ME)

    assert sessions.find("cookie") is None
    assert tokens.find("token") is None


def test_sessions_end_by_themselves_after_their_last_use(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = accounts.add("ann", role=Role.ADMIN, password_hash=None, by=ME)
    begun = now()
    sessions.add(ann.id, secret_hash="cookie", address="10.0.0.1", agent="Fire\nfox")
    assert [one.agent for one in sessions.list_sessions("ann")] == ["Fire?fox"]

    monkeypatch.setattr(sessions, "now", lambda: begun + timedelta(days=13))
    assert sessions.find("cookie") is not None
    monkeypatch.setattr(sessions, "now", lambda: begun + timedelta(days=26))
    assert sessions.find("cookie") is not None, "its use made it last"
    monkeypatch.setattr(sessions, "now", lambda: begun + timedelta(days=41))
    assert sessions.find("cookie") is None
    assert sessions.list_sessions(None) == []


def test_ending_all_sessions_may_leave_one_and_touches_no_other_account(database: str) -> None:
    ids = {name: accounts.add(name, role=Role.ADMIN, password_hash=None, by=ME).id for name in ("ann", "bob")}
    kept, *_ = [sessions.add(ids["ann"], secret_hash=one, address="", agent="") for one in ("a", "b", "c")]
    sessions.add(ids["bob"], secret_hash="d", address="", agent="")

    sessions.end_all("ann", but=kept, by=ME)
    assert [sessions.find(one) is not None for one in "abcd"] == [True, False, False, True]
    sessions.end_all("ann", by=ME)
    assert [sessions.find(one) is not None for one in "abcd"] == [False, False, False, True]


def test_a_token_expires_and_its_last_use_is_kept(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.add("ann", role=Role.OPERATOR, password_hash=None, by=ME)
    made = tokens.add("ann", name="ci", secret_hash="token", scope="all", expires_at=now() + timedelta(days=1), by=ME)
    assert made.used_at is None
    assert tokens.find("token") is not None
    assert tokens.list_tokens("ann")[0].used_at is not None
    with pytest.raises(WrongState, match="has a token ci already"):
        tokens.add("ann", name="ci", secret_hash="another", scope="all", expires_at=None, by=ME)
    with pytest.raises(NotFound):
        tokens.add("bob", name="ci", secret_hash="third", scope="all", expires_at=None, by=ME)

    later = now() + timedelta(days=2)
    monkeypatch.setattr(tokens, "now", lambda: later)
    assert tokens.find("token") is None
