"""What Pydantic would take without a word although somebody surely meant something else.

Pydantic takes a boolean for a number (JSON's `true` is 1 then), the text "10.000" for ten, the number 20260131 for a
time in 1970, an empty text for a path (which is the working folder), and drops what a nested model does not know. The
values that were given are looked at here, beside Pydantic's own checks. A value that the author's own code reads first
is left to that code.
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache, partial
from inspect import isclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, BeforeValidator, PlainValidator, RootModel, WrapValidator

from app.errors import FieldError
from app.queue.params.messages import field_name, sentence
from app.queue.params.plainness import keys_of

Place = tuple[object, ...]
_TYPES: dict[Any, str] = {
    int: "int_type",
    float: "float_type",
    timedelta: "time_delta_type",
    date: "date_type",
    datetime: "datetime_type",
    AwareDatetime: "datetime_type",
}
"""The types that are read from more than one form, and how Pydantic calls what is none of them."""
_MAX_EXACT = 2**53
"""Beyond it a number with a fraction point may stand for a neighbour of what was written."""
_NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?"
_FORMS: dict[Any, re.Pattern[str]] = {
    int: re.compile(r"[+-]?\d+", re.ASCII),
    float: re.compile(_NUMBER, re.ASCII | re.IGNORECASE),
    # No months: Pydantic takes one for 30 days. Years stay, as 365 days: Pydantic writes long durations with them.
    timedelta: re.compile(
        r"[+-]?P(?![^T]*M).+|(\d+ days?,? ?)?\d+:\d\d(:\d\d(\.\d+)?)?|\d+ days?", re.ASCII | re.IGNORECASE
    ),
    date: re.compile(r"\d{4}-\d\d-\d\d.*", re.ASCII),
    datetime: re.compile(r"\d{4}-\d\d-\d\d.*", re.ASCII),
    AwareDatetime: re.compile(r"\d{4}-\d\d-\d\d.*", re.ASCII),
}
"""The texts that are read as one of them. Pydantic reads more: "10.000" as ten, "20260131" as a day in 1970."""


def unfit_values(model: type[BaseModel], values: Mapping[str, Any]) -> list[FieldError]:
    """Say what is wrong with the values that were given for a model of params, nested ones as `address.zip`."""
    wrong: list[FieldError] = []
    _check_object(model, values, (), wrong)
    return wrong


def reads_itself(model: type[BaseModel], name: str) -> bool:
    """Say whether code of the author sees the value of a field before Pydantic does."""
    validators = model.__pydantic_decorators__.field_validators.values()
    by_name = any(name in one.info.fields and one.info.mode != "after" for one in validators)
    return by_name or marks_read(model.model_fields[name].metadata)


def marks_read(marks: Iterable[Any]) -> bool:
    """Say whether one of these marks of a type sees the value before Pydantic does."""
    return any(isinstance(mark, BeforeValidator | WrapValidator | PlainValidator) for mark in marks)


Check = Callable[[Any, Place, list[FieldError]], None]
"""Looks at a value and its place, and adds what is wrong."""


@cache
def _checks_of(model: type[BaseModel]) -> Mapping[str, Check | None]:
    """Return the check of each key that a model knows; None: nothing there needs a look."""
    return {
        key: None if reads_itself(model, name) else _check_of(info.annotation)
        for name, info in model.model_fields.items()
        for key in keys_of(model, name)
    }


def _check_of(hint: Any) -> Check | None:
    """Return the check of a type."""
    origin = get_origin(hint)
    if origin is Annotated:
        return None if marks_read(hint.__metadata__) else _check_of(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        [inner] = [one for one in get_args(hint) if one is not types.NoneType]
        return _check_of(inner)
    if origin is list:
        return _check_of_list(_check_of(get_args(hint)[0]))
    if isclass(hint) and issubclass(hint, RootModel):
        return _check_of(hint.model_fields["root"].annotation)
    if isclass(hint) and issubclass(hint, BaseModel):
        return None if reads_all(hint) else partial(_check_model, hint)
    is_looked_at = (
        hint in _TYPES or hint in (bool, Path) or origin is Literal or (isclass(hint) and issubclass(hint, Enum))
    )
    return partial(_check_one, hint) if is_looked_at else None


def _check_of_list(inner: Check | None) -> Check | None:
    if inner is None:
        return None

    def check(value: Any, place: Place, wrong: list[FieldError]) -> None:
        if isinstance(value, list | tuple):
            for number, one in enumerate(value):
                inner(one, (*place, number), wrong)

    return check


def _check_model(model: type[BaseModel], value: Any, place: Place, wrong: list[FieldError]) -> None:
    if isinstance(value, Mapping):
        _check_object(model, value, place, wrong)


def _check_object(model: type[BaseModel], value: Mapping[str, Any], place: Place, wrong: list[FieldError]) -> None:
    checks = _checks_of(model)
    for key, one in value.items():
        if key not in checks:
            if "extra" not in model.model_config:
                wrong.append(_error((*place, key), sentence({"type": "extra_forbidden"})))
        elif (check := checks[key]) is not None:
            check(one, (*place, key), wrong)


def _check_one(hint: Any, value: Any, place: Place, wrong: list[FieldError]) -> None:
    if type(value) is hint:
        return
    if (said := _of_one(hint, value)) is not None:
        wrong.append(_error(place, said))


def _of_one(hint: Any, value: Any) -> str | None:
    """Say what is wrong with one value that is neither a list nor an object; None: nothing."""
    if isinstance(value, bool):
        return _of_boolean(hint, value)
    if isinstance(value, str):
        return _of_text(hint, value)
    if hint is bool and isinstance(value, int | float):
        return sentence({"type": "bool_type"})
    if isinstance(value, int | float) and hint in (date, datetime, AwareDatetime):
        return sentence({"type": _TYPES[hint]})
    if hint is int and isinstance(value, float) and abs(value) > _MAX_EXACT:
        return sentence({"type": "int_type"})
    return _of_number(hint, value) if isinstance(value, int | float) else None


def _of_text(hint: Any, text: str) -> str | None:
    if hint is Path:
        return None if text.strip() else sentence({"type": "missing"})
    number = _number_of(hint)
    form = _FORMS.get(number)
    return None if form is None or form.fullmatch(text) else sentence({"type": _TYPES[number]})


def _number_of(hint: Any) -> Any:
    """Return the type of the numbers among which an Enum or a Literal lets choose; another type as it is."""
    if isclass(hint) and issubclass(hint, Enum):
        kinds = {type(one.value) for one in hint}
        return kinds.pop() if len(kinds) == 1 else None
    return hint if isinstance(hint, type) or hint is AwareDatetime else None


def _error(place: Place, said: str) -> FieldError:
    return FieldError(field=field_name(place), message=said)


def _of_boolean(hint: Any, value: bool) -> str | None:
    if hint in _TYPES:
        return sentence({"type": _TYPES[hint]})
    choices = _choices_of(hint)
    return None if choices is None or any(one is value for one in choices) else _said_of(choices)


def _of_number(hint: Any, value: float) -> str | None:
    """Say what is wrong with a number where one may choose: 1 is not yes, though Python takes them for equal."""
    choices = _choices_of(hint) or []
    is_there = any(type(one) is type(value) and one == value for one in choices)
    is_yes_or_no = any(isinstance(one, bool) and one == value for one in choices)
    return _said_of(choices) if is_yes_or_no and not is_there else None


def _choices_of(hint: Any) -> list[Any] | None:
    if get_origin(hint) is Literal:
        return list(get_args(hint))
    return [one.value for one in hint] if isclass(hint) and issubclass(hint, Enum) else None


def _said_of(choices: list[Any]) -> str:
    return sentence({"type": "literal_error", "ctx": {"expected": ", ".join(map(repr, choices))}})


def reads_all(model: type[BaseModel]) -> bool:
    """Say whether code of the author sees the whole object before Pydantic does."""
    decorators = model.__pydantic_decorators__.model_validators.values()
    return any(one.info.mode in ("before", "wrap") for one in decorators)
