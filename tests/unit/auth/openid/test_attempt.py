"""What a browser keeps while its person is at the provider."""

import pytest

from app.auth.openid import attempt as attempt_module
from app.auth.openid.attempt import Attempt

KEY = "k" * 40


def test_what_was_sealed_can_be_opened_with_the_same_key_alone() -> None:
    begun = Attempt.begin("https://jobs.example/login/callback", where="/history?q=ä")
    sealed = begun.seal(KEY)

    assert Attempt.open(sealed, KEY) == begun
    assert Attempt.open(sealed, "another key of the same length, or so") is None
    assert Attempt.open(sealed[:-4] + "AAAA", KEY) is None
    assert Attempt.open("", KEY) is None
    assert begun.verifier not in sealed


def test_it_is_of_use_for_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = Attempt.begin("https://jobs.example/login/callback", where="/").seal(KEY)

    monkeypatch.setattr(attempt_module, "LASTS_SECONDS", -1)

    assert Attempt.open(sealed, KEY) is None


def test_a_way_that_no_cookie_holds_is_left_out() -> None:
    begun = Attempt.begin("https://jobs.example/login/callback", where="/history?q=" + "a" * 4000)

    assert begun.where == "/"
    assert len(begun.seal(KEY)) < 3500


def test_each_is_answered_by_its_own_state_alone() -> None:
    one, other = (Attempt.begin("https://jobs.example/login/callback", where="/") for _ in range(2))

    assert one.is_answered_by(one.state)
    assert not one.is_answered_by(other.state)
    assert not one.is_answered_by("")
    assert not one.is_answered_by("ä")
