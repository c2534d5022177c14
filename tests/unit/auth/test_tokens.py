"""Tokens and sessions: made, seen and ended by their owners and by admins."""

from datetime import timedelta

import pytest

from app.actor import Actor, ActorKind
from app.auth import tokens
from app.db.accounts import accounts, sessions
from app.db.clock import now
from app.errors import Forbidden, InvalidInput, NotFound
from app.rights import Rights, Role
from tests.actors import ME
from tests.door import make_account

ANN = Actor(kind=ActorKind.PERSON, name="ann", rights=Rights(role=Role.ADMIN))
VERA = Actor(kind=ActorKind.PERSON, name="vera", rights=Rights(role=Role.VIEWER))


@pytest.fixture
def house(database: str) -> None:
    """An admin, ann, and a viewer, vera, who are signed in."""
    for name, role in (("ann", Role.ADMIN), ("vera", Role.VIEWER)):
        make_account(name, role)
        found = accounts.find(name)
        assert found is not None
        sessions.add(found.id, secret_hash=name, address="", agent="")


def test_a_secret_is_shown_once_and_kept_as_a_hash(house: None) -> None:
    made, secret = tokens.create_token("vera", name="ci", by=VERA)
    assert secret.startswith("jobdeck_")
    assert secret not in made.model_dump_json()
    assert tokens.list_tokens(by=VERA) == [made]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("scope", {"scope": "everything"}),
        ("scope", {"scope": "start:"}),
        ("name", {"name": "a/b"}),
        ("expires_at", {"expires_at": now() - timedelta(seconds=1)}),
    ],
)
def test_what_does_not_fit_is_named(house: None, field: str, values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        tokens.create_token("vera", **{"name": "ci", **values}, by=VERA)  # type: ignore[arg-type]  # each is one of them
    assert [one.field for one in refused.value.fields] == [field]


def test_each_sees_and_ends_their_own_and_admins_all(house: None) -> None:
    [of_ann] = [tokens.create_token(name, name="ci", by=ME)[0] for name in ("ann", "vera")][:1]
    assert [one.account for one in tokens.list_tokens(by=VERA)] == ["vera"]
    assert [one.account for one in tokens.list_tokens(by=ANN)] == ["ann", "vera"]
    assert [one.account for one in tokens.list_sessions(by=VERA)] == ["vera"]
    assert {one.account for one in tokens.list_sessions(by=ANN)} == {"ann", "vera"}
    with pytest.raises(NotFound):
        tokens.revoke_token(of_ann.id, by=VERA)
    with pytest.raises(NotFound):
        tokens.end_session(next(one.id for one in tokens.list_sessions(by=ANN) if one.account == "ann"), by=VERA)
    with pytest.raises(Forbidden, match="This needs the role admin"):
        tokens.create_token("ann", name="mine", by=VERA)

    tokens.revoke_token(of_ann.id, by=ANN)
    tokens.end_sessions(by=VERA)
    assert [one.account for one in tokens.list_tokens(by=ANN)] == ["vera"]
    assert [one.account for one in tokens.list_sessions(by=ANN)] == ["ann"]


def test_a_token_makes_no_token_that_would_outlive_it(house: None) -> None:
    program = Actor(kind=ActorKind.TOKEN, name="ann/ci", rights=Rights(role=Role.ADMIN))
    with pytest.raises(Forbidden, match="A token makes no tokens"):
        tokens.create_token("ann", name="another", by=program)
