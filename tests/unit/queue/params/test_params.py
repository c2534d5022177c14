"""How given values are checked, told in a line, and put together with secrets."""

from typing import Annotated, Any

import pytest
from pydantic import AfterValidator

from app.errors import InvalidInput
from app.queue import JobContext
from app.queue.params.params import params_text, validated, with_secrets
from app.queue.params.signature import params_model


def count(ctx: JobContext, times: Annotated[int, AfterValidator(lambda value: 10 // value)], name: str = "a") -> None:
    """Count."""


MODEL = params_model(count, kind="count")


def test_values_are_checked_once_by_the_authors_code_too() -> None:
    assert validated(MODEL, {"times": 5}).times == 2  # type: ignore[attr-defined]  # the model is made at run time


def test_a_settled_value_is_taken_as_it_is() -> None:
    params: Any = validated(MODEL, {"times": 0, "name": "b"}, settled={"times": 7})

    assert (params.times, params.name) == (7, "b")


@pytest.mark.parametrize(
    ("values", "fields"),
    [({}, ["times"]), ({"times": "x", "zz": 1}, ["times", "zz"]), ({"times": 0}, [])],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        validated(MODEL, values)
    assert [one.field for one in caught.value.fields] == fields


def test_params_are_told_in_a_line_without_what_is_empty() -> None:
    assert params_text({"a": "x", "b": [1, "é"], "c": None, "d": "", "e": 0}) == 'a=x, b=[1, "é"], e=0'


def test_secrets_come_back_in_the_place_of_their_dots() -> None:
    shown = {"user": "ada", "pin": "•••", "more": {"key": "•••"}, "list": ["•••", "•••"]}
    kept = {"user": "ada", "pin": "1", "more": {"key": "2"}, "list": ["3", "4"]}

    assert with_secrets(shown, shown, kept) == kept
    assert with_secrets({**shown, "user": "bob"}, shown, kept) == {**kept, "user": "bob"}
    assert with_secrets({**shown, "list": ["•••"]}, shown, kept)["list"] == ["•••"]
    assert with_secrets({"new": None}, shown, kept) == {"new": None}
