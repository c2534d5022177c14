"""What an author writes: a declaration that works, and what a wrong one is told."""

import re
from pathlib import Path
from typing import Any

import pytest

from app.errors import BadDeclaration
from app.queue import JobContext, job, registry


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


def test_a_decorator_used_the_wrong_way_is_told_the_right_one() -> None:
    with pytest.raises(BadDeclaration, match=re.escape("as in @job(title='Import prices')")):
        job("Import prices")  # type: ignore[call-overload]  # that is the point
    with pytest.raises(BadDeclaration, match="stands directly over a function"):
        job(Path)  # type: ignore[arg-type]  # that is the point


def test_a_name_is_declared_once() -> None:
    @job(name="twice")
    def first(ctx: JobContext) -> None:
        """Do nothing."""

    with pytest.raises(
        BadDeclaration,
        match=r"'twice': it is declared twice, at test_declaration.py, line \d+ and test_declaration.py,",
    ):

        @job(name="twice")
        def second(ctx: JobContext) -> None:
            """Do nothing."""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"schedule": "every day"}, "'every day' has 2 fields"),
        ({"schedule": "0 25 * * *"}, "'25' is no hour"),
        ({"schedule": "0 3 * * *", "timezone": "Berlin"}, "There is no time zone 'Berlin'"),
        ({"schedule": 5}, "schedule=5 does not fit"),
        ({"queue": "bulk"}, "is kept for acts on many jobs"),
    ],
)
def test_an_option_that_cannot_be_is_named_at_import(options: dict[str, object], said: str, room: Path) -> None:
    with pytest.raises(BadDeclaration) as caught:

        @job(**options)  # type: ignore[call-overload,untyped-decorator]  # that is the point
        def wrong(ctx: JobContext) -> None:
            """Do nothing."""

    assert said in caught.value.message


def test_a_scheduled_kind_needs_defaults(room: Path) -> None:
    with pytest.raises(BadDeclaration, match="'path': a schedule starts the kind with its defaults"):

        @job(schedule="0 3 * * *")
        def wrong(ctx: JobContext, path: Path) -> None:
            """Do nothing."""
