"""The options of `@job`: what each must be."""

from typing import Any

import pytest

from app.errors import BadDeclaration
from app.queue import JobContext, job, registry


@pytest.fixture(autouse=True)
def only_these_kinds() -> Any:
    """Keep the kinds of one test from the next."""
    with registry.isolated():
        yield


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
        ({"confirm": ""}, "confirm='' does not fit; expected a text"),
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


def test_a_switch_that_does_not_exist_is_named_at_import() -> None:
    with pytest.raises(BadDeclaration, match="allow_commands"):

        @job(off_unless="allow_comands")
        def dangerous(ctx: JobContext) -> None:
            """Do something dangerous."""
