"""From the signature of a function to the model of its params."""

import inspect
import reprlib
import types
import typing
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from io import IOBase
from math import isfinite
from pathlib import Path, PurePath
from typing import IO, Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AnyUrl,
    AwareDatetime,
    BaseModel,
    ByteSize,
    FutureDate,
    FutureDatetime,
    InstanceOf,
    NaiveDatetime,
    PastDate,
    PastDatetime,
    SecretStr,
    Strict,
    ValidationError,
    create_model,
)
from pydantic.fields import FieldInfo
from pydantic_core import SchemaError

from app.errors import BadDeclaration, FieldError
from app.queue.params.checked import unstorable
from app.queue.params.codec import UNSEALED, codecs_of, made, readable
from app.queue.params.field_types import Secret, UploadedFile
from app.queue.params.instants import with_zone
from app.queue.params.messages import sentence
from app.queue.params.params import Params
from app.queue.params.plainness import is_read_by_place
from app.queue.params.results.result import Result
from app.queue.params.strictness import marks_read, reads_all, reads_itself, unfit_values
from app.queue.params.untyped import Unkept

SCALARS: tuple[type, ...] = (str, int, float, bool, date, datetime, AwareDatetime, timedelta, Path)
_GIVEN_AS_TEXT = (date, datetime, AwareDatetime, timedelta, Path)
ALLOWED = (
    "str, int, float, bool, date, datetime, timedelta, Path, UploadedFile, Enum, Literal, Secret, Result, "
    "a list of those, `X | None`, or a Pydantic model of those"
)


def params_model(function: Callable[..., Any], *, kind: str) -> type[Params]:
    """Make the model of a job function's parameters; the first one, the context, is left out.

    Raises:
        BadDeclaration: a parameter has no type, one that is not allowed, or a default that does not fit it.
    """
    fields: dict[str, Any] = {}
    hints = _hints(function, kind)
    for parameter in _parameters(function, kind):
        where = f"Kind {kind!r}, parameter {parameter.name!r}"
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise BadDeclaration(f"{where}: *args and **kwargs cannot become a form; name each parameter.")
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise BadDeclaration(f"{where}: it must be possible to pass it by name; remove the `/`.")
        if parameter.name.startswith("_") or hasattr(BaseModel, parameter.name):
            raise BadDeclaration(f"{where}: this name is taken; choose another (no leading underscore).")
        if parameter.name not in hints:
            shown = f"`{parameter.name}: str`"
            raise BadDeclaration(f"{where}: it has no type. Write one, as in {shown}. Allowed are {ALLOWED}.")
        hint = hints[parameter.name]
        _check_type(hint, where)
        fields[parameter.name] = (
            hint,
            ... if parameter.default is parameter.empty else with_zone(hint, parameter.default),
        )
    return _model(function, fields, kind)


def _parameters(function: Callable[..., Any], kind: str) -> list[inspect.Parameter]:
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or parameters[0].name != "ctx" or parameters[0].kind is not parameters[0].POSITIONAL_OR_KEYWORD:
        found = f", not `{_public(str(parameters[0]))}`" if parameters else ""
        rest = ", …" if parameters else ""
        raise BadDeclaration(
            f"Kind {kind!r}: the first parameter must be `ctx: JobContext`{found}. "
            f"Write `def {function.__name__}(ctx: JobContext{rest})`."
        )
    return parameters[1:]


