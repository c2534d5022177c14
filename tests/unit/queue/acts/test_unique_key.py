"""The key by which a start finds the unfinished job that it would repeat."""

from collections.abc import Callable
from typing import Any

import pytest

from app.errors import InvalidInput
from app.queue import JobContext, Secret, job, registry
from app.queue.acts.unique_key import MAX_KEY_LENGTH, unique_key
from app.queue.params import sealing
from app.queue.params.checked import checked


def key(unique: Any, *, asked: str | None = None, **params: Any) -> str | None:
    """Return the key of a start with these params, of a kind that is `unique` so."""
    sealing.use_key("k" * 32)
    with registry.isolated():

        @job(unique=unique)
        def send(ctx: JobContext, to: str = "", size: int = 0, password: Secret | None = None) -> None:
            """Send something."""

        kind = registry.get("send")
        return unique_key(kind, checked(kind.params_model, params), asked=asked)


def test_a_kind_that_may_be_started_any_number_of_times_has_none() -> None:
    assert key(None) is None
    assert key(None, asked="mine") == "mine"


def test_params_that_mean_the_same_have_one_key_and_secrets_count() -> None:
    assert key("params", to="me", size=1) == key("params", size=1.0, to="me")
    assert key("params", to="me") != key("params", to="you")
    assert key("params", password="a") == key("params", password="a")
    assert key("params", password="a") != key("params", password="b")


def test_a_function_of_the_author_makes_it_and_the_callers_own_goes_before_it() -> None:
    assert key(lambda params: params.to, to="me") == "me"
    assert key(lambda params: params.to, to="me", asked="other") == "other"


@pytest.mark.parametrize(
    ("unique", "said"),
    [
        (lambda params: params.gone, "unique= function failed: AttributeError"),
        (lambda params: 7, "a text of 1 to 200 printable characters"),
        (lambda params: "", "a text of 1 to 200 printable characters"),
        (lambda params: "x" * (MAX_KEY_LENGTH + 1), "a text of 1 to 200 printable characters"),
        (lambda params: "two\nlines", "a text of 1 to 200 printable characters"),
    ],
)
def test_what_is_no_key_refuses_the_start_in_words(unique: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        key(unique)

    assert [field.field for field in caught.value.fields] == ["unique_key"]
    assert said in caught.value.fields[0].message
