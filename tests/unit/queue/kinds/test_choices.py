"""What an author's function offers for a param."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.errors import BadDeclaration, InvalidInput
from app.queue import JobContext, job, registry
from app.queue.kinds.choices import MOST_CHOICES, offered_choices


@pytest.fixture(autouse=True)
def only_these_kinds() -> Iterator[None]:
    """Keep the kinds of one test from the next."""
    with registry.isolated():
        yield


def tables_of(database: str) -> list[str]:
    return [f"{database}.orders", f"{database}.rows", f"{database}.orders"]


def of_itself(table: str) -> list[str]:
    return [table]


def test_choices_depend_on_other_params_and_are_none_while_these_are_not_given() -> None:
    assert offered_choices(tables_of, {"database": "shop", "other": 1}) == ["shop.orders", "shop.rows"]
    assert offered_choices(tables_of, {}) == offered_choices(tables_of, {"database": ""}) == []
    assert offered_choices(lambda: range(2 * MOST_CHOICES), {}) == [str(number) for number in range(MOST_CHOICES)]


def test_a_function_that_fails_says_so_in_a_sentence() -> None:
    def away() -> list[str]:
        raise OSError("no route to host")

    with pytest.raises(InvalidInput, match="The choices cannot be read: OSError: no route to host"):
        offered_choices(away, {})


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"nothing": tables_of}, "choices= names 'nothing', which is no parameter"),
        ({"table": of_itself}, "takes 'table', which is no other parameter"),
        ({"table": lambda schema: []}, "takes 'schema', which is no other parameter"),
        ({"table": ["a"]}, "does not fit; expected a function"),
    ],
)
def test_choices_that_cannot_be_are_refused_at_import(choices: Any, said: str) -> None:
    with pytest.raises(BadDeclaration) as caught:

        @job(choices=choices)
        def copy(ctx: JobContext, database: str, table: str) -> None:
            """Copy."""

    assert said in caught.value.message
