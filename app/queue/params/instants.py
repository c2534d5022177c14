"""One rule for times without a zone, at every door: they are meant in UTC."""

import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from inspect import isclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, RootModel

from app.queue.params.plainness import keys_of
from app.queue.params.strictness import marks_read, reads_itself

Zone = Callable[[Any], Any]
"""Returns a value with UTC in every time that names no zone."""


def with_zones(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Say UTC in every time of the given values that names no zone; the author's own checks see it so."""
    zones = _zones_of(model)
    if not zones:
        return dict(values)
    return {key: zones[key](value) if key in zones else value for key, value in values.items()}


def with_zone(hint: Any, value: Any) -> Any:
    """Say UTC in every time of one value of a type that names no zone."""
    zone = _zone_of(hint)
    return value if zone is None else zone(value)


@cache
def _zones_of(model: type[BaseModel]) -> Mapping[str, Zone]:
    """Return what gives the values of a model their zones, for the keys whose values hold times."""
    found = {
        key: _zone_of(info.annotation)
        for name, info in model.model_fields.items()
        if not reads_itself(model, name)
        for key in keys_of(model, name)
    }
    return {key: zone for key, zone in found.items() if zone is not None}


def _zone_of(hint: Any) -> Zone | None:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return None if marks_read(hint.__metadata__) else _zone_of(arguments[0])
    if origin in (Union, types.UnionType):
        [inner] = [one for one in arguments if one is not types.NoneType]
        return _zone_of(inner)
    if origin is list:
        return _zone_of_list(_zone_of(arguments[0]))
    if isclass(hint) and issubclass(hint, BaseModel):
        return _zone_of_model(hint)
    return _zoned if hint in (datetime, AwareDatetime) else None


def _zone_of_list(inner: Zone | None) -> Zone | None:
    if inner is None:
        return None
    return lambda value: list(map(inner, value)) if isinstance(value, list) else value


def _zone_of_model(model: type[BaseModel]) -> Zone | None:
    if issubclass(model, RootModel):
        return _zone_of(model.model_fields["root"].annotation)
    if not _zones_of(model):
        return None
    return lambda value: with_zones(model, value) if isinstance(value, Mapping) else value


def _zoned(value: Any) -> Any:
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value  # Pydantic says what is wrong with it
        return value if at.tzinfo is not None else at.replace(tzinfo=UTC)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)  # Pydantic takes a day for its first moment
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) and value.tzinfo is None else value
