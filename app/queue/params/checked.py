"""The params of a job on their way: checked once when it is started, kept in its row, handed to its function.

What is a parameter's type and how a signature becomes a model is not said here (`params.py`), nor how one value is
kept (`codec.py`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.db.snapshots.secrets import GIVEN, as_given, mask
from app.errors import FieldError, InvalidInput, TooLarge
from app.queue.params.codec import FINGERPRINTS, IN_ROW, UNSEALED, Keeping, codecs_of, made, readable
from app.queue.params.field_types import OPENING, UploadedFile, unfit_text
from app.queue.params.messages import field_errors, field_name, sentence
from app.queue.params.params import Params, validated, with_secrets
from app.queue.params.results.result import Result
from app.queue.params.untyped import Unkept

V = TypeVar("V")
MAX_PARAMS_BYTES = 64 * 1024
_MOST_LEVELS = 200
"""So many lists and objects in each other a worker can read, too, which takes more calls for each than to write it."""
_TOO_DEEP = "It holds itself, or too many lists and objects stand in each other."
UNKNOWN = sentence({"type": "extra_forbidden"})
_as_json = json.JSONEncoder(ensure_ascii=False)  # `json.dumps` makes one each time
_SIMPLE = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The params of a start that were checked, once and for all."""

    params: Params
    stored: dict[str, Any]
    """The same as the row keeps them: plain JSON, secrets sealed."""


def checked(model: type[Params], given: Mapping[str, Any], *, max_bytes: int = MAX_PARAMS_BYTES) -> Checked:
    """Check what a person, a program or a caller gave, and write it for the row.

    Raises:
        InvalidInput: names each field that does not fit, nested ones as `address.zip` or `names.2`.
        TooLarge: the params take more than `max_bytes`.
    """
    params = validated(model, given)
    return Checked(params=params, stored=stored(params, given, max_bytes=max_bytes))


def checked_again(model: type[Params], row: Mapping[str, Any]) -> Checked:
    """Take the params of a row for another job, exactly: none of the kind's own checks runs again.

    Raises:
        InvalidInput: the kind changed since they were stored, and they do not fit any more.
        Unsealable: a secret was sealed with another key.
    """
    params = model.model_construct(**opened(model, row))
    given = row.get(GIVEN, {})
    return Checked(params=params, stored=stored(params, given, max_bytes=None))


def is_settled(model: type[Params], row: Mapping[str, Any]) -> bool:
    """Say whether `checked_again` gives the same whenever it is called: no default of the moment, as today, is missing.

    Where code of the author checks a param it may ask for the time, too.
    """
    missing = [info for name, info in model.model_fields.items() if name not in row]
    checks_again = bool(codes_changed(model)) and GIVEN not in row
    return not checks_again and all(info.default_factory is None for info in missing)


def checked_edit(model: type[Params], given: Mapping[str, Any], row: Mapping[str, Any]) -> Checked:
    """Check the params of a row with a person's or a program's edits.

    Args:
        model: of the kind.
        given: all params. Dots stand for the secrets of the row.
        row: the stored params that were shown; what is as it was shown is taken from there exactly.

    Raises:
        InvalidInput, TooLarge, Unsealable: as `checked` and `checked_again`.
    """
    shown, kept = mask(dict(row)), as_given(dict(row))
    whole = {name: with_secrets(value, shown.get(name), kept.get(name)) for name, value in given.items()}
    same = [name for name in codes_changed(model) if name in given and name in shown and given[name] == shown[name]]
    before = opened(model, row) if same else {}
    params = validated(model, whole, is_stored=True, settled={name: before[name] for name in same})
    return Checked(params=params, stored=stored(params, whole))


def stored(
    params: Params, given: Mapping[str, Any], *, max_bytes: int | None = MAX_PARAMS_BYTES, keeping: Keeping = IN_ROW
) -> dict[str, Any]:
    """Turn checked params into what the row keeps: plain JSON, secrets sealed.

    Params that the author's own code may change are kept beside it as they were given: these are what people see, and
    what another start checks again.

    Raises:
        TooLarge: more than `max_bytes`.
        InvalidInput: JSON or the database cannot keep a value: it is of an unknown type, a text has a NUL character.
    """
    values, wrong = {}, []
    for name, codec in codecs_of(type(params)).items():
        try:
            exact = keeping if codec.is_plain else replace(keeping, has_zones=True)
            values[name] = codec.write(getattr(params, name), exact)
        except Unkept as error:
            wrong.append(FieldError(field=field_name((name, *error.place)), message=str(error)))
        except RecursionError:
            wrong.append(FieldError(field=name, message=_TOO_DEEP))
    wrong += [FieldError(field=name, message=said) for name, value in values.items() if (said := _unfit(value))]
    if wrong:
        raise InvalidInput("Some values do not fit.", fields=wrong)
    as_it_was = {name: _given(params, name, given, keeping) for name in codes_changed(type(params))}
    size = _size_bytes(values) if not as_it_was else max(_size_bytes(values), _size_bytes({**values, **as_it_was}))
    if max_bytes is not None and size > max_bytes:
        raise TooLarge(
            f"The parameters take {size // 1024 + 1:,} KB; the limit is {max_bytes // 1024} KB.",
            hint="Put long data into a file and pass its path, or upload it.",
        )
    return {**values, GIVEN: as_it_was} if as_it_was else values


def _size_bytes(values: dict[str, Any]) -> int:
    return len(_as_json.encode(values).encode())


def comparable(params: Checked) -> dict[str, Any]:
    """Return what tells these params from others of the kind: JSON, with a fingerprint in the place of each secret."""
    codecs = codecs_of(type(params.params))
    if not any(codec.holds_secret for codec in codecs.values()):
        return {name: value for name, value in params.stored.items() if name != GIVEN}
    return {name: codec.write(getattr(params.params, name), FINGERPRINTS) for name, codec in codecs.items()}


