"""The values of a form as JSON would hold them: places in them, numbers, choices, what cannot be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

Path = tuple[str | int, ...]
_WHOLE = re.compile(r"[+-]?\d{1,4000}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SPACE = "[ \u00a0\u2009\u202f]"
_GROUPED = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?P<gap>{_SPACE})[0-9]{{3}}((?P=gap)[0-9]{{3}})*(\.[0-9]+)?")
_GROUPED_WHOLE = re.compile(rf"[+-]?[1-9][0-9]{{0,2}}(?P<gap>{_SPACE}|,)[0-9]{{3}}((?P=gap)[0-9]{{3}})*")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a value that cannot be read from what was typed; pydantic refuses it, and this sentence says why."""

    sentence: str
    typed: str = ""


def name_of(path: Path) -> str:
    """Write a path as people and the API do: `address.zip`."""
    return ".".join(str(part) for part in path)


def path_of(name: str) -> Path:
    """Read what `name_of` wrote."""
    return tuple(int(part) if part.isdigit() else part for part in name.split(".") if part)


def unreadable_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Give where in the values something could not be read, and why."""
    if isinstance(value, Unreadable):
        yield path, value.sentence
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from unreadable_in(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from unreadable_in(inner, (*path, number))


def is_as_asked(asked: Any, value: Any) -> bool:
    """Say whether a value is still what was asked for; anything may stand where nothing could be read then."""
    if isinstance(asked, Unreadable):
        return True
    if isinstance(asked, dict) and isinstance(value, dict):
        return asked.keys() == value.keys() and all(is_as_asked(one, value[name]) for name, one in asked.items())
    if isinstance(asked, list) and isinstance(value, list):
        return len(asked) == len(value) and all(map(is_as_asked, asked, value))
    return bool(asked == value)


def value_at(value: Any, path: Path) -> Any:
    """Give what is there, None where nothing is."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def raw(value: object) -> str:
    """Give JSON what it cannot write: what was typed, where that could not be read."""
    return value.typed if isinstance(value, Unreadable) else str(value)


def parse_number(text: str, *, is_whole: bool) -> int | float | str:
    """Read a number, exact when whole. Other text comes back as it is, for pydantic to refuse.

    Thousands may be grouped by spaces, in a whole number also by commas: "10 000" and "10,000" are ten thousand.
    "10.000" is no whole number: to some it is ten thousand, to others ten.
    """
    digits = digits_of(text, is_whole=is_whole)
    if digits is None:
        return text.strip()
    return int(digits) if is_whole else float(digits)


def digits_of(text: str, *, is_whole: bool) -> str | None:
    """Return a number that was typed without the gaps between its thousands; None: it is none."""
    text = text.strip()
    grouped = (_GROUPED_WHOLE if is_whole else _GROUPED).fullmatch(text)
    digits = re.sub(r"[\s,]", "", text) if grouped else text
    return digits if (_WHOLE if is_whole else _NUMBER).fullmatch(digits) else None


def choices(annotation: Any) -> list[tuple[Any, str]]:
    """List the values of a Literal, an Enum or an optional yes/no as (value, label)."""
    if annotation is bool:
        return [(True, "Yes"), (False, "No")]
    if get_origin(annotation) is Literal:
        return [(value.value if isinstance(value, Enum) else value, label_of(value)) for value in get_args(annotation)]
    return [(member.value, label_of(member)) for member in annotation]


def place_among(choices: list[tuple[Any, str]], value: Any) -> int | None:
    """Find a value among choices; True is not 1 there. None: it is none of them."""
    same = (number for number, (one, _) in enumerate(choices) if type(one) is type(value) and one == value)
    return next(same, None)


def label_of(value: Any) -> str:
    """Name a choice: an Enum's text value, or its name made readable; a Literal as it is."""
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.replace("_", " ").capitalize()
    return str(value)
