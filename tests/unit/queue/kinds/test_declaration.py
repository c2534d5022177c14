"""What cannot be is refused where it is declared."""

from pathlib import Path

import pytest

from app.errors import BadDeclaration
from app.queue import JobContext, job


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"schedule": "every day"}, "'every day' is no cron expression"),
        ({"schedule": "0 25 * * *"}, "is no cron expression"),
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
