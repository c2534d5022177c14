"""What an author writes: a declaration that works, and what a wrong one is told."""

import pickle
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from app.errors import BadDeclaration, Forbidden
from app.queue import JobContext, Secret, UploadedFile, job, registry, start
from app.queue.kinds.registry import Registry
from tests.actors import ME


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


class Tree(BaseModel):
    kids: list["Tree"] = []


def _with_set(ctx: JobContext, names: set[str]) -> None: ...
def _with_tree(ctx: JobContext, root: Tree) -> None: ...
def _with_two(ctx: JobContext, value: int | str) -> None: ...
def _without_type(ctx: JobContext, value) -> None: ...  # type: ignore[no-untyped-def]  # that is the point
def _with_bare_list(ctx: JobContext, values: list) -> None: ...  # type: ignore[type-arg]  # that is the point
def _with_none(ctx: JobContext, name: str = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013
def _with_wrong_default(ctx: JobContext, count: int = "many") -> None: ...  # type: ignore[assignment]  # that is the point
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
        (_with_none, "name", "None does not fit its own type: Write `| None` behind the type if it may be empty."),
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
        ({"listed": "no"}, "listed='no' does not fit; expected True or False"),
    ],
)
def test_an_option_that_cannot_be_is_named_at_import(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadDeclaration) as caught:

        @job(**options)
        def wrong(ctx: JobContext) -> None:
            """Do nothing."""

    assert said in caught.value.message
    assert "wrong" in caught.value.message or "Not This" in caught.value.message


def test_a_decorator_used_the_wrong_way_is_told_the_right_one() -> None:
    with pytest.raises(BadDeclaration, match=re.escape("as in @job(title='Import prices')")):
        job("Import prices")  # type: ignore[call-overload]  # that is the point
    with pytest.raises(BadDeclaration, match="stands directly over a function"):
        job(Place)  # type: ignore[arg-type]  # that is the point


def test_a_name_is_declared_once() -> None:
    @job(name="twice")
    def first(ctx: JobContext) -> None:
        """Do nothing."""

    with pytest.raises(
        BadDeclaration, match=r"'twice': it is declared twice, at test_kind.py, line \d+ and test_kind.py,"
    ):

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


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("plain.py", "It declares no job. Put @job above a function."),
        ("", "is a folder; name the file in it, as in "),
        ("./absent", "is no module; name a file that ends in .py, as in "),
        ("absent_module", "There is no module 'absent_module'; a file is given with its .py, as absent_module.py."),
        ("misspelt.py", "misspelt.py, line 4: Field has no option 'titel'."),
        (
            "needy.py",
            f"needy.py, line 1: ModuleNotFoundError: No module named 'absent_module'. Install the package it is "
            f"from: {sys.executable} -m pip install",
        ),
    ],
)
def test_a_source_that_gives_no_job_says_what_to_do(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "plain.py").write_text("def plain() -> None: ...\n")
    (tmp_path / "needy.py").write_text("import absent_module\n")
    (tmp_path / "misspelt.py").write_text(
        "from typing import Annotated\nfrom pydantic import Field\nfrom app.queue import JobContext, job\n"
        "Name = Annotated[str, Field(titel='Name')]\n@job\ndef greet(ctx: JobContext, name: Name): ...\n"
    )

    registry.load([source if source.startswith(("./", "absent")) else str(tmp_path / source)])

    assert said in registry.broken[-1].error


def test_a_file_may_have_the_name_of_a_module_or_of_another_file(tmp_path: Path) -> None:
    sources = {"json.py": "like_json", "here/same_stem.py": "here", "there/same_stem.py": "there"}
    for source, kind in sources.items():
        (tmp_path / source).parent.mkdir(exist_ok=True)
        (tmp_path / source).write_text(
            f"import json\nfrom app.queue import JobContext, job\n@job\ndef {kind}(ctx: JobContext): json.dumps(1)\n"
        )

    registry.load([str(tmp_path / source) for source in sources])

    assert [one.error for one in registry.broken] == []
    for kind in sources.values():
        registry.kinds[kind].run_inline()


def test_a_pool_of_processes_can_be_given_a_files_functions(tmp_path: Path) -> None:
    (tmp_path / "shares_work.py").write_text(
        "from app.queue import JobContext, job\ndef work(): ...\n@job\ndef sharing(ctx: JobContext): return work\n"
    )

    registry.load([str(tmp_path / "shares_work.py")])

    work = registry.kinds["sharing"].run_inline().result
    assert pickle.loads(pickle.dumps(work)) is work


def test_a_name_that_another_file_has_says_which(tmp_path: Path) -> None:
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text("from app.queue import JobContext, job\n@job\ndef same(ctx: JobContext): ...\n")

    registry.load([str(tmp_path / name) for name in ("first.py", "second.py")])

    assert [one.error for one in registry.broken] == [
        "Kind 'same': this name is taken by first.py, line 2. Choose another."
    ]


def test_a_traceback_in_the_log_begins_in_the_file_that_is_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "half.py").write_text("def fail() -> None:\n    1 / 0\n\n\nfail()\n")

    registry.load([str(tmp_path / "half.py")])

    lines = caplog.text.splitlines()
    assert [line.split(", line ")[1] for line in lines if line.startswith("  File ")] == [
        "5, in <module>",
        "2, in fail",
    ]


def test_a_kind_whose_file_is_broken_is_told_from_one_that_is_gone(tmp_path: Path) -> None:
    assert registry.why_missing("greet") == "No file here declares the kind 'greet' any more."
    (tmp_path / "typo.py").write_text("def broken(:\n")

    registry.load([str(tmp_path / "typo.py")])

    assert registry.why_missing("greet").startswith("The kind 'greet' is not known here. ")
    assert "typo.py, line 1: SyntaxError" in registry.why_missing("greet")


def test_the_shipped_kinds_load() -> None:
    fresh = Registry()
    assert fresh.queues == ["default"]
    with registry.isolated():
        registry.load()
        assert registry.broken == []


def test_a_kind_is_off_until_its_setting_is_on() -> None:
    @job(off_unless="allow_commands")
    def dangerous(ctx: JobContext) -> None:
        """Do something dangerous."""

    assert registry.off_because(dangerous) == "Off. To allow it, start Jobdeck with JOBDECK_ALLOW_COMMANDS=1."
    with pytest.raises(Forbidden, match="Dangerous is off here"):
        start("dangerous", {}, by=ME)

    registry.switched_on = frozenset({"allow_commands"})
    assert registry.off_because(dangerous) is None


def test_a_switch_that_does_not_exist_is_named_at_import() -> None:
    with pytest.raises(BadDeclaration, match="allow_commands"):

        @job(off_unless="allow_comands")
        def dangerous(ctx: JobContext) -> None:
            """Do something dangerous."""
