"""Who is behind a request: looked up once, again after a second, and at once after a change of this process."""

import time

import pytest

from app.auth import accounts, tokens, visits
from app.auth.visits import Visit, Visits
from app.db.accounts import accounts as stored
from app.db.accounts import sessions
from app.db.accounts import tokens as stored_tokens
from app.errors import NotSignedIn, Unavailable
from app.rights import Rights, Role
from tests.actors import ME
from tests.door import make_account


@pytest.fixture
def secret(database: str) -> str:
    """A token of ann, an operator."""
    make_account("ann", Role.OPERATOR)
    _, secret = tokens.create_token("ann", name="ci", by=ME)
    return secret


def test_the_same_secret_is_the_same_visit_and_is_looked_up_once_a_second(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Visits()
    visit = seen.of_token(secret)
    assert not seen.is_fresh(visit)
    seen.look_up(visit)
    assert visit.identity is not None
    assert (visit.identity.actor("api").name, visit.identity.rights) == ("ann/ci", Rights(role=Role.OPERATOR))
    assert seen.of_token(secret) is visit
    assert seen.of_session(secret) is not visit
    assert seen.is_fresh(visit)

    later = time.monotonic() + visits.FRESH_SECONDS + 0.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not seen.is_fresh(visit)


def test_what_this_process_changed_is_looked_up_at_once(secret: str) -> None:
    seen = Visits()
    visit = seen.of_token(secret)
    seen.look_up(visit)
    assert seen.has_accounts()

    tokens.revoke_token(1, by=ME)

    assert not seen.is_fresh(visit)
    assert not seen.is_counted
    seen.look_up(visit)
    assert visit.is_over
    with pytest.raises(NotSignedIn):
        visit.actor("page")


def test_an_open_visit_is_over_with_the_first_account(database: str) -> None:
    seen = Visits()
    visit = Visit(is_open=True)
    seen.look_up(visit)
    assert visit.actor("page").name == "local"
    accounts.add_account("ann", role=Role.ADMIN, password="correct horse", by=ME)
    seen.look_up(visit)
    assert visit.is_over


def test_while_the_database_is_away_who_was_known_stays_known(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Visits()
    known, unknown = seen.of_token(secret), seen.of_session("never seen")
    seen.look_up(known)
    assert seen.has_accounts()

    def away(*_: object) -> None:
        raise Unavailable

    for module, name in ((stored, "has_any"), (sessions, "find"), (stored_tokens, "find")):
        monkeypatch.setattr(module, name, away)
    monkeypatch.setattr(visits, "FRESH_SECONDS", -1)
    seen.look_up(known)
    assert known.identity is not None
    assert seen.has_accounts()
    with pytest.raises(Unavailable):
        seen.look_up(unknown)
