"""From a function's signature to a Pydantic model: how a kind's parameters are described, checked and stored."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from app.errors import FieldError, InvalidInput, TooLarge
from app.queue.params.field_types import OPENING, UploadedFile, unfit_text
from app.queue.params.messages import field_errors
from app.queue.params.strictness import complaints

MAX_PARAMS_BYTES = 64 * 1024


class Params(BaseModel):
    """What every params model derives from."""

    model_config = ConfigDict(
        extra="forbid", protected_namespaces=(), allow_inf_nan=False, arbitrary_types_allowed=False
    )


def validated(model: type[Params], values: Mapping[str, Any], *, is_stored: bool = False) -> Params:
    """Check values from a form, a program or a caller; or, where `is_stored`, from a row, whose secrets are opened.

    Raises:
        InvalidInput: names each field that does not fit, nested ones as `address.zip` or `names.2`.
        Unsealable: a secret of a row was sealed with another key.
    """
    wrong = list(complaints(model, values))
    try:
        params = model.model_validate(dict(values), context=OPENING if is_stored else None)
    except ValidationError as error:
        named = {one.field for one in wrong}
        wrong = [*(one for one in field_errors(error) if one.field not in named), *wrong]
    if wrong:
        raise InvalidInput("Some values do not fit.", fields=wrong)
    return params


def stored(params: Params, *, max_bytes: int = MAX_PARAMS_BYTES) -> dict[str, Any]:
    """Turn checked params into what the row keeps: plain JSON, secrets sealed.

    Raises:
        TooLarge: more than `max_bytes`.
        InvalidInput: a text has what no database keeps: a NUL character, or half a surrogate pair.
    """
    values: dict[str, Any] = params.model_dump(mode="json")
    wrong = [FieldError(field=name, message=said) for name, value in values.items() if (said := _unfit(value))]
    if wrong:
        raise InvalidInput("Some values do not fit.", fields=wrong)
    size = len(json.dumps(values, ensure_ascii=False).encode())
    if size > max_bytes:
        raise TooLarge(
            f"The parameters take {size // 1024 + 1:,} KB; the limit is {max_bytes // 1024} KB.",
            hint="Put long data into a file and pass its path, or upload it.",
        )
    return values


def _unfit(value: Any) -> str | None:
    """Say why a value, as JSON holds it, cannot be stored; None: it can."""
    match value:
        case str():
            return unfit_text(value)
        case list():
            return next(filter(None, map(_unfit, value)), None)
        case dict():
            return _unfit([*value, *value.values()])
    return None


def opened(model: type[Params], values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn stored params back into the function's arguments, secrets opened. Worker only.

    Raises:
        InvalidInput: the kind changed since the job was started, so its values do not fit any more.
        Unsealable: a secret was sealed with another key.
    """
    try:
        params = model.model_validate(dict(values), context=OPENING)
    except ValidationError as error:
        message = "The stored parameters do not fit this kind any more."
        raise InvalidInput(message, fields=field_errors(error)) from None
    return {name: getattr(params, name) for name in type(params).model_fields}


def with_secrets(value: Any, shown: Any, kept: Any) -> Any:
    """Put secrets back in the place of their dots.

    In a list only where all of it is as it was shown: else nobody knows which secret belongs to which item, and the
    dots that stay are refused (`Secret`).

    Args:
        value: what a person or a program gave, dots in it.
        shown: what they were shown, dots in it.
        kept: what that stands for.
    """
    if value == shown:
        return kept
    if isinstance(value, Mapping) and isinstance(shown, Mapping) and isinstance(kept, Mapping):
        return {name: with_secrets(inner, shown.get(name), kept.get(name)) for name, inner in value.items()}
    return value


def params_text(params: Mapping[str, Any]) -> str:
    """Write params as people read and search them: `name=value, …`; what is empty is left out."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in params.items() if value not in (None, "", [], {}))


def value_text(value: Any) -> str:
    """Write a value as a person reads it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def uploads_in(params: Params) -> dict[str, list[str]]:
    """Find the upload ids in params: top-level field → ids."""
    found: dict[str, list[str]] = {}
    for name in type(params).model_fields:
        ids = [file.id for file in _files(getattr(params, name))]
        if ids:
            found[name] = ids
    return found


def _files(value: Any) -> Iterator[UploadedFile]:
    if isinstance(value, UploadedFile):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _files(inner)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _files(getattr(value, name))
