"""What an author writes: a declaration that works, and what a wrong one is told."""

from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from app.errors import BadDeclaration
from app.queue import JobContext, Secret, UploadedFile, job, registry
from app.queue.registry import Registry


class Colour(Enum):
    """A choice."""

    RED = "red"


class Point(BaseModel):
    """Something nested."""

    x: int
    y: int = 0


@pytest.fixture(autouse=True)
def only_these_kinds() -> Any:
    """Keep the kinds of one test from the next."""
    with registry.isolated():
        yield


def test_a_bare_function_becomes_a_kind_with_the_defaults_of_the_contract() -> None:
    @job
    def import_readings(ctx: JobContext, path: Path, limit: int = 10_000) -> str:
        """Import at most `limit` rows.

        More about it.
        """
        return f"{path} {limit}"

    kind = registry.get("import_readings")
    assert (kind.title, kind.description) == ("Import readings", "Import at most limit rows.")
    assert (kind.queue, kind.max_retries, kind.retry_delay) == ("default", 3, 15)
    assert (kind.timeout, kind.grace) == (None, 10)
    assert kind.schema()["required"] == ["path"]


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


def _with_set(ctx: JobContext, names: set[str]) -> None: ...
def _with_two(ctx: JobContext, value: int | str) -> None: ...
def _without_type(ctx: JobContext, value) -> None: ...  # type: ignore[no-untyped-def]  # that is the point
def _with_bare_list(ctx: JobContext, values: list) -> None: ...  # type: ignore[type-arg]  # that is the point
def _with_wrong_default(ctx: JobContext, count: int = "many") -> None: ...  # type: ignore[assignment]  # that is the point
def _with_star(ctx: JobContext, *values: int) -> None: ...
def _with_taken_name(ctx: JobContext, model_dump: int) -> None: ...
def _without_context(path: Path) -> None: ...


@pytest.mark.parametrize(
    ("function", "parameter", "said"),
    [
        (_with_set, "names", "set[str]"),
        (_with_two, "value", "more than one type"),
        (_without_type, "value", "it has no type"),
        (_with_bare_list, "values", "list"),
        (_with_wrong_default, "count", "'many' does not fit its own type: Enter a whole number."),
        (_with_star, "values", "name each parameter"),
        (_with_taken_name, "model_dump", "this name is taken"),
        (_without_context, "", "the first parameter must be `ctx: JobContext`"),
    ],
)
def test_a_parameter_that_cannot_be_is_named_at_import(function: Any, parameter: str, said: str) -> None:
    with pytest.raises(BadDeclaration) as caught:
        job(name="broken")(function)
    assert "'broken'" in caught.value.message
    assert parameter in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"titel": "x"}, "no option titel=. Did you mean title=?"),
        ({"max_retries": -1}, "max_retries=-1 does not fit"),
        ({"timeout": 0}, "timeout=0 does not fit"),
        ({"queue": "no spaces"}, "queue='no spaces' does not fit"),
        ({"retry_on": "ValueError"}, "retry_on='ValueError' does not fit"),
        ({"retry_delay": []}, "retry_delay=[] does not fit"),
        ({"name": "Not This"}, "name='Not This' does not fit"),
    ],
)
def test_an_option_that_cannot_be_is_named_at_import(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadDeclaration) as caught:

        @job(**options)
        def wrong(ctx: JobContext) -> None:
            """Do nothing."""

    assert said in caught.value.message
    assert "wrong" in caught.value.message or "Not This" in caught.value.message


def test_a_name_is_declared_once() -> None:
    @job(name="twice")
    def first(ctx: JobContext) -> None:
        """Do nothing."""

    with pytest.raises(BadDeclaration, match="'twice'"):

        @job(name="twice")
        def second(ctx: JobContext) -> None:
            """Do nothing."""


def test_one_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(
        "from app.queue import JobContext, job\n@job\ndef fine(ctx: JobContext) -> None:\n    'Do.'\n"
    )
    (tmp_path / "half.py").write_text(
        "from app.queue import JobContext, job\n@job\ndef lost(ctx: JobContext) -> None:\n    'Do.'\n1 / 0\n"
    )
    (tmp_path / "typo.py").write_text("def broken(:\n")

    registry.load([str(tmp_path / name) for name in ("half.py", "typo.py", "good.py", "gone.py")])

    assert "fine" in registry.kinds
    assert "lost" not in registry.kinds
    errors = {Path(one.source).name: one.error for one in registry.broken}
    assert errors["half.py"] == "half.py, line 5: ZeroDivisionError: division by zero"
    assert errors["typo.py"].startswith("typo.py, line 1: SyntaxError")
    assert errors["gone.py"].startswith("There is no file")


def test_the_shipped_kinds_load() -> None:
    fresh = Registry()
    assert fresh.queues == ["default"]
    with registry.isolated():
        registry.load()
        assert registry.broken == []
