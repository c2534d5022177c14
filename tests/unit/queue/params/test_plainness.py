"""What an author wrote about a field: does it change values, and by which keys is it read?"""

from typing import Annotated, Any

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
)
from pydantic.fields import FieldInfo

from app.queue.params.plainness import is_plain_mark, is_plain_model, is_read_by_place, key_of, keys_of


class Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    a: Annotated[int, Field(ge=1, title="A")] = 1


class Loose(BaseModel):
    model_config = ConfigDict(extra="allow")


class Coerced(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True)


class Private(BaseModel):
    _seen: int = PrivateAttr(0)


class Made(BaseModel):
    def __init__(self, **values: Any) -> None:
        super().__init__(**values)


class Keys(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    a: int = Field(alias="first")
    b: int = Field(validation_alias=AliasChoices("second", AliasPath("all", 1)))


@pytest.mark.parametrize(
    ("model", "is_plain"), [(Plain, True), (Loose, False), (Coerced, False), (Private, False), (Made, False)]
)
def test_a_model_that_runs_code_or_changes_values_is_not_plain(model: type[BaseModel], is_plain: bool) -> None:
    assert is_plain_model(model) is is_plain


@pytest.mark.parametrize(
    ("mark", "is_plain"),
    [
        ("a note of the author", True),
        (StringConstraints(strip_whitespace=True), True),
        (Field(ge=1), True),
        (Field(alias="b"), False),
        (Field(exclude=True), False),
        (AfterValidator(abs), False),
    ],
)
def test_a_mark_that_may_change_a_value_is_not_plain(mark: str | FieldInfo, is_plain: bool) -> None:
    assert is_plain_mark(mark) is is_plain


def test_a_field_is_read_by_its_name_or_what_stands_for_it() -> None:
    assert keys_of(Keys, "a") == ["a", "first"]
    assert keys_of(Keys, "b") == ["b", "second"]
    assert (key_of(Plain, "a"), key_of(Keys, "a")) == ("a", "a")
    assert (is_read_by_place(Keys, "a"), is_read_by_place(Keys, "b")) == (False, True)
