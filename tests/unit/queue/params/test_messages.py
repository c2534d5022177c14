"""Pydantic's errors in words."""

from typing import Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from app.queue.params.messages import MAX_FIELD_LENGTH, field_errors, field_name, sentence


class Point(BaseModel):
    x: int = Field(ge=1)
    names: list[str] = []


def test_each_error_names_its_place_and_never_the_value() -> None:
    with pytest.raises(ValidationError) as caught:
        Point.model_validate({"x": 0, "names": ["a", 12345]})

    assert [(one.field, one.message) for one in field_errors(caught.value)] == [
        ("x", "Enter 1 or more."),
        ("names.1", "Enter a text."),
    ]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"type": "missing"}, "Fill this in."),
        ({"type": "less_than_equal", "ctx": {"le": 5.0}}, "Enter 5 or less."),
        ({"type": "string_too_short", "ctx": {"min_length": 1}}, "Fill this in."),
        ({"type": "timezone_aware", "msg": "x"}, "Enter a date and time, as 2026-01-31T08:30."),
        ({"type": "value_error", "msg": "x", "ctx": {"error": ValueError("Not on a Sunday.")}}, "Not on a Sunday."),
        ({"type": "something_new", "msg": "Odd"}, "Odd."),
    ],
)
def test_an_error_says_what_would_be_right(error: dict[str, Any], said: str) -> None:
    assert sentence(error) == said


def test_the_name_of_a_place_is_short_and_can_be_written() -> None:
    assert field_name(("a", 0, "b")) == "a.0.b"
    assert field_name(("\ud800",)) == "?"
    assert len(field_name(("x" * 500,))) == MAX_FIELD_LENGTH
