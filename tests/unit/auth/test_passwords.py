"""Passwords: what is kept, and what is right."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from app.auth import passwords
from app.errors import InvalidInput, TooMany


@pytest.fixture(autouse=True)
def _as_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash as Jobdeck does; all other tests hash in no time (tests/conftest.py)."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher)
    passwords._nobodys.cache_clear()
    yield
    passwords._nobodys.cache_clear()


@pytest.mark.thorough
def test_what_is_kept_is_argon2id_with_its_costs_and_says_nothing_of_the_password() -> None:
    kept = passwords.hashed("correct horse")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert "horse" not in kept
    assert passwords.is_right("correct horse", kept)
    assert not passwords.is_right("correct horsf", kept)


@pytest.mark.thorough
def test_a_name_that_there_is_not_takes_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # a bool anyway
            verified.append(str(hash).rpartition("$")[0].rpartition("$")[0])
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting)
    kept = passwords.hashed("correct horse")
    assert not passwords.is_right("wrong horse", kept)
    assert not passwords.is_right("wrong horse", None)
    assert len(verified) == 2
    assert verified[0] == verified[1], "with other costs it would take another time"


@pytest.mark.parametrize("password", ["", "short", "x" * 1001])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(InvalidInput):
        passwords.hashed(password)


@pytest.fixture
def crowd() -> Iterator[None]:
    """As many as may wait, who wait."""
    for _ in range(passwords.MOST_WAITING):
        passwords._waiting.acquire()
    yield
    for _ in range(passwords.MOST_WAITING):
        passwords._waiting.release()


def test_a_crowd_is_sent_away_before_it_takes_all_threads_and_memory(crowd: None) -> None:
    with pytest.raises(TooMany, match="Too many people sign in") as refused:
        passwords.is_right("correct horse", None)
    assert refused.value.wait_seconds > 0
