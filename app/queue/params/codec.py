"""The values of a job's parameters as JSON keeps them, and back: exact, and without a line of the author's code.

A start checks what it was given once, with the author's validators. The codec of the parameter's type writes what they
returned, and the worker reads it back with the same codec. No validator, serializer or alias of the author runs a
second time, so the worker gets what the start checked.

A value of the declared type becomes plain JSON: a date becomes `"2026-01-31"`. A validator may also return a value of
another type, for example a list for a `str`. Such a value is written with the name of its type, as
`{"$as": "list", "value": […]}`.
"""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache, partial
from inspect import isclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from app.db.snapshots.secrets import SEALED
from app.queue.params import sealing
from app.queue.params.field_types import Secret, UploadedFile
from app.queue.params.plainness import is_plain_mark, is_plain_model, key_of
from app.queue.params.results.result import Result
from app.queue.params.untyped import (
    AS,
    VALUE,
    Unkept,
    finite,
    has_zone,
    read_any,
    read_duration,
    read_instant,
    read_named,
    reading,
    same,
    whole,
    write_any,
    write_duration,
    write_instant,
    write_named,
)

_EXTRA, _PRIVATE = "$extra", "$private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How secrets and uploads are kept."""

    seal: Callable[[str], str]
    unseal: Callable[[str], str]
    upload: Callable[[str], UploadedFile] = UploadedFile
    result: Callable[[int, Any], Result[Any]] = Result
    has_zones: bool = False
    """A time is kept with the name of its zone, where it has one. People who are shown it could not give it so."""


IN_ROW = Keeping(seal=sealing.seal, unseal=sealing.unseal)
"""The keeping of a job's row."""
FINGERPRINTS = Keeping(seal=sealing.fingerprint, unseal=sealing.unseal)
"""For comparison alone: the same secret gives the same text, and nobody can read it."""
UNSEALED = Keeping(seal=lambda text: text, unseal=lambda token: token)
"""The keeping of values that never leave this process."""

Change = Callable[[Any, Keeping], Any]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How the values of one type are kept. `write` and `read` raise `Unkept`."""

    write: Change
    """Value → JSON."""
    read: Change
    """JSON → value."""
    is_plain: bool = True
    """Pydantic, when it reads what `write` wrote, returns an equal value. False: code of the author might change it."""
    holds_secret: bool = False
    """A value may hold a secret, however deep."""


@cache
def codecs_of(model: type[BaseModel]) -> Mapping[str, Codec]:
    """Return the codec of each field of a model, by name."""
    return {name: _marked(codec_of(info.annotation), [info]) for name, info in model.model_fields.items()}


def codec_of(hint: Any) -> Codec:
    """Return the codec of a type that a parameter may have (`params_model` has refused every other)."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _marked(codec_of(arguments[0]), hint.__metadata__)
    if origin in (Union, types.UnionType):
        [inner] = [codec_of(one) for one in arguments if one is not types.NoneType]
        return _optional(inner)
    if origin is list:
        return _list(codec_of(arguments[0]))
    if origin is Literal:
        return _choice(arguments)
    if origin is Result:
        return Codec(write=_write_result, read=partial(_read_result, arguments[0]))
    if isclass(hint) and issubclass(hint, Enum):
        return _enum(hint)
    if isclass(hint) and issubclass(hint, BaseModel):
        return _model(hint)
    return _SCALARS[hint]


def readable(value: Any, keeping: Keeping | None = None) -> Any:
    """Write a value as a person or a program would give it: JSON without the names of types.

    Args:
        value: any value.
        keeping: how a secret in it is kept; None: there is none in it.

    Raises:
        Unkept: no JSON stands for it.
    """
    match value:
        case Enum():
            return readable(value.value)
        case Secret() if keeping is not None:
            return _write_secret(value, keeping)
        case BaseModel():
            fields = {key_of(type(value), name): getattr(value, name) for name in type(value).model_fields}
            return readable({**fields, **(value.model_extra or {})}, keeping)
        case Mapping():
            return {str(name): readable(one, keeping) for name, one in value.items()}
        case list() | tuple() | set() | frozenset():
            return [readable(one, keeping) for one in value]
        case datetime() if type(value) is datetime:
            return write_instant(value)
        case UploadedFile():
            return value.id
        case Result():
            return value.job_id
    written = write_any(value)
    return written[VALUE] if isinstance(written, dict) else written