def _hints(function: Callable[..., Any], kind: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise BadDeclaration(
            f"Kind {kind!r}: the type {error.name!r} of a parameter is not known in its file. "
            "Import it at the top, not under `if TYPE_CHECKING:`."
        ) from error
    except Exception as error:  # whatever evaluating somebody's annotation may raise
        raise BadDeclaration(f"Kind {kind!r}: the types of its parameters cannot be read: {error}") from error


def _check_type(hint: Any, where: str, *, inside: tuple[type[BaseModel], ...] = (), is_strict: bool = False) -> None:
    """Refuse what no form and no JSON can give.

    Args:
        hint: a type.
        where: how a sentence about it begins.
        inside: the models that the type stands in.
        is_strict: only values that are of the type already fit.
    """
    origin = get_origin(hint)
    if origin is Annotated:
        _check_type(
            get_args(hint)[0], where, inside=inside, is_strict=_is_strict(hint.__metadata__, otherwise=is_strict)
        )
    elif origin in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not types.NoneType]
        if len(inner) != 1:
            raise BadDeclaration(
                f"{where}: {_shown(hint)} is more than one type. "
                f"Choose one of them; `{_shown(inner[0])} | None` makes it optional."
            )
        _check_type(inner[0], where, inside=inside, is_strict=is_strict)
    elif origin is list:
        if not get_args(hint):
            raise BadDeclaration(f"{where}: say what is in the list, as in list[str].")
        _check_type(get_args(hint)[0], where, inside=inside, is_strict=bool(inside) and _has_strict_fields(inside[-1]))
    elif origin is Result:
        pass  # whatever a job may return; Pydantic says what it cannot read
    elif hint is Result:
        raise BadDeclaration(f"{where}: say what the job returned, as in Result[int].")
    elif origin is Literal:
        if not all(isinstance(one, str | int | bool) for one in get_args(hint)):
            raise BadDeclaration(f"{where}: a Literal may hold texts, whole numbers and booleans.")
    elif inspect.isclass(hint) and issubclass(hint, BaseModel):
        _check_model(hint, where, inside)
    elif is_strict and (hint in _GIVEN_AS_TEXT or (inspect.isclass(hint) and issubclass(hint, Enum))):
        raise BadDeclaration(
            f"{where}: a strict {_shown(hint)} cannot be given by a form or by JSON, which have only texts, numbers "
            "and booleans. Take `strict` away, or read the text in a BeforeValidator."
        )
    elif inspect.isclass(hint) and issubclass(hint, Enum):
        _check_choices(hint, where)
    elif hint not in (*SCALARS, UploadedFile, Secret):
        better = _instead_of(hint)
        advice = f"Use {better} instead." if better else f"Allowed are {ALLOWED}."
        raise BadDeclaration(f"{where}: the type {_shown(hint)} cannot become a form field. {advice}")


def _check_model(model: type[BaseModel], where: str, inside: tuple[type[BaseModel], ...]) -> None:
    if model in inside:
        raise BadDeclaration(f"{where}: {model.__name__} holds itself, and its form would have no end.")
    for name, field in model.model_fields.items():
        if is_read_by_place(model, name):
            raise BadDeclaration(f"{where}, field {name!r}: AliasPath names no key; use an alias that is a text.")
        is_strict = not reads_itself(model, name) and _is_strict(field.metadata, otherwise=_has_strict_fields(model))
        _check_type(field.annotation, f"{where}, field {name!r}", inside=(*inside, model), is_strict=is_strict)


def _has_strict_fields(model: type[BaseModel]) -> bool:
    return bool(model.model_config.get("strict")) and not reads_all(model)


def _is_strict(marks: Iterable[Any], *, otherwise: bool) -> bool:
    """Say whether these marks of a type let only values of exactly this type through."""
    marks = list(marks)
    if marks_read(marks):
        return False
    for mark in marks:
        if isinstance(mark, FieldInfo):
            otherwise = _is_strict(mark.metadata, otherwise=otherwise)
        elif isinstance(mark, Strict | InstanceOf):
            otherwise = getattr(mark, "strict", True)
    return otherwise


def _check_choices(hint: type[Enum], where: str) -> None:
    """Refuse an Enum that a form or JSON cannot name a member of."""
    if not list(hint):
        raise BadDeclaration(f"{where}: {hint.__name__} has no members to choose from.")
    for one in hint:
        value = one.value
        if not isinstance(value, str | int | float) or (isinstance(value, float) and not isfinite(value)):
            raise BadDeclaration(
                f"{where}: {hint.__name__}.{one.name} is a {type(value).__name__}, which nobody can type. "
                "Give the members texts or numbers, and look up in the job what they stand for."
            )


_BETTER: tuple[tuple[type, str], ...] = (
    *((Decimal, "str or float"), (complex, "float"), (time, "str"), (UUID, "str"), (AnyUrl, "str"), (ZoneInfo, "str")),
    *((datetime, "datetime"), (date, "date"), (PurePath, "Path"), (ByteSize, "int")),
    *((PastDate, "date"), (FutureDate, "date"), (PastDatetime, "datetime"), (FutureDatetime, "datetime")),
)


