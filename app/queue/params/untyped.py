"""Values of which no type is declared, or another: JSON with the name of the type, and back.

A validator of the author may return such a value, for example a list for a `str`. It becomes
`{"$as": "list", "value": […]}`. Only values of a closed set of types are kept so; nothing is looked up by a name that
stands in a row.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from app.queue.params.field_types import UploadedFile

AS, VALUE = "$as", "value"
_ZONED = "datetime in zone"
_MOST_BITS = 14_284
"""A number of so many bits has 4,300 digits, the limit of `sys.set_int_max_str_digits`."""
_DURATION = TypeAdapter(timedelta)


class Unkept(ValueError):
    """JSON cannot keep a value, or a JSON is no value of the type. The text is a sentence for a person."""

    def __init__(self, sentence: str) -> None:
        """Begin at the value itself; each codec around it adds its part to `place`."""
        super().__init__(sentence)
        self.place: tuple[object, ...] = ()


def reading(read: Callable[[Any], Any], kept: Any, name: str) -> Any:
    """Read a JSON that should be a value of a type.

    Raises:
        Unkept: it is none.
    """
    try:
        return read(kept)
    except (ValueError, OverflowError, ArithmeticError, TypeError) as error:
        raise Unkept(f"What was stored is no {name}.") from error


def same(value: Any) -> Any:
    """Return the value."""
    return value


def whole(value: int) -> int:
    """Return a whole number that JSON and people can read: Python writes so many digits and no more.

    Raises:
        Unkept: it has more.
    """
    if abs(value).bit_length() > _MOST_BITS:
        raise Unkept("Enter a number of at most 4,300 digits.")
    return value


def finite(value: float) -> float:
    """Return a number that JSON can hold.

    Raises:
        Unkept: it is infinite, or no number.
    """
    if not isfinite(value):
        raise Unkept("Enter a finite number.")
    return value


def has_zone(value: Any) -> bool:
    """Say whether it is a time in a zone that has a name: a day later its clock may be another."""
    return type(value) is datetime and isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key is not None


def write_instant(at: datetime) -> str:
    """Write an instant; one without a zone is meant in UTC."""
    written = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).isoformat()
    return f"{written[:-6]}Z" if written.endswith("+00:00") else written


def read_instant(kept: str) -> datetime:
    """Read what `write_instant` wrote, or an older version, which wrote no zone where none was given."""
    at = datetime.fromisoformat(kept)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _write_zoned(at: datetime) -> list[str]:
    return [write_instant(at), str(at.tzinfo)]


def _read_zoned(kept: list[str]) -> datetime:
    """Read a time in its zone. Where the zone is another by now, the instant counts."""
    at = read_instant(kept[0])
    try:
        zone = ZoneInfo(kept[1])
    except KeyError as error:
        raise ValueError("no such zone") from error
    here = [at.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    return next((one for one in here if one.utcoffset() == at.utcoffset()), at)


def write_duration(value: timedelta) -> Any:
    """Write a duration as ISO 8601 says, exact to the microsecond."""
    return _DURATION.dump_python(value, mode="json")


read_duration = _DURATION.validate_python


_OTHERS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "str": (str, same, str),
    "int": (int, whole, int),
    "float": (float, finite, float),
    "bool": (bool, same, bool),
    "None": (type(None), same, same),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "datetime": (datetime, write_instant, read_instant),
    _ZONED: (datetime, _write_zoned, _read_zoned),
    "timedelta": (timedelta, write_duration, read_duration),
    "Decimal": (Decimal, str, Decimal),
    "UUID": (UUID, str, UUID),
    "Path": (type(Path()), str, Path),
    "UploadedFile": (UploadedFile, lambda file: file.id, UploadedFile),
    "list": (list, lambda values: [write_any(one) for one in values], lambda kept: [read_any(one) for one in kept]),
    "tuple": (tuple, lambda values: [write_any(one) for one in values], lambda kept: tuple(map(read_any, kept))),
    "set": (set, lambda values: [write_any(one) for one in values], lambda kept: set(map(read_any, kept))),
    "frozenset": (
        frozenset,
        lambda all_: [write_any(one) for one in all_],
        lambda kept: frozenset(map(read_any, kept)),
    ),
    "dict": (
        dict,
        lambda values: [[write_any(name), write_any(one)] for name, one in values.items()],
        lambda kept: {read_any(name): read_any(one) for name, one in kept},
    ),
}
_NAMES = {kind: name for name, (kind, _, _) in _OTHERS.items() if name != _ZONED}
_BARE = (str, int, float, bool, type(None))


def write_named(value: Any) -> dict[str, Any]:
    """Write a value that has not the declared type, with the name of its own.

    Raises:
        Unkept: it is of none that is known here.
    """
    name = _ZONED if has_zone(value) else _NAMES.get(type(value))
    if name is None:
        raise Unkept(
            f"A check of this kind makes it a {type(value).__name__}, which cannot be stored. "
            "The check has to return the declared type."
        )
    return {AS: name, VALUE: _OTHERS[name][1](value)}


def read_named(kept: Any) -> Any:
    """Read what `write_named` wrote.

    Raises:
        Unkept: it is something else.
    """
    match kept:
        case {"$as": str(name), "value": value} if name in _OTHERS:
            return reading(_OTHERS[name][2], value, name)
    raise Unkept("What was stored is of another type.")


def write_any(value: Any) -> Any:
    """Write a value of which no type is declared."""
    if type(value) in (float, int):
        return finite(value) if type(value) is float else whole(value)
    return value if type(value) in _BARE else write_named(value)


def read_any(kept: Any) -> Any:
    """Read what `write_any` wrote."""
    return read_named(kept) if isinstance(kept, dict) else kept
