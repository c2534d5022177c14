"""One value: written as JSON, read as the same value again."""

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, field_validator

from app.queue import Secret, UploadedFile
from app.queue.params.codec import UNSEALED, codec_of, codecs_of, readable
from app.queue.params.untyped import Unkept


class Colour(Enum):
    RED = "red"


class Point(BaseModel):
    x: int
    y: float = 0.5


class Checked(BaseModel):
    x: int

    @field_validator("x")
    @classmethod
    def _same(cls, value: int) -> int:
        return value


class Login(BaseModel):
    password: Secret


@pytest.mark.parametrize(
    ("hint", "value", "kept"),
    [
        (date, date(2026, 1, 31), "2026-01-31"),
        (datetime, datetime(2026, 1, 31, 8, tzinfo=UTC), "2026-01-31T08:00:00Z"),
        (timedelta, timedelta(seconds=90), "PT1M30S"),
        (Path, Path("a/b"), "a/b"),
        (Colour, Colour.RED, "red"),
        (Literal[1, "1"], "1", "1"),
        (list[int | None], [1, None], [1, None]),
        (Point, Point(x=1), {"x": 1, "y": 0.5}),
        (Secret, Secret("s"), {"$sealed": "s"}),
        (UploadedFile, UploadedFile("abc"), "abc"),
        (str, ["a"], {"$as": "list", "value": ["a"]}),
    ],
)
def test_a_value_is_written_and_read_as_the_same(hint: Any, value: Any, kept: Any) -> None:
    codec = codec_of(hint)

    assert codec.write(value, UNSEALED) == kept
    assert codec.read(kept, UNSEALED) == value


def test_a_number_that_a_database_gives_back_whole_is_a_float_again() -> None:
    read = codec_of(float).read(5, UNSEALED)

    assert (read, type(read)) == (5.0, float)


@pytest.mark.parametrize(
    ("hint", "is_plain"),
    [
        (int, True),
        (Annotated[int, Field(ge=1)], True),
        (list[Annotated[int, AfterValidator(abs)]], False),
        (Point, True),
        (Checked, False),
        (list[Checked], False),
    ],
)
def test_code_of_the_author_is_noticed(hint: Any, is_plain: bool) -> None:
    assert codec_of(hint).is_plain is is_plain


def test_a_secret_is_noticed_however_deep() -> None:
    assert codec_of(list[Login | None]).holds_secret
    assert codecs_of(Login)["password"].holds_secret
    assert not codec_of(list[Point]).holds_secret


def test_what_is_wrong_inside_says_where() -> None:
    with pytest.raises(Unkept) as caught:
        codec_of(list[Point]).read([{"x": 1}, {"x": "many"}], UNSEALED)
    assert caught.value.place == (1, "x")


def test_a_value_is_readable_without_the_names_of_types() -> None:
    assert readable([Point(x=1), Colour.RED, (date(2026, 1, 1), {"a": Path("b")})]) == [
        {"x": 1, "y": 0.5},
        "red",
        ["2026-01-01", {"a": "b"}],
    ]
    with pytest.raises(Unkept):
        readable(Login(password=Secret("s")))
