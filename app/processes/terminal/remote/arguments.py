"""`name=value` → the params of a job on another machine, by the JSON Schema of its kind.

The server checks them; here is only found out what a text may mean: JSON, a text, a secret, a file.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.client import Jobdeck
from app.processes.terminal.arguments import ask_hidden, content, json_or_text, refuse, split

_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def read_params(
    deck: Jobdeck,
    schema: dict[str, Any],
    given: Sequence[str],
    *,
    ask: Callable[[str], str] = ask_hidden,
    fills: bool = True,
) -> dict[str, Any]:
    """Read the params of a job; files are sent, secrets asked for.

    Args:
        deck: takes the files.
        schema: JSON Schema of the params.
        given: `name=value`, as they stand on the command line.
        ask: asks for the secret of this title; raises EOFError where nobody answers.
        fills: whether secrets that are needed and were not given are asked for.

    Raises:
        InvalidInput: names each parameter that does not fit.
        JobdeckError: a file was refused.
    """
    texts = split(given)
    described = {name: _Described(schema, one) for name, one in schema.get("properties", {}).items()}
    params: dict[str, Any] = {}
    for name, text in texts.items():
        known = described.get(name) or _Described(schema, {})
        if "password" in known.formats:
            params[name] = _secret(name, text, ask)
        elif "uploaded-file" in known.formats:
            params[name] = _sent(deck, name, text, is_list="array" in known.types)
        else:
            params[name] = _value(content(name, text), known)
    for name in schema.get("required", []) if fills else []:
        if name not in params and "password" in described[name].formats:
            params[name] = _secret(name, "", ask)
    return params


class _Described:
    """What a schema says of one parameter, with what it refers to."""

    def __init__(self, schema: dict[str, Any], part: dict[str, Any]) -> None:
        self.types: set[str] = set()
        self.formats: set[str] = set()
        self.types_inside: set[str] = set()
        self._look(schema, part)
        self.types_inside |= self.types

    @property
    def is_whole(self) -> bool:
        """Whether of numbers only whole ones are in it."""
        return "integer" in self.types_inside and "number" not in self.types_inside and "duration" not in self.formats

    def _look(self, schema: dict[str, Any], part: dict[str, Any]) -> None:
        if reference := part.get("$ref"):
            self._look(schema, schema["$defs"][reference.rpartition("/")[2]])
        for one in [*part.get("anyOf", []), *part.get("allOf", [])]:
            self._look(schema, one)
        if "type" in part:
            self.types.add(part["type"])
        if "format" in part:
            self.formats.add(part["format"])
        if "items" in part:
            items = _Described(schema, part["items"])
            self.formats |= items.formats
            self.types_inside |= items.types_inside
        for one in part.get("properties", {}).values():
            self.types_inside |= _Described(schema, one).types_inside


def _value(text: str, known: _Described) -> Any:
    value = json_or_text(text, is_whole=known.is_whole)
    types = known.types | ({"number"} if "duration" in known.formats else set())  # of seconds
    fits = (value is None and "null" in types) or _NAMES.get(type(value)) in types
    fits = fits or (type(value) is int and "number" in types)
    return text if "string" in types and not fits else value


def _secret(name: str, text: str, ask: Callable[[str], str]) -> str:
    if text.startswith("@"):
        return content(name, text)
    if text:
        refuse(name, f"A secret does not stand on the command line. Write `{name}=` to be asked, or `{name}=@file`.")
    try:
        return ask(name.replace("_", " ").capitalize())
    except EOFError:
        refuse(name, "It was asked for, and nothing came.")


def _sent(deck: Jobdeck, name: str, text: str, *, is_list: bool) -> Any:
    value = json_or_text(text, is_whole=False)
    if value is None:
        return None
    paths = value if isinstance(value, list) else [text]
    sent = [_upload(deck, name, Path(str(one).removeprefix("@")).expanduser()) for one in paths]
    return sent if is_list else sent[0]


def _upload(deck: Jobdeck, name: str, path: Path) -> str:
    try:
        return deck.upload(path)
    except OSError as error:
        refuse(name, f"{path} cannot be read: {error.strerror}.")
