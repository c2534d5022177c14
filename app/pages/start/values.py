"""The values of a form as JSON would hold them: places in them, and what cannot be read."""

import json
from collections.abc import Iterator
from typing import Any

from app.pages.start.fields import Unreadable

Path = tuple[str | int, ...]


def place_of(problem: ValueError) -> str:
    """Say where in the text it is no JSON."""
    return f", line {problem.lineno}, column {problem.colno}" if isinstance(problem, json.JSONDecodeError) else ""


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
