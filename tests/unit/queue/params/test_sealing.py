"""Secrets at rest."""

import pytest

from app.queue.params import sealing
from app.queue.params.sealing import Unsealable, fingerprint, seal, unseal, use_key


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of this test alone."""
    for name in ("_key", "_fingerprint_key"):
        monkeypatch.setattr(sealing, name, getattr(sealing, name))
    use_key("a" * 32)


def test_what_was_sealed_is_opened_with_the_same_key_alone() -> None:
    token = seal("hunter2 ü")

    assert "hunter2" not in token
    assert unseal(token) == "hunter2 ü"
    use_key("b" * 32)
    with pytest.raises(Unsealable):
        unseal(token)


def test_a_fingerprint_tells_texts_apart_and_depends_on_the_key() -> None:
    one = fingerprint("a")

    assert one == fingerprint("a") != fingerprint("b")
    use_key("b" * 32)
    assert fingerprint("a") != one
