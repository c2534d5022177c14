"""The model of a kind's params: how given values are checked, and how they are told in one line."""

import json
import logging
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from app.errors import AppError, InvalidInput
from app.queue.params.field_types import OPENING
from app.queue.params.instants import with_zones
from app.queue.params.messages import field_errors
from app.queue.params.strictness import unfit_values

_as_json = json.JSONEncoder(ensure_ascii=False, default=str)  # `json.dumps` makes one each time
_log = logging.getLogger(__name__)


class Params(BaseModel):
    """What every params model derives from."""

    model_config = ConfigDict(
        extra="forbid",
        protected_namespaces=(),
        allow_inf_nan=False,
        arbitrary_types_allowed=False,
        validate_default=True,  # a default is what would be given: the same at every door
    )


def validated(
    model: type[Params],
    values: Mapping[str, Any],
    *,
    is_stored: bool = False,
    settled: Mapping[str, Any] = MappingProxyType({}),
) -> Params:
    """Check what was given, with the author's own checks.

    Args:
        model: of the kind.
        values: what was given, by name.
        is_stored: secrets in the values are sealed, as a row keeps them.
        settled: values of the function that were checked before: they are taken as they are.

    Raises:
        InvalidInput: names each field that does not fit, nested ones as `address.zip` or `names.2`.
        Unsealable: a secret of a row was sealed with another key.
    """
    asked = {name: value for name, value in values.items() if name not in settled} if settled else values
    wrong = unfit_values(model, asked)
    checking = _without(model, frozenset(settled)) if settled else model
    try:
        params = checking.model_validate(with_zones(model, asked), context=OPENING if is_stored else None)
    except ValidationError as error:
        ours = {one.field: one for one in wrong}
        wrong = [*(ours.pop(one.field, one) for one in field_errors(error)), *ours.values()]
    except AppError:
        raise
    except (
        Exception,
        SystemExit,
    ) as error:  # the author's own checks; Pydantic passes on what is neither ValueError nor assertion
        _log.warning("A check of %s failed", model.__name__, exc_info=True)
        said = f"A check of this kind failed: {type(error).__name__}: {error}"
        hint = "Its author has to mend that, or raise a ValueError that says what fits."
        raise InvalidInput(said, hint=hint) from error
    if wrong:
        raise InvalidInput("Some values do not fit.", fields=wrong)
    return model.model_construct(**params.__dict__, **settled) if settled else params


@cache
def _without(model: type[Params], names: frozenset[str]) -> type[Params]:
    """Make the model of a kind's other parameters."""
    rest = {name: (info.annotation, info) for name, info in model.model_fields.items() if name not in names}
    return create_model(model.__name__, __base__=Params, __module__=model.__module__, **cast("dict[str, Any]", rest))


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
        return {
            name: with_secrets(inner, shown[name], kept[name]) if name in shown and name in kept else inner
            for name, inner in value.items()
        }
    return value


def params_text(params: Mapping[str, Any]) -> str:
    """Write params as people read and search them: `name=value, …`; what is empty is left out."""
    return ", ".join(f"{name}={value_text(value)}" for name, value in params.items() if value not in (None, "", [], {}))


def value_text(value: Any) -> str:
    """Write a value as a person reads it: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else _as_json.encode(value)
