"""From a signature to a model of params: what becomes a field, and what a wrong type is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal, NewType

import pytest
from pydantic import (
    AnyUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FutureDatetime,
    InstanceOf,
    PastDate,
    SecretStr,
    Strict,
    field_validator,
)

from app.errors import BadDeclaration
from app.queue import JobContext, Secret, UploadedFile, job, registry


class Colour(Enum):
    """A choice."""

    RED = "red"


@dataclass
class Place:
    """What looks like a parameter and is none."""

    name: str


class Point(BaseModel):
    """Something nested."""

    x: int
    y: int = 0


@pytest.fixture(autouse=True)
def only_these_kinds() -> Any:
    """Keep the kinds of one test from the next."""
    with registry.isolated():
        yield


def test_every_allowed_type_becomes_a_field() -> None:
    @job
    def everything(
        ctx: JobContext,
        text: str,
        whole: Annotated[int, Field(title="Whole", ge=1, le=9, description="help")],
        part: float,
        flag: bool,
        day: date,
        instant: datetime,
        span: timedelta,
        path: Path,
        file: UploadedFile,
        colour: Colour,
        choice: Literal["a", "b"],
        secret: Secret,
        texts: list[str],
        points: list[Point],
        maybe: int | None = None,
        point: Point | None = None,
    ) -> None:
        """Take everything."""

    schema = registry.get("everything").schema()["properties"]
    assert schema["whole"] == {"title": "Whole", "minimum": 1, "maximum": 9, "description": "help", "type": "integer"}
    assert schema["secret"]["format"] == "password"
    assert schema["file"]["format"] == "uploaded-file"
    assert schema["choice"]["enum"] == ["a", "b"]


class Tree(BaseModel):
    kids: list["Tree"] = []


def _with_set(ctx: JobContext, names: set[str]) -> None: ...
def _with_tree(ctx: JobContext, root: Tree) -> None: ...
def _with_two(ctx: JobContext, value: int | str) -> None: ...
def _without_type(ctx: JobContext, value) -> None: ...  # type: ignore[no-untyped-def]  # that is the point
def _with_bare_list(ctx: JobContext, values: list) -> None: ...  # type: ignore[type-arg]  # that is the point
def _with_none(ctx: JobContext, name: str = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013
def _with_yes_for_a_number(ctx: JobContext, count: int = True) -> None: ...
def _with_one_for_yes(ctx: JobContext, flag: bool = 1) -> None: ...  # type: ignore[assignment]
def _with_yes_in_a_list(ctx: JobContext, counts: list[int] = [True]) -> None: ...  # noqa: B006
def _with_no_path(ctx: JobContext, path: Path = "") -> None: ...  # type: ignore[assignment]
def _with_wrong_default(ctx: JobContext, count: int = "many") -> None: ...  # type: ignore[assignment]  # that is the point
def _with_half_a_character(ctx: JobContext, name: str = "cut \ud83d") -> None: ...
def _with_a_long_text(ctx: JobContext, text: str = 70_000 * "x") -> None: ...
def _with_look_ahead(ctx: JobContext, word: Annotated[str, Field(pattern="(?=a)a")]) -> None: ...
def _with_no_choice(ctx: JobContext, count: int, size: Literal[()]) -> None: ...  # type: ignore[valid-type]
def _with_star(ctx: JobContext, *values: int) -> None: ...
def _with_taken_name(ctx: JobContext, model_dump: int) -> None: ...
def _without_context(path: Path) -> None: ...
def _without_anything() -> None: ...
def _with_dict(ctx: JobContext, values: dict[str, int]) -> None: ...
def _with_tuple(ctx: JobContext, pair: tuple[int, ...]) -> None: ...
def _with_bytes(ctx: JobContext, content: bytes) -> None: ...
def _with_file(ctx: JobContext, stream: BinaryIO) -> None: ...
def _with_decimal(ctx: JobContext, price: Decimal) -> None: ...
def _with_foreign_secret(ctx: JobContext, password: SecretStr) -> None: ...
def _with_dataclass(ctx: JobContext, place: Place) -> None: ...
def _with_any(ctx: JobContext, value: Any) -> None: ...
def _with_unknown_name(ctx: JobContext, value: "Elsewhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def _with_unreadable_type(ctx: JobContext, value: "1 +") -> None: ...  # type: ignore[valid-type]  # noqa: F722
async def _that_awaits(ctx: JobContext) -> None: ...
def _that_yields(ctx: JobContext) -> Iterator[int]:
    yield 1


@pytest.mark.parametrize(
    ("function", "parameter", "said"),
    [
        (_with_set, "names", "the type set[str] cannot become a form field. Use list[str] instead."),
        (_with_dict, "values", "Use a Pydantic model, which names and checks each value, instead."),
        (_with_tuple, "pair", "Use list[int] instead."),
        (_with_bytes, "content", "Use UploadedFile (or Path"),
        (_with_file, "stream", "Use UploadedFile (or Path"),
        (_with_decimal, "price", "Use str or float instead."),
        (_with_foreign_secret, "password", "Use Secret (from app.queue) instead."),
        (_with_dataclass, "place", "Use a Pydantic model"),
        (_with_any, "value", "Allowed are str, int"),
        (_with_unknown_name, "Elsewhere", "Import it at the top, not under `if TYPE_CHECKING:`."),
        (_with_unreadable_type, "", "cannot be read: "),
        (_with_tree, "root", "field 'kids': Tree holds itself, and its form would have no end."),
        (_with_two, "value", "int | str is more than one type. Choose one of them; `int | None` makes it optional."),
        (_without_type, "value", "it has no type. Write one, as in `value: str`."),
        (_with_bare_list, "values", "list"),
        (_with_wrong_default, "count", "'many' does not fit its own type: Enter a whole number."),
        (_with_yes_for_a_number, "count", "True does not fit its own type: Enter a whole number."),
        (_with_one_for_yes, "flag", "1 does not fit its own type: Choose true or false."),
        (_with_yes_in_a_list, "counts", "[True] does not fit its own type: Enter a whole number."),
        (_with_no_path, "path", "'' does not fit its own type: Fill this in."),
        (_with_none, "name", "None does not fit its own type: Write `| None` behind the type if it may be empty."),
        (_with_half_a_character, "name", "cannot be stored. Enter a text of whole characters"),
        (_with_a_long_text, "text", "xxx' cannot be stored. All parameters together may take 64 KB."),
        (_with_look_ahead, "'word'", "is not supported. Give the pattern as re.compile(…), which Python reads itself."),
        (_with_no_choice, "'size'", "it cannot become a form field: literal"),
        (_with_star, "values", "name each parameter"),
        (_with_taken_name, "model_dump", "this name is taken"),
        (
            _without_context,
            "path",
            "the first parameter must be `ctx: JobContext`, not `path: pathlib.Path`. Write `def ",
        ),
        (_without_anything, "", "Write `def _without_anything(ctx: JobContext)`."),
        (
            _that_awaits,
            "",
            "Write `def` instead of `async def`; what is asynchronous runs inside it with asyncio.run(…).",
        ),
        (_that_yields, "", "a job returns its result, it does not yield. Report steps with ctx.progress(…)"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_at_import(function: Any, parameter: str, said: str) -> None:
    with pytest.raises(BadDeclaration) as caught:
        job(name="broken")(function)
    assert "'broken'" in caught.value.message
    assert parameter in caught.value.message
    assert said in caught.value.message


UserId = NewType("UserId", int)


class Exact(BaseModel):
    """Takes nothing but what is of the type already."""

    model_config = ConfigDict(strict=True)

    number: int = 1
    days: list[date | None] = []


class Loose(BaseModel):
    """Says so of one value."""

    at: Annotated[datetime | None, Strict()] = None


class Reading(BaseModel):
    """Reads what it is given itself, but for what it is not strict about."""

    model_config = ConfigDict(strict=True)

    day: date
    lax: Annotated[timedelta, Field(strict=False)] = timedelta(0)
    number: int = 1

    @field_validator("day", mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return date.fromisoformat(given) if isinstance(given, str) else given


def declared(hint: Any) -> Any:
    """Declare a kind of one parameter."""

    def take(ctx: JobContext, value: Any) -> Any:
        return value

    take.__annotations__["value"] = hint
    return job(take)


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (Exact, "parameter 'value', field 'days': a strict date cannot be given by a form or by JSON"),
        (list[Loose], "field 'at': a strict datetime cannot be given"),
        (Annotated[Path, Field(strict=True)], "a strict Path cannot be given"),
        (Annotated[Colour, Strict()], "a strict Colour cannot be given"),
        (InstanceOf[timedelta], "a strict timedelta cannot be given"),
        (UserId, "Use int instead."),
        (list[UserId], "Use int instead."),
        (AnyUrl, "Use str instead."),
        (PastDate, "Use date instead."),
        (FutureDatetime, "Use datetime instead."),
    ],
)
def test_a_type_that_nobody_could_give_a_value_of_is_refused_with_one_that_can(hint: Any, said: str) -> None:
    with pytest.raises(BadDeclaration) as caught:
        declared(hint)

    assert said in caught.value.message


@pytest.mark.parametrize(
    ("hint", "given", "wanted"),
    [
        (Annotated[int, Strict()], 5, 5),
        (Annotated[list[date], Strict()], ["2026-01-31"], [date(2026, 1, 31)]),
        (Annotated[date, Strict(), BeforeValidator(date.fromisoformat)], "2026-01-31", date(2026, 1, 31)),
        (
            Reading,
            {"day": "2026-01-31", "lax": "PT1M"},
            Reading(day=date(2026, 1, 31), lax=timedelta(minutes=1)),
        ),
    ],
)
def test_what_is_strict_about_numbers_or_reads_texts_itself_is_taken(hint: Any, given: Any, wanted: Any) -> None:
    assert declared(hint).run_inline(given).result == wanted
