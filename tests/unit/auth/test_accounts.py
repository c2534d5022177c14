"""What is done with accounts, and by whom."""

from dataclasses import replace

import pytest

from app.actor import Actor, ActorKind, local, of_schedule
from app.auth import accounts, signing_in, tokens
from app.auth.accounts import as_now
from app.db.accounts import accounts as stored
from app.db.accounts import sessions
from app.db.audit import reading
from app.errors import Forbidden, InvalidInput, WrongState
from app.rights import ALL, Rights, Role
from tests.actors import ME
from tests.door import PASSWORD, bearer, make_account


def person(name: str, role: Role) -> Actor:
    """Return a person who is signed in."""
    return Actor(kind=ActorKind.PERSON, name=name, via="api", rights=Rights(role=role))


@pytest.mark.parametrize("name", ["", "ann smith", "-ann", "ann/ci", "a" * 65, "local", "system", "änn"])
def test_a_name_that_cannot_be_one_is_refused(database: str, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        accounts.add_account(name, role=Role.ADMIN, password=PASSWORD, by=ME)
    assert [one.field for one in refused.value.fields] == ["name"]


def test_only_admins_manage_accounts(database: str) -> None:
    make_account("ann", Role.ADMIN)
    make_account("olga", Role.OPERATOR)
    for act in (
        lambda by: accounts.add_account("eve", role=Role.VIEWER, password=PASSWORD, by=by),
        lambda by: accounts.change_account("ann", role=Role.ADMIN, by=by),
        lambda by: accounts.remove_account("ann", by=by),
    ):
        with pytest.raises(Forbidden, match="This needs the role admin"):
            act(person("olga", Role.OPERATOR))
    with pytest.raises(Forbidden, match="Nobody removes the own account"):
        accounts.remove_account("ann", by=person("ann", Role.ADMIN))


def test_a_password_that_an_admin_sets_ends_all_sessions(database: str) -> None:
    make_account("ann", Role.ADMIN)
    sessions.add(stored.list_accounts()[0].id, secret_hash="cookie", address="", agent="")
    accounts.change_account("ANN ", password="another password", by=ME)
    assert sessions.find("cookie") is None


def test_the_own_password_is_changed_with_the_present_one_and_never_by_a_token(database: str) -> None:
    make_account("ann", Role.VIEWER)
    ann = person("ann", Role.VIEWER)
    with pytest.raises(InvalidInput) as refused:
        accounts.change_own_password(present="wrong password", fresh="another password", but=None, by=ann)
    assert [one.field for one in refused.value.fields] == ["present"]
    with pytest.raises(Forbidden, match="A token changes no password"):
        accounts.change_own_password(
            present=PASSWORD, fresh="another password", but=None, by=replace(ann, kind=ActorKind.TOKEN)
        )
    accounts.change_own_password(present=PASSWORD, fresh="another password", but=None, by=ann)
    with pytest.raises(InvalidInput):
        accounts.change_own_password(present=PASSWORD, fresh="a third password", but=None, by=ann)


def test_who_asked_earlier_has_the_rights_of_now(database: str) -> None:
    asked = Actor(kind=ActorKind.PERSON, name="olga", via="page")
    assert as_now(asked).rights == ALL, "there are no accounts"
    make_account("ann", Role.ADMIN)
    make_account("olga", Role.OPERATOR)
    bearer("olga", scope="read")
    assert as_now(asked).rights == Rights(role=Role.OPERATOR)
    assert as_now(Actor(kind=ActorKind.TOKEN, name="olga/for read")).rights.only_reads
    assert as_now(Actor(kind=ActorKind.TOKEN, name="olga/gone")).rights.only_reads
    assert as_now(local("terminal")).rights == ALL
    assert as_now(of_schedule(1)).rights == ALL
    stored.remove("olga", by=ME)
    assert as_now(asked).rights == Rights(role=Role.VIEWER)


def test_the_last_admin_is_not_removed(database: str) -> None:
    make_account("ann", Role.ADMIN)
    make_account("bob", Role.VIEWER)
    with pytest.raises(WrongState, match="There must be an admin"):
        accounts.remove_account("ann", by=ME)


def test_what_is_done_with_accounts_is_in_the_audit_and_no_secret_is(database: str) -> None:
    ann = person("ann", Role.ADMIN)
    accounts.add_account("bob", role=Role.VIEWER, password=PASSWORD, by=ME)
    make_account("ann", Role.ADMIN)
    accounts.change_account("bob", role=Role.OPERATOR, by=ann)
    made, secret = tokens.create_token("bob", name="ci", scope="read", by=ann)
    tokens.revoke_token(made.id, by=ann)
    for password in ("wrong password", PASSWORD):
        signing_in.sign_in("bob", password, address="10.0.0.1", agent="", before=None)
    signing_in.sign_in("hunter2 is my password", "x", address="10.0.0.1", agent="", before=None)
    accounts.remove_account("bob", by=ann)

    kept = reading.list_entries()
    told = [(one.act, one.target, one.actor, one.result) for one in reversed(kept) if one.target != "account:ann"]
    assert told == [
        ("add", "account:bob", "me", "done"),
        ("change", "account:bob", "ann", "done"),
        ("create", "token:bob/ci", "ann", "done"),
        ("revoke", "token:bob/ci", "ann", "done"),
        ("sign in", "account:bob", "bob", "refused"),
        ("sign in", "account:bob", "bob", "done"),
        ("sign in", "account:unknown", "unknown", "refused"),
        ("remove", "account:bob", "ann", "done"),
    ]
    assert all(one not in str(kept) for one in (PASSWORD, secret, "argon2", "hunter2"))
