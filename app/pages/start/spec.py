"""What one parameter is, read from its pydantic field: title, help, default, limits and the type inside `X | None`.

Nothing here draws; `fields/nested.py` chooses the control.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from inspect import isclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, RootModel, SecretStr
from pydantic.fields import FieldInfo

from app.pages.time.duration_text import duration_text
from app.queue import UploadedFile
from app.queue.kinds.kind import Kind
from app.queue.params.codec import readable
from app.queue.params.plainness import key_of
from app.queue.params.untyped import Unkept

_log = logging.getLogger(__name__)

LEAST_GROUPED = 10_000
"""A shorter number may be a year."""
MISSING: Final = object()
"""The value of a parameter that is left out, so that its default applies."""

_LIMITS = ("ge", "gt", "le", "lt", "multiple_of", "min_length", "max_length")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One parameter, one field of a nested model, or one item of a list."""

    path: tuple[str | int, ...]
    title: str
    help: str = ""
    type: Any
    """The type without `Annotated` and without `| None`."""
    is_optional: bool = False
    """None is allowed."""
    is_required: bool = True
    default: Any = MISSING
    """As JSON would hold it; `MISSING` when there is none."""
    of_kind: str | None = None
    """The kind whose results it takes; None: of any, or it takes no result."""
    limits: Mapping[str, Any] = field(default_factory=dict)
    """Of `ge gt le lt multiple_of min_length max_length` what is declared."""

    @property
    def name(self) -> str:
        """The name in error messages and test ids: `address.zip`."""
        return ".".join(str(part) for part in self.path)

    @property
    def empty(self) -> Any:
        """What an empty control means: None where that is allowed, else `MISSING`: it is left out."""
        return None if self.is_optional else MISSING

    def item(self, number: int) -> "FieldSpec":
        """Describe one item of a list; `number` counts from 0."""
        inner, limits, is_optional = bare_type((get_args(self.type) or (str,))[0])
        path = (*self.path, number)
        return FieldSpec(
            path=path, title=f"{self.title} {number + 1}", type=inner, limits=limits, is_optional=is_optional
        )


def specs_of(model: type[BaseModel], *, path: tuple[str | int, ...] = ()) -> list[FieldSpec]:
    """Describe every field of a model, in the order in which it declares them, each by the key it is given under."""
    return [_spec(name, info, path=(*path, key_of(model, name))) for name, info in model.model_fields.items()]


def holds_unkept(spec: FieldSpec) -> bool:
    """Say whether a value of it may hold, however deep, what is not kept in a form: a secret or an upload."""
    if get_origin(spec.type) is list:
        return holds_unkept(spec.item(0))
    if not isclass(spec.type):
        return False
    if issubclass(spec.type, BaseModel):
        return any(map(holds_unkept, specs_of(spec.type)))
    return issubclass(spec.type, SecretStr | UploadedFile)


def _spec(name: str, info: FieldInfo, *, path: tuple[str | int, ...]) -> FieldSpec:
    inner, limits, is_optional = bare_type(info.annotation)
    return FieldSpec(
        path=path,
        title=info.title or name.replace("_", " ").strip().capitalize(),
        help=info.description or "",
        type=inner,
        is_optional=is_optional,
        is_required=info.is_required(),
        default=_default(info),
        of_kind=next((one.name for one in info.metadata if isinstance(one, Kind)), None),
        limits={**limits, **_limits(info.metadata)},
    )


def bare_type(annotation: Any) -> tuple[Any, dict[str, Any], bool]:
    """Take `Annotated` and `| None` off a type.

    Returns:
        The type inside, the limits declared on the way, and whether None is allowed.
    """
    limits: dict[str, Any] = {}
    is_optional = False
    while True:
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            annotation = arguments[0]
            limits |= _limits(arguments[1:])
        elif origin in (Union, UnionType) and type(None) in arguments:
            rest = tuple(argument for argument in arguments if argument is not type(None))
            annotation, is_optional = rest[0] if len(rest) == 1 else Union[rest], True  # noqa: UP007 (built at run time)
        elif isclass(annotation) and issubclass(annotation, RootModel):
            root = annotation.model_fields["root"]
            annotation, limits = root.annotation, limits | _limits(root.metadata)
        elif annotation is AwareDatetime:
            return datetime, limits, is_optional
        else:
            return annotation, limits, is_optional


def _limits(metadata: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mark in metadata:
        if isinstance(mark, FieldInfo):
            found |= _limits(mark.metadata)
        found |= {name: value for name in _LIMITS if (value := getattr(mark, name, None)) is not None}
    return found


def _default(info: FieldInfo) -> Any:
    """Write a default as JSON would hold it; `MISSING` when there is none.

    None can be shown where it holds a secret, or where the author's function fails or makes it of other values.
    """
    if info.is_required():
        return MISSING
    try:
        return readable(info.get_default(call_default_factory=True, validated_data={}))
    except Unkept:
        return MISSING
    except Exception:
        _log.warning("The default of a parameter cannot be shown", exc_info=True)
        return MISSING


def note_text(spec: FieldSpec) -> str:
    """Say in a few words what fits, and whether it may be left out: "1 to 100 · optional"."""
    return " · ".join(part for part in (limits_text(spec), "optional" if spec.is_optional else "") if part)


def limits_text(spec: FieldSpec) -> str:
    """Say in a few words what fits: "1 to 100", "at least 3 characters"."""
    limits = spec.limits
    thing = " characters" if spec.type in (str, Path) else " items" if get_origin(spec.type) is list else ""
    say = _count_text if thing else number_text
    low = limits.get("ge", limits.get("min_length"))
    high = limits.get("le", limits.get("max_length"))
    texts = []
    if low is not None and high is not None:
        texts.append(f"{say(low)} to {say(high)}{thing}")
    elif low is not None and not (thing and low == 1):
        texts.append(f"at least {say(low)}{thing}")
    elif high is not None:
        texts.append(f"at most {say(high)}{thing}")
    if "gt" in limits:
        texts.append(f"more than {number_text(limits['gt'])}")
    if "lt" in limits:
        texts.append(f"less than {number_text(limits['lt'])}")
    if "multiple_of" in limits and limits["multiple_of"] != 1:
        texts.append(f"in steps of {number_text(limits['multiple_of'])}")
    return ", ".join(texts)


def _count_text(value: int) -> str:
    return f"{value:,}"


def number_text(value: Any) -> str:
    """Write a limit: a long number in groups, else as it is. One of four figures may be a year."""
    if isinstance(value, timedelta):
        return duration_text(value)
    return f"{value:,}" if isinstance(value, int | float) and abs(value) >= LEAST_GROUPED else str(value)
