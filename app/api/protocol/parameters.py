"""What many routes take and give alike: ids, instants, queries without surprises, lists."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Path, Query, Request
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from app.db.queries.jobs import MAX_ID
from app.errors import FieldError, InvalidInput
from app.queue import registry

T = TypeVar("T")


class Listed(BaseModel, Generic[T]):
    """A list, or a page of one."""

    items: Sequence[T]
    next: str | None = Field(default=None, description="pass it as `after` to get what follows; null at the end")


class NoQuery(BaseModel):
    """The query of a route that takes none: anything in it is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")


async def _no_query(query: Annotated[NoQuery, Query()]) -> None:
    """Refuse every query parameter. On the event loop: a plain function would need a thread."""


NO_QUERY = Depends(_no_query)


async def _no_body(request: Request) -> None:
    """Refuse every body that says something: it would be ignored. An empty object says nothing."""
    if (await request.body()).strip() not in (b"", b"{}"):
        raise InvalidInput(fields=[FieldError(field="body", message="Nothing can be said here: send no body.")])


NO_BODY = Depends(_no_body)


def _read_id(text: object) -> object:
    if isinstance(text, str) and not re.fullmatch("[0-9]{1,19}", text):
        raise ValueError("this is not an id")
    return text


# The bounds stand beside the type: beyond a validator they would reach the document as no words of JSON Schema.
JobId = Annotated[int, Field(ge=1, le=MAX_ID), BeforeValidator(_read_id), Path(alias="id", title="The job's number")]


def _say_kinds(schema: dict[str, Any]) -> None:
    schema["enum"] = sorted(registry.kinds)


KIND = Field(max_length=400, json_schema_extra=_say_kinds, description="one of `GET /kinds`")
"""For the name of a kind in a body: the document says which there are."""


def _refuse_boolean(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("Enter a number.")
    return value


NO_BOOLEAN = BeforeValidator(_refuse_boolean)
"""For numbers that may be given as texts, too: `true` would be taken for 1."""


def _refuse_texts(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("Enter a number.")
    return value


NUMBER = BeforeValidator(_refuse_texts)
"""For numbers in a body that no text stands for: "10.000" may be ten, or ten thousand."""


def _refuse_all_but_numbers(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("Enter a whole number.")
    return value


WHOLE_NUMBER = BeforeValidator(_refuse_all_but_numbers)
"""For whole numbers in a body that no text stands for: JSON's `1.0` is one."""


def _refuse_fraction(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch("[+-]?[0-9]+", value):
        raise ValueError("Enter a whole number.")
    return value


WHOLE = BeforeValidator(_refuse_fraction)
"""For whole numbers in a query: `1.0` would be taken for 1."""


def _read_instant(value: object, read: ValidatorFunctionWrapHandler) -> datetime:
    """Take RFC 3339 only, in UTC from here on; pydantic would read numbers as seconds since 1970 too."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d", value):
        try:
            at: datetime = read(value)
            return at.astimezone(UTC)
        except OverflowError as error:
            raise ValueError("It must be a time between the years 1 and 9999.") from error
        except ValidationError:  # says the same in other words, and without the zone
            pass
    raise ValueError("It must be a time with its zone, like 2026-11-01T08:30:00Z.")


Instant = Annotated[AwareDatetime, WrapValidator(_read_instant)]

Confirmed = Annotated[
    bool,
    Field(strict=True, description="whether it is meant; a kind whose option `confirm` is a text asks for true"),
]
"""In the body of everything that starts jobs, or runs them again."""