def _marked(codec: Codec, marks: Any) -> Codec:
    """Return the codec of a type that stands with these marks: what `Annotated` and `Field` add to it."""
    return codec if not codec.is_plain or all(map(is_plain_mark, marks)) else replace(codec, is_plain=False)


# One value


def _scalar(kind: type, *, write: Callable[[Any], Any], read: Callable[[Any], Any], json: type) -> Codec:
    def write_it(value: Any, keeping: Keeping) -> Any:
        return write(value) if type(value) is kind else write_named(value)

    def read_it(kept: Any, keeping: Keeping) -> Any:
        if type(kept) is json:
            return reading(read, kept, kind.__name__)
        return read_named(kept)

    return Codec(write=write_it, read=read_it)


def _read_float(kept: Any, keeping: Keeping) -> Any:
    """Read a number. A database may give back a large one, or one without a fraction, as a whole number."""
    return reading(float, kept, "number") if type(kept) in (int, float) else read_named(kept)


def _write_secret(value: Any, keeping: Keeping) -> Any:
    return {SEALED: keeping.seal(value.get_secret_value())} if isinstance(value, Secret) else write_named(value)


def _read_secret(kept: Any, keeping: Keeping) -> Any:
    return Secret(keeping.unseal(kept[SEALED])) if isinstance(kept, dict) and SEALED in kept else read_named(kept)


def _write_result(value: Any, keeping: Keeping) -> Any:
    return value.job_id if isinstance(value, Result) else write_named(value)


def _read_result(type_: Any, kept: Any, keeping: Keeping) -> Any:
    return keeping.result(kept, type_) if type(kept) is int else read_named(kept)


def _write_upload(value: Any, keeping: Keeping) -> Any:
    return value.id if isinstance(value, UploadedFile) else write_named(value)


def _read_upload(kept: Any, keeping: Keeping) -> Any:
    return keeping.upload(kept) if isinstance(kept, str) else read_named(kept)


def _write_time(value: Any, keeping: Keeping) -> Any:
    is_instant = type(value) is datetime and not (keeping.has_zones and has_zone(value))
    return write_instant(value) if is_instant else write_named(value)


_INSTANT = replace(_scalar(datetime, write=write_instant, read=read_instant, json=str), write=_write_time)
_FLOAT = _scalar(float, write=finite, read=float, json=float)
_SCALARS: dict[Any, Codec] = {
    str: _scalar(str, write=same, read=same, json=str),
    int: _scalar(int, write=whole, read=same, json=int),
    float: replace(_FLOAT, read=_read_float),
    bool: _scalar(bool, write=same, read=same, json=bool),
    date: _scalar(date, write=date.isoformat, read=date.fromisoformat, json=str),
    datetime: _INSTANT,
    AwareDatetime: _INSTANT,
    timedelta: _scalar(timedelta, write=write_duration, read=read_duration, json=str),
    Path: _scalar(type(Path()), write=str, read=Path, json=str),
    Secret: Codec(write=_write_secret, read=_read_secret, holds_secret=True),
    UploadedFile: Codec(write=_write_upload, read=_read_upload),
}


def _choice(values: tuple[Any, ...]) -> Codec:
    """Keep one of a few values. Their types count too: `1`, `1.0` and `True` are equal in Python."""
    by_json = {(type(readable(one)), readable(one)): one for one in values}

    def write(value: Any, keeping: Keeping) -> Any:
        is_one = any(type(one) is type(value) and one == value for one in values)
        return readable(value) if is_one else write_named(value)

    def read(kept: Any, keeping: Keeping) -> Any:
        if isinstance(kept, dict):
            return read_named(kept)
        if not _is_known(by_json, kept):
            raise Unkept("What was stored is no choice.")
        return by_json[type(kept), kept]

    return Codec(write=write, read=read)


def _enum(hint: type[Enum]) -> Codec:
    by_json = {(type(readable(one)), readable(one)): one for one in hint}

    def write(value: Any, keeping: Keeping) -> Any:
        return readable(value) if type(value) is hint else write_named(value)

    def read(kept: Any, keeping: Keeping) -> Any:
        if isinstance(kept, dict):
            return read_named(kept)
        if _is_known(by_json, kept):
            return by_json[type(kept), kept]
        return reading(hint, kept, "choice")  # several flags that stand together

    return Codec(write=write, read=read)


