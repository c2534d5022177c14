"""`name=value` on the command line."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from app.db.files import uploads
from app.errors import InvalidInput
from app.processes.terminal.arguments import read_params, require_confirmed, store_uploads
from app.queue import JobContext, Secret, UploadedFile, job, registry
from app.queue.kinds.kind import Kind
from app.queue.params.params import validated
from tests.actors import ME


class Size(Enum):
    """A choice."""

    SMALL = "small"


class Place(BaseModel):
    """Something nested."""

    street: str
    number: int = 1


@pytest.fixture
def everything() -> Iterator[Kind[..., None]]:
    """A kind that takes every sort of value."""
    with registry.isolated():

        @job
        def everything(
            ctx: JobContext,
            text: str | None = None,
            count: Annotated[int | None, Field(ge=1)] = None,
            flag: bool = False,
            day: date | None = None,
            size: Size | None = None,
            choice: Literal["a", "7"] = "a",
            names: list[str] | None = None,
            place: Place | None = None,
            path: Path | None = None,
            file: UploadedFile | None = None,
            parts: list[UploadedFile] | None = None,
            token: Secret | None = None,
        ) -> None:
            """Take everything."""

        yield everything


@pytest.fixture
def unlock() -> Iterator[Kind[..., None]]:
    """A kind that needs a secret."""
    with registry.isolated():

        @job
        def unlock(ctx: JobContext, door: str, password: Annotated[Secret, Field(title="The word")]) -> None:
            """Unlock."""

        yield unlock


def nobody(title: str) -> str:
    """Answer no question."""
    raise EOFError


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ("text=hello world", "text", "hello world"),
        ("text=2026", "text", "2026"),  # a text that looks like a number
        ("text=007", "text", "007"),
        ("text=true", "text", "true"),
        ("text=null", "text", None),
        ('text="null"', "text", "null"),
        ("text=", "text", ""),
        ("text=a=b", "text", "a=b"),
        ("text=NaN", "text", "NaN"),
        ("count=12", "count", 12),
        ("flag=true", "flag", True),
        ("day=2026-01-31", "day", date(2026, 1, 31)),
        ("size=small", "size", Size.SMALL),
        ("choice=7", "choice", "7"),
        ('names=["a", "b"]', "names", ["a", "b"]),
        ('place={"street": "Long Road"}', "place", Place(street="Long Road")),
        ("path=nowhere/at.all", "path", Path("nowhere/at.all")),
    ],
)
def test_a_value_is_json_if_it_parses_and_fits_else_text(
    everything: Kind[..., None], given: str, name: str, value: Any
) -> None:
    params = read_params(everything, [given], ask=nobody)

    assert getattr(validated(everything.params_model, params), name) == value


def test_a_value_is_read_from_a_file(
    everything: Kind[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("long.txt").write_text("two\nlines\n")
    Path("names.json").write_text('["a"]\n')

    params = read_params(everything, ["text=@long.txt", "names=@names.json", "token=@long.txt"], ask=nobody)

    assert params == {"text": "two\nlines", "names": ["a"], "token": "two\nlines"}


def test_the_path_of_a_file_here_is_made_absolute(
    everything: Kind[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here.csv").touch()

    assert read_params(everything, ["path=here.csv"], ask=nobody) == {"path": str(tmp_path / "here.csv")}


def test_empty_path_is_no_path(everything: Kind[..., None]) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_params(everything, ["path="], ask=nobody)

    assert [(one.field, one.message) for one in caught.value.fields] == [("path", "Fill this in.")]


def test_files_are_stored_as_uploads(everything: Kind[..., None], room: Path) -> None:
    one, two = room / "one.txt", room / "two.txt"
    one.write_text("1")
    two.write_text("22")
    given = [f"file=@{one}", f'parts=["{one}", "{two}"]', "text=x"]

    stored = store_uploads(read_params(everything, given, ask=nobody), max_bytes=10, by=ME)

    assert stored["text"] == "x"
    assert uploads.get_upload(stored["file"]).name == "one.txt"
    assert [uploads.upload_path(one).read_text() for one in stored["parts"]] == ["1", "22"]


def test_a_secret_that_is_needed_is_asked_for_by_its_title(unlock: Kind[..., None]) -> None:
    asked: list[str] = []

    def answer(title: str) -> str:
        asked.append(title)
        return "sesame"

    assert read_params(unlock, ["door=oak"], ask=answer) == {"door": "oak", "password": "sesame"}
    assert asked == ["The word"]


def test_an_optional_secret_is_asked_for_when_it_is_named(everything: Kind[..., None]) -> None:
    assert read_params(everything, ["token="], ask=str.upper) == {"token": "TOKEN"}
    assert read_params(everything, [], ask=nobody) == {}


@pytest.mark.parametrize(
    ("given", "field", "said"),
    [
        ("count=many", "count", "Enter a whole number."),
        ("count=0", "count", "Enter 1 or more."),
        ("count=10.000", "count", "Enter a whole number."),  # to some it is ten thousand, to others ten
        ('place={"street": "a", "number": 10.000}', "place.number", "Enter a whole number."),
        ('place={"street": "a", "street": "b"}', "place", "Enter an object as JSON: place='{\"a\": 1}'."),
        ("names=Ada", "names", 'Enter a list as JSON: names=\'["a", "b"]\'.'),
        ("place=here", "place", "Enter an object as JSON: place='{\"a\": 1}'."),
        ("place={}", "place.street", "Fill this in."),
        ("txt=x", "txt", "There is no such parameter. Did you mean text?"),
        ("hello", "hello", "Write it as name=value."),
        ("text=@/dev/zero", "text", "/dev/zero is larger than all params may be, 64 KB."),
        ("text=@gone.txt", "text", "gone.txt cannot be read: No such file or directory."),
        ("file=gone.txt", "file", "gone.txt cannot be read: No such file or directory."),
        ("file=.", "file", ". cannot be read: Is a directory."),
        ("text=\udcff", "text", "The value is not UTF-8."),
        ("token=sesame", "token", "A secret does not stand on the command line. Write `token=` to be asked, or"),
        ("token=", "token", "It was asked for, and nothing came."),
    ],
)
def test_what_does_not_fit_is_named(everything: Kind[..., None], given: str, field: str, said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_params(everything, [given], ask=nobody)

    [one] = caught.value.fields
    assert one.field == field
    assert one.message.startswith(said)


def test_what_is_missing_or_given_twice_is_named(unlock: Kind[..., None]) -> None:
    with pytest.raises(InvalidInput) as missing:
        read_params(unlock, [], ask=str.lower)
    with pytest.raises(InvalidInput) as twice:
        read_params(unlock, ["door=a", "door=b"], ask=str.lower)

    assert [(one.field, one.message) for one in missing.value.fields] == [("door", "It is missing; write door=…")]
    assert twice.value.fields[0].message.startswith("It is given twice.")


@pytest.mark.parametrize(
    ("answer", "is_meant"), [("y\n", True), ("YES\n", True), ("\n", False), ("", False), (None, False)]
)
def test_a_kind_that_wants_to_be_confirmed_is_asked_about_with_its_params(answer: str | None, is_meant: bool) -> None:
    asked: list[str] = []

    def ask(question: str) -> str | None:
        asked.append(question)
        return answer

    with registry.isolated():

        @job(confirm="This opens it.")
        def unlock(ctx: JobContext, door: str, password: Secret) -> None:
            """Unlock."""

        params = {"door": "red", "password": "sesame"}
        if is_meant:
            require_confirmed(unlock, params, ask=ask)
        else:
            with pytest.raises(InvalidInput):
                require_confirmed(unlock, params, ask=ask)
    assert asked == ["This opens it.\n  door: red\n  password: •••\nStart Unlock? [y/N] "]


def test_a_kind_that_does_not_want_to_be_confirmed_asks_nothing(unlock: Kind[..., None]) -> None:
    require_confirmed(unlock, {}, ask=nobody)
