"""One rule for times without a zone, at every door: they are meant in UTC."""

import types
from collections.abc import Mapping
from datetime import UTC, datetime
from inspect import isclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from app.queue.params.plainness import keys_of
from app.queue.params.strictness import marks_read, reads_itself


def with_zones(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Say UTC in every time of the given values that names no zone; the author's own checks see it so."""
    fields = {
        key: info.annotation
        for name, info in model.model_fields.items()
        if not reads_itself(model, name)
        for key in keys_of(model, name)
    }
    return {key: with_zone(fields[key], value) if key in fields else value for key, value in values.items()}


def with_zone(hint: Any, value: Any) -> Any:
    """Say UTC in every time of one value of a type that names no zone."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return value if marks_read(hint.__metadata__) else with_zone(arguments[0], value)
    if origin in (Union, types.UnionType):
        [inner] = [one for one in arguments if one is not types.NoneType]
        return with_zone(inner, value)
    if origin is list and isinstance(value, list):
        return [with_zone(arguments[0], one) for one in value]
    if isclass(hint) and issubclass(hint, BaseModel) and isinstance(value, Mapping):
        return with_zones(hint, value)
    return _zoned(value) if hint in (datetime, AwareDatetime) else value


def _zoned(value: Any) -> Any:
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value  # Pydantic says what is wrong with it
        return value if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