def _is_known(by_json: Mapping[tuple[type, Any], Any], kept: Any) -> bool:
    return isinstance(kept, str | int | float) and (type(kept), kept) in by_json


# Values made of values


def _optional(inner: Codec) -> Codec:
    return replace(
        inner,
        write=lambda value, keeping: None if value is None else inner.write(value, keeping),
        read=lambda kept, keeping: None if kept is None else inner.read(kept, keeping),
    )


def _list(inner: Codec) -> Codec:
    def write(value: Any, keeping: Keeping) -> Any:
        return _each(value, inner.write, keeping) if type(value) is list else write_named(value)

    def read(kept: Any, keeping: Keeping) -> Any:
        return _each(kept, inner.read, keeping) if type(kept) is list else read_named(kept)

    return replace(inner, write=write, read=read)


def _each(values: list[Any], change: Change, keeping: Keeping) -> list[Any]:
    return [_at(number, change, value, keeping) for number, value in enumerate(values)]


def _at(part: object, change: Change, value: Any, keeping: Keeping) -> Any:
    """Change one part of a value; what goes wrong there says where."""
    try:
        return change(value, keeping)
    except Unkept as error:
        error.place = (part, *error.place)
        raise


def _model(model: type[BaseModel]) -> Codec:
    codecs = codecs_of(model)

    def write(value: Any, keeping: Keeping) -> Any:
        if type(value) is not model:
            return write_named(value)
        for name in value.__dict__.keys() ^ codecs.keys():
            if name in codecs or not hasattr(model, name):  # what a class has is worked out anew: a cached property
                how = "without" if name in codecs else "with another attribute,"
                raise Unkept(f"A check of this kind makes it a {model.__name__} {how} {name}, which cannot be stored.")
        kept = {name: _at(name, codec.write, value.__dict__[name], keeping) for name, codec in codecs.items()}
        for key, more in ((_EXTRA, value.__pydantic_extra__), (_PRIVATE, value.__pydantic_private__)):
            if isinstance(more, dict) and more:
                kept[key] = {name: _at(name, _write_aside, one, keeping) for name, one in more.items()}
        return kept

    def read(kept: Any, keeping: Keeping) -> Any:
        if not isinstance(kept, dict) or AS in kept:
            return read_named(kept)
        if unknown := kept.keys() - codecs.keys() - {_EXTRA, _PRIVATE}:
            raise Unkept(f"{model.__name__} has no {min(unknown)} any more.")
        values = {
            name: _at(name, codec.read, kept[name], keeping) if name in kept else _default(model, name)
            for name, codec in codecs.items()
        }
        more = {key: {name: read_any(one) for name, one in kept.get(key, {}).items()} for key in (_EXTRA, _PRIVATE)}
        return made(model, values, extra=more[_EXTRA], private=more[_PRIVATE])

    return Codec(
        write=write,
        read=read,
        is_plain=is_plain_model(model) and all(one.is_plain for one in codecs.values()),
        holds_secret=any(one.holds_secret for one in codecs.values()),
    )


def _default(model: type[BaseModel], name: str) -> Any:
    """Give the default of a field that the model did not have when its values were stored."""
    info = model.model_fields[name]
    if info.is_required():
        raise Unkept(f"{model.__name__} needs {name} by now.")
    return info.get_default(call_default_factory=True, validated_data={})


def made(
    model: type[M],
    values: dict[str, Any],
    *,
    extra: Mapping[str, Any] = MappingProxyType({}),
    private: Mapping[str, Any] = MappingProxyType({}),
) -> M:
    """Make a model with these values as `copy` and `pickle` do: no default, no validator, no `__init__`."""
    instance = model.__new__(model)
    instance.__setstate__(
        {
            "__dict__": values,
            "__pydantic_fields_set__": set(values),
            "__pydantic_extra__": dict(extra) if model.model_config.get("extra") == "allow" else None,
            "__pydantic_private__": dict(private) if model.__private_attributes__ else None,
        }
    )
    return instance


def _write_aside(value: Any, keeping: Keeping) -> Any:
    return write_any(value)
