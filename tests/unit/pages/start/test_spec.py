"""What a form asks for is read from the params model: titles, limits, defaults, what may be left out."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, Field, SecretStr

from app.pages.start.spec import MISSING, holds_unkept, limits_text, note_text, specs_of
from app.queue import UploadedFile


class Inner(BaseModel):
    """A group."""

    key: SecretStr
    size: int = 1


class Params(BaseModel):
    """One of each."""

    in_file: Annotated[str, Field(min_length=1, max_length=20, description="What to read.")]
    width: Annotated[int, Field(ge=1, lt=1000, multiple_of=5)] | None = None
    wait: Annotated[timedelta, Field(gt=timedelta(0))] = timedelta(minutes=1)
    note: Annotated[str, Field(max_length=1200)] = ""
    tags: Annotated[list[str], Field(max_length=3)] = Field(default_factory=lambda: ["a"], title="Labels")
    inner: Inner = Inner(key=SecretStr("x"))
    files: list[UploadedFile] = []


SPECS = {one.name: one for one in specs_of(Params)}


def test_each_parameter_is_described_in_order() -> None:
    assert [one.title for one in SPECS.values()] == ["In file", "Width", "Wait", "Note", "Labels", "Inner", "Files"]
    assert (SPECS["in_file"].help, SPECS["in_file"].is_required) == ("What to read.", True)
    assert (SPECS["width"].type, SPECS["width"].is_optional, SPECS["width"].default) == (int, True, None)
    assert (SPECS["wait"].default, SPECS["tags"].default) == ("PT1M", ["a"])
    assert SPECS["inner"].default is MISSING, "it holds a secret"


def test_what_fits_is_said_in_a_few_words() -> None:
    assert limits_text(SPECS["in_file"]) == "1 to 20 characters"
    assert limits_text(SPECS["width"]) == "at least 1, less than 1000, in steps of 5"
    assert limits_text(SPECS["wait"]) == "more than 0s"
    assert limits_text(SPECS["note"]) == "at most 1,200 characters", "no year"
    assert limits_text(SPECS["tags"]) == "at most 3 items"
    assert note_text(SPECS["width"]) == "at least 1, less than 1000, in steps of 5 · optional"


def test_an_empty_control_means_none_where_that_is_allowed_and_else_that_it_is_left_out() -> None:
    assert SPECS["width"].empty is None
    assert SPECS["wait"].empty is MISSING


def test_the_items_of_a_list_are_numbered_from_one() -> None:
    item = SPECS["tags"].item(1)
    assert (item.title, item.name, item.type) == ("Labels 2", "tags.1", str)


def test_secrets_and_uploads_are_not_kept_however_deep_they_are() -> None:
    assert [name for name, one in SPECS.items() if holds_unkept(one)] == ["inner", "files"]
