"""The key that a program gives with a start, and what makes two requests the same."""

from typing import Any

import pytest

from app.errors import InvalidInput
from app.queue.acts.idempotency import MAX_KEY_LENGTH, Key, key_of
from app.queue.params import sealing
from tests.actors import ME


def key(text: str = "k1", **asked: Any) -> Key:
    """Make a key."""
    sealing.use_key("k" * 32)
    return key_of(text, kind="count", by=ME, asked=asked)


def test_the_order_of_names_makes_no_other_request_and_a_value_does() -> None:
    assert key(a=1, b=2) == key(b=2, a=1)
    assert key(a=1) != key(a=2)


def test_what_was_asked_for_cannot_be_read_out_of_the_key() -> None:
    assert "pa55word" not in repr(key(password="pa55word"))


@pytest.mark.parametrize("text", ["", "x" * (MAX_KEY_LENGTH + 1), "ü", "a\nb", "a\0"])
def test_what_is_no_key_is_refused_with_what_one_is(text: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 200 printable ASCII") as caught:
        key(text)

    assert [field.field for field in caught.value.fields] == ["Idempotency-Key"]
