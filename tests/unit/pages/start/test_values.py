"""The values of a form: numbers as people group them, choices, and what cannot be read."""

from enum import Enum
from typing import Literal

import pytest

from app.pages.start.values import (
    Unreadable,
    choices,
    name_of,
    parse_number,
    path_of,
    place_among,
    unreadable_in,
    value_at,
)


class Size(Enum):
    """A choice whose values are no words."""

    VERY_SMALL = 1
    LARGE = 2


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" 12 ", 12),
        ("10 000", 10_000),
        ("10,000", 10_000),
        ("1\u202f000\u202f000", 1_000_000),
        (str(2**70), 2**70),
        ("10.000", "10.000"),
        ("10,00", "10,00"),
        ("1,000 000", "1,000 000"),
        ("٣", "٣"),
    ],
)
def test_a_whole_number_is_exact_and_what_may_mean_two_things_stays_text(text: str, number: int | str) -> None:
    assert parse_number(text, is_whole=True) == number


@pytest.mark.parametrize(
    ("text", "number"), [("1e3", 1000.0), (".5", 0.5), ("10 000.5", 10_000.5), ("1,5", "1,5"), ("inf", "inf")]
)
def test_a_number_has_a_point_and_no_comma(text: str, number: float | str) -> None:
    assert parse_number(text, is_whole=False) == number


def test_choices_are_named_by_their_words() -> None:
    assert choices(Literal["a", 1]) == [("a", "a"), (1, "1")]
    assert choices(Size) == [(1, "Very small"), (2, "Large")]
    assert choices(bool) == [(True, "Yes"), (False, "No")]


def test_yes_is_not_one_among_choices() -> None:
    assert place_among(choices(Literal[1, True]), True) == 1
    assert place_among(choices(Literal["a"]), "b") is None


def test_what_cannot_be_read_is_found_wherever_it_is() -> None:
    values = {"a": [1, {"b": Unreadable("Enter a number.")}], "c": 2}

    assert list(unreadable_in(values)) == [(("a", 1, "b"), "Enter a number.")]
    assert value_at(values, ("a", 0)) == 1
    assert [value_at(values, path) for path in (("a", 9), ("c", "x"), ("d",))] == [None, None, None]


def test_a_place_is_written_as_the_api_does_and_read_back() -> None:
    assert name_of(("address", 0, "zip")) == "address.0.zip"
    assert path_of("address.0.zip") == ("address", 0, "zip")
    assert path_of("") == ()