def _instead_of(hint: Any) -> str | None:
    """Name the allowed type that an author who wrote `hint` most likely wants; None when there is no good guess."""
    whole = get_origin(hint) or hint
    if whole is NaiveDatetime:
        return "datetime (a time without a zone is meant in UTC)"
    if (named := getattr(whole, "__supertype__", getattr(whole, "__value__", None))) is not None:
        return _shown(named)  # a NewType, or what `type X = …` names
    if not inspect.isclass(whole):
        return None
    if whole is dict or issubclass(whole, Mapping) or is_dataclass(whole) or is_typeddict(whole):
        return "a Pydantic model, which names and checks each value,"
    if issubclass(whole, SecretStr):
        return "Secret (from app.queue)"
    if issubclass(whole, bytes | bytearray | IOBase | IO):
        return "UploadedFile (or Path, for a file on the worker's machine)"
    for wanted, better in _BETTER:
        if issubclass(whole, wanted):
            return better
    if issubclass(whole, Iterable):
        inner = [_shown(one) for one in get_args(hint) if one is not ...]
        return f"list[{inner[0]}]" if inner else "a list, as in list[str],"
    return None


def _shown(hint: Any) -> str:
    return hint.__name__ if inspect.isclass(hint) and not get_args(hint) else _public(str(hint).replace("typing.", ""))


def _public(text: str) -> str:
    """Name classes by the module that people import them from: Python 3.13 says `pathlib._local.Path`."""
    return text.replace("pathlib._local.", "pathlib.")


def _model(function: Callable[..., Any], fields: dict[str, Any], kind: str) -> type[Params]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model = create_model(f"{kind}_params", __base__=Params, __module__=function.__module__, **fields)
        except Exception as error:
            raise _no_form(function, fields, kind) or BadDeclaration(
                f"Kind {kind!r}: its parameters cannot become a form: {_reason(error)}"
            ) from error
    for name, info in model.model_fields.items():
        where = f"Kind {kind!r}, parameter {name!r}"
        if info.alias is not None or info.validation_alias is not None:
            raise BadDeclaration(f"{where}: an alias would give it two names; rename the parameter instead.")
        if not info.is_required() and info.default_factory is None:
            _check_default(model, name, info.default, where)
    return model


def _no_form(function: Callable[..., Any], fields: dict[str, Any], kind: str) -> BadDeclaration | None:
    """Name the parameter of which Pydantic makes no field; None: it is none of them alone."""
    for name, field in fields.items():
        try:
            create_model(kind, __base__=Params, __module__=function.__module__, **{name: field})
        except Exception as error:
            said = _reason(error)
            if "look-around" in said:
                said += ". Give the pattern as re.compile(…), which Python reads itself"
            return BadDeclaration(f"Kind {kind!r}, parameter {name!r}: it cannot become a form field: {said}.")
    return None


def _reason(error: Exception) -> str:
    """Say what Pydantic means: of an error in others it is the innermost, at the end."""
    if not isinstance(error, SchemaError):
        return _first_line(error)
    return str(error).strip().rsplit("\n", 1)[-1].strip().removeprefix("error: ").removeprefix("SchemaError: ")


def _check_default(model: type[Params], name: str, default: Any, where: str) -> None:
    blank = made(model, {})
    try:
        model.__pydantic_validator__.validate_assignment(blank, name, default)
        written = codecs_of(model)[name].write(getattr(blank, name), UNSEALED)
    except ValidationError as error:
        said = sentence(error.errors(include_url=False)[0])
        if default is None:
            said = "Write `| None` behind the type if it may be empty."
        raise BadDeclaration(f"{where}: the default {default!r} does not fit its own type: {said}") from error
    except Unkept as error:
        raise BadDeclaration(f"{where}: the default {default!r} cannot be stored. {error}") from error
    except Exception as error:  # the author's own check
        raise BadDeclaration(f"{where}: its own check of the default failed: {_first_line(error)}") from error
    if (said_of_it := unstorable(written)) is not None:
        raise BadDeclaration(f"{where}: the default {reprlib.repr(default)} cannot be stored. {said_of_it}")
    for one in _unfit_default(model, name, default):
        raise BadDeclaration(f"{where}: the default {default!r} does not fit its own type: {one.message}")


def _unfit_default(model: type[Params], name: str, default: Any) -> list[FieldError]:
    """Say what would be wrong with a default if it were given, as a form gives it: Pydantic takes True for 1."""
    try:
        return unfit_values(model, {name: readable(default)})
    except Unkept:  # a secret, which no form shows
        return []


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
