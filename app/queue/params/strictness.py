"""What Pydantic would take without a word although somebody surely meant something else.

It takes a boolean for a number (JSON's `true` is 1 then), an empty text for a path (which is the working folder), and
drops what a nested model does not know. Looked at in what was given, beside Pydantic's own checks.
"""

import types
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum
from inspect import isclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel
from pydantic.fields import FieldInfo

from app.errors import FieldError
from app.queue.params.messages import field_name, sentence

Place = tuple[object, ...]
_NUMBERS = {int: "int_type", float: "float_type", timedelta: "time_delta_type"}


def complaints(model: type[BaseModel], values: Mapping[str, Any]) -> Iterator[FieldError]:
    """Say what is wrong with the values that were given for a model of params, nested ones as `address.zip`."""
    for name, value in values.items():
        if name in model.model_fields:
            yield from _of_value(model.model_fields[name].annotation, value, (name,))


def _of_value(hint: Any, value: Any, place: Place) -> Iterator[FieldError]:
    origin = get_origin(hint)
    if origin is Annotated:
        yield from _of_value(get_args(hint)[0], value, place)
    elif origin in (Union, types.UnionType):
        for one in get_args(hint):
            if value is not None:
                yield from _of_value(one, value, place)
    elif origin is list and isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from _of_value(get_args(hint)[0], one, (*place, number))
    elif isclass(hint) and issubclass(hint, RootModel):
        yield from _of_value(hint.model_fields["root"].annotation, value, place)
    elif isclass(hint) and issubclass(hint, BaseModel) and isinstance(value, Mapping):
        yield from _of_object(hint, value, place)
    elif isinstance(value, bool):
        if (said := _of_boolean(hint, value)) is not None:
            yield _error(place, said)
    elif hint is Path and isinstance(value, str) and not value.strip():
        yield _error(place, sentence({"type": "missing"}))


def _of_object(model: type[BaseModel], value: Mapping[str, Any], place: Place) -> Iterator[FieldError]:
    fields = {key: info for name, info in model.model_fields.items() for key in _keys(model, name, info)}
    for key, one in value.items():
        if key in fields:
            yield from _of_value(fields[key].annotation, one, (*place, key))
        elif not _knows_what_to_do_with_others(model):
            yield _error((*place, key), sentence({"type": "extra_forbidden"}))


def _error(place: Place, said: str) -> FieldError:
    return FieldError(field=field_name(place), message=said)


def _of_boolean(hint: Any, value: bool) -> str | None:
    if hint in _NUMBERS:
        return sentence({"type": _NUMBERS[hint]})
    if get_origin(hint) is Literal:
        choices = list(get_args(hint))
    elif isclass(hint) and issubclass(hint, Enum):
        choices = [one.value for one in hint]
    else:
        return None
    if any(one is value for one in choices):
        return None
    return sentence({"type": "literal_error", "ctx": {"expected": ", ".join(map(repr, choices))}})


def _keys(model: type[BaseModel], name: str, info: FieldInfo) -> Iterator[str]:
    """Give the keys under which a model reads a field: its name, or what the author wrote instead."""
    config = model.model_config
    alias = info.validation_alias
    if alias is None or config.get("populate_by_name") or config.get("validate_by_name"):
        yield name
    for one in alias.choices if isinstance(alias, AliasChoices) else [alias]:
        first = one.path[0] if isinstance(one, AliasPath) else one
        if isinstance(first, str):
            yield first


def _knows_what_to_do_with_others(model: type[BaseModel]) -> bool:
    """Say whether the author decided about further keys: by `extra=`, or by code that sees the object first."""
    decorators = model.__pydantic_decorators__.model_validators.values()
    return "extra" in model.model_config or any(one.info.mode in ("before", "wrap") for one in decorators)