@cache
def codes_changed(model: type[Params]) -> tuple[str, ...]:
    """Name the params that code of the author may change between what is given and what the function gets."""
    return tuple(name for name, codec in codecs_of(model).items() if not codec.is_plain)


def _given(params: Params, name: str, given: Mapping[str, Any], keeping: Keeping) -> Any:
    """Write one param as it was given; where that may hold a secret, or is no JSON, as it was understood."""
    info = type(params).model_fields[name]
    if not codecs_of(type(params))[name].holds_secret and (name in given or info.default_factory is None):
        try:
            written = readable(given.get(name, info.default))
            if _unfit(written) is None:
                return written
        except (Unkept, RecursionError):  # only the author's own check knows what it is
            pass
    return readable(getattr(params, name), keeping)


def unstorable(value: Any) -> str | None:
    """Say why no start can store a value, as JSON holds it; None: one can."""
    if (said := _unfit(value)) is None and _size_bytes({"": value}) > MAX_PARAMS_BYTES:
        return f"All parameters together may take {MAX_PARAMS_BYTES // 1024} KB."
    return said


def _unfit(value: Any, level: int = 0) -> str | None:
    """Say why a value, as JSON holds it, cannot be stored; None: it can. `level`: in how many others it stands."""
    match value:
        case str():
            return unfit_text(value)
        case list() | dict() if level == _MOST_LEVELS:
            return _TOO_DEEP
        case list():
            return next(filter(None, (_unfit(one, level + 1) for one in value)), None)
        case dict():
            return _unfit([*value, *value.values()], level)
    return None


def opened(model: type[Params], row: Mapping[str, Any], *, keeping: Keeping = IN_ROW) -> dict[str, Any]:
    """Turn stored params back into the function's arguments, secrets opened. Worker only.

    Raises:
        InvalidInput: the kind changed since the job was started, so its values do not fit any more.
        Unsealable: a secret was sealed with another key.
    """
    codecs = codecs_of(model)
    kept = {name: value for name, value in row.items() if name != GIVEN}
    found: dict[str, Any] = {}
    try:
        if codes_changed(model) and GIVEN not in row:  # stored by a version that knew no codec, or nothing was given
            found = arguments(model.model_validate(kept, context=OPENING))
            kept = {}
        wrong = [FieldError(field=field_name((name,)), message=UNKNOWN) for name in kept if name not in codecs]
        if missing := [name for name in codecs if name not in kept and name not in found]:
            found |= _defaults(model, missing)
    except ValidationError as error:
        wrong = field_errors(error)
    for name, codec in codecs.items():
        if name not in kept:
            continue
        try:
            found[name] = codec.read(kept[name], keeping)
        except Unkept as error:
            wrong.append(FieldError(field=field_name((name, *error.place)), message=str(error)))
    if wrong:
        raise InvalidInput("The stored parameters do not fit this kind any more.", fields=wrong)
    return found


def arguments(params: Params) -> dict[str, Any]:
    """Return the arguments of the function: checked params by name."""
    return {name: getattr(params, name) for name in type(params).model_fields}


def carried(params: Params) -> dict[str, Any]:
    """Return the arguments of the function as a worker would get them, without a row and without a secret key.

    Raises:
        InvalidInput: JSON cannot keep a value.
    """
    local = {file.id: file for name in type(params).model_fields for file in _files(getattr(params, name))}
    results = {one.job_id: one for name in type(params).model_fields for one in _all_of(getattr(params, name), Result)}
    keeping = replace(
        UNSEALED,
        upload=lambda upload_id: local[upload_id],
        result=lambda job_id, _: results[job_id],
    )
    row = json.loads(json.dumps(stored(params, {}, keeping=keeping)))
    return opened(type(params), row, keeping=keeping)


def _defaults(model: type[Params], names: Sequence[str]) -> dict[str, Any]:
    """Return the defaults of these fields, checked.

    Raises:
        ValidationError: a field has none.
    """
    required = [name for name in names if model.model_fields[name].is_required()]
    if required:
        model.model_validate({})  # raises; names what is needed
    blank = made(model, {})
    for name in names:
        default = model.model_fields[name].get_default(call_default_factory=True, validated_data={})
        model.__pydantic_validator__.validate_assignment(blank, name, default)
    codecs = codecs_of(model)
    return {name: codecs[name].read(codecs[name].write(getattr(blank, name), UNSEALED), UNSEALED) for name in names}


def results_in(params: Params) -> dict[str, list[int]]:
    """Find the jobs whose results params name: top-level field → ids."""
    found = {name: [one.job_id for one in _all_of(value, Result)] for name, value in _compound(params)}
    return {name: ids for name, ids in found.items() if ids}


def uploads_in(params: Params) -> dict[str, list[str]]:
    """Find the upload ids in params: top-level field → ids."""
    found = {name: [file.id for file in _files(value)] for name, value in _compound(params)}
    return {name: ids for name, ids in found.items() if ids}


def _compound(params: Params) -> list[tuple[str, Any]]:
    """Return the params that may hold others; a thousand starts look through the rest for nothing."""
    return [(name, value) for name, value in params.__dict__.items() if type(value) not in _SIMPLE]


def _files(value: Any) -> Iterator[UploadedFile]:
    return _all_of(value, UploadedFile)


def _all_of(value: Any, wanted: type[V]) -> Iterator[V]:
    """Give the values of a type that are in a value, however deep."""
    if isinstance(value, wanted):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _all_of(inner, wanted)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _all_of(getattr(value, name), wanted)
