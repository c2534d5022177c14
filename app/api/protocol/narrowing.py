"""The parameters that narrow a list of jobs, made of what `app.db.queries.filters` declares."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema, create_model

from app.api.protocol import problems
from app.api.protocol.parameters import NO_BOOLEAN, WHOLE, Instant
from app.db import JobFilter, State
from app.db.queries.filter_fields import FLOW_PARTS, IDS, INSTANTS, NAMES, STATES, WORDS, ValueKind
from app.db.queries.filters import FIELDS, filter_of_json
from app.db.queries.jobs import MAX_ID
from app.db.queries.language import MAX_CHARACTERS

BoundModel = TypeVar("BoundModel", bound=BaseModel)


_STATE = rf"\s*({'|'.join(State)})\s*"
STATES_SCHEMA: Mapping[str, Any] = {"type": "string", "pattern": rf"^({_STATE}|\s*)(,({_STATE}|\s*))*$"}
"""States with commas between them, as `split_states` reads them."""


def split_states(values: list[str]) -> list[str]:
    """Return the names of states in a parameter that may be given several times, with commas in each.

    Raises:
        ValueError: one of them is no state; the message names those there are.
    """
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in frozenset(State)]
    if unknown:
        shown = problems.shown(unknown[0])
        raise ValueError(f"“{shown}” is not a state; the states are {', '.join(State)}")
    return names


_TYPES: Mapping[ValueKind, Any] = {
    WORDS: Annotated[str, Field(max_length=MAX_CHARACTERS)],
    STATES: Annotated[list[Annotated[str, WithJsonSchema(STATES_SCHEMA)]], AfterValidator(split_states)],
    FLOW_PARTS: Literal["first"] | None,
    NAMES: Annotated[str | None, Field(max_length=200)],
    IDS: Annotated[Annotated[int, Field(ge=1, le=MAX_ID), WHOLE] | None, NO_BOOLEAN],
    INSTANTS: Instant | None,
}


def takes_filter(model: type[BoundModel]) -> type[BoundModel]:
    """Give a request every parameter that narrows a list of jobs; `filter_of` reads them."""
    declared: dict[str, Any] = {}
    for one in FIELDS:
        if one.query is not None:
            default = one.values.to_json(one.default)
            said = Field(default=default, description=one.description or None)
            declared[one.query] = (_TYPES[one.values], said)
    return create_model(model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **declared)


def filter_of(request: BaseModel) -> JobFilter:
    """Return the filter that a request of `takes_filter` asks for.

    Raises:
        QueryMistake: `q` cannot be read.
    """
    return filter_of_json({one.name: getattr(request, one.query) for one in FIELDS if one.query is not None})
