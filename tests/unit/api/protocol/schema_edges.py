"""Values on the bounds of a JSON Schema and just outside of them, and the judgement which of them it takes.

Only what the API's own document uses is known here: anything else is a KeyError, and then to be added.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

Schema = Mapping[str, Any]

_WRONG_TYPES: Sequence[Any] = ("text", "a\0b", 1, 1.5, True, None, [], {})
_KEYWORDS = frozenset(
    "type const enum anyOf allOf oneOf not minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength "
    "pattern format minItems maxItems items contains properties required additionalProperties title description "
    "default examples example contentMediaType writeOnly".split()
)
_FORMATS: Mapping[str, tuple[str, Sequence[str]]] = {
    "date-time": (
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*(Z|[+-]\d\d:\d\d)",
        ["2099-01-31T08:30:00Z", "2099-01-31T08:30:00+01:00", "noon"],
    ),
    "date": (r"\d{4}-\d\d-\d\d", ["2026-01-31", "1", "31.01.2026"]),
    "duration": (r"[+-]?P.+", ["PT5M", "P1DT2H", "-PT1S", "five minutes", "P"]),
    "path": (r"[^\0]+", ["/tmp/rows.csv", "rows.csv"]),
    "password": (r"[^\0]*", ["hush"]),
    "uuid": (r"[0-9a-f-]{36}", ["0" * 36]),
}
"""What a text of a format looks like, and some texts that are one and some that are none."""


class Edges:
    """The values of the schemas of one document; `known_upload`: the id of a file that can be named."""

    def __init__(self, document: Schema, *, known_upload: str) -> None:
        self._components = document["components"]["schemas"]
        self._upload = known_upload

    def takes(self, schema: Schema, value: Any) -> bool:
        """Say whether a schema allows a value."""
        schema = self._resolved(schema)
        assert schema.keys() <= _KEYWORDS, f"no keyword of JSON Schema: {schema.keys() - _KEYWORDS}"
        if schema.get("format") == "duration" and self._is_type("number", value):
            return True  # seconds; the document says so in words
        rules: Mapping[str, Callable[[Any], bool]] = {
            "type": lambda name: self._is_type(name, value),
            "const": lambda wanted: value == wanted and type(value) is type(wanted),
            "enum": lambda names: value in names,
            "anyOf": lambda parts: any(self.takes(part, value) for part in parts),
            "allOf": lambda parts: all(self.takes(part, value) for part in parts),
            "oneOf": lambda parts: sum(self.takes(part, value) for part in parts) == 1,
            "not": lambda part: not self.takes(part, value),
        }
        return all(judge(schema[name]) for name, judge in rules.items() if name in schema) and (
            self._fits(schema, value)
        )

    def values(self, schema: Schema) -> Iterator[Any]:
        """Give values on the bounds of a schema and outside of them; some come twice."""
        schema = self._resolved(schema)
        for part in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
            yield from self.values(part)
        yield from schema.get("enum", ())
        if "const" in schema:
            yield schema["const"]
        match schema.get("type"):
            case "object":
                yield from self._objects(schema)
            case "array":
                yield from self._arrays(schema)
            case "string":
                yield from self._texts(schema)
            case "integer" | "number":
                yield from self._numbers(schema)
        yield from _WRONG_TYPES

    def one(self, schema: Schema) -> Any:
        """Return a value that a schema allows."""
        return next(value for value in self.values(schema) if self.takes(schema, value))

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            rest = {name: each for name, each in schema.items() if name != "$ref"}
            schema = {**self._components[schema["$ref"].rpartition("/")[2]], **rest}
        return schema

    def _is_type(self, name: str, value: Any) -> bool:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return {
            "null": value is None,
            "boolean": isinstance(value, bool),
            "string": isinstance(value, str),
            "array": isinstance(value, list),
            "object": isinstance(value, dict),
            "number": is_number,
            "integer": is_number and value == int(value),
        }[name]

    def _fits(self, schema: Schema, value: Any) -> bool:
        if isinstance(value, str):
            return self._is_text(schema, value)
        if isinstance(value, list):
            return (
                schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value))
                and all(self.takes(schema.get("items", {}), one) for one in value)
                and ("contains" not in schema or any(self.takes(schema["contains"], one) for one in value))
            )
        if isinstance(value, dict):
            return self._is_object(schema, value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return (
                schema.get("minimum", value) <= value <= schema.get("maximum", value)
                and ("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
                and ("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
            )
        return True

    def _is_text(self, schema: Schema, text: str) -> bool:
        shape = schema.get("format")
        is_of_format = text == self._upload if shape == "uploaded-file" else True
        if shape not in (None, "uploaded-file"):
            is_of_format = re.fullmatch(_FORMATS[shape][0], text, re.DOTALL) is not None
        return (
            is_of_format
            and schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
            and re.search(schema.get("pattern", ""), text) is not None
        )

    def _is_object(self, schema: Schema, value: Mapping[str, Any]) -> bool:
        known = schema.get("properties", {})
        rest = schema.get("additionalProperties", True)
        return all(name in value for name in schema.get("required", ())) and all(
            self.takes(known[name], each) if name in known else rest is True or (rest and self.takes(rest, each))
            for name, each in value.items()
        )

    def _objects(self, schema: Schema) -> Iterator[Any]:
        known = schema.get("properties", {})
        needed = {name: self.one(known[name]) for name in schema.get("required", ())}
        yield needed
        for name, part in known.items():
            for value in self.values(part):
                yield {**needed, name: value}
        for name in needed:
            yield {other: value for other, value in needed.items() if other != name}
        yield {**needed, "nobody_knows_this": 1}

    def _arrays(self, schema: Schema) -> Iterator[Any]:
        items = schema.get("items", {})
        for length in (schema.get("minItems", 0), schema.get("maxItems", 2)):
            for one in (length - 1, length, length + 1):
                if one >= 0:
                    yield [self.one(items)] * one
        for value in self.values(items):
            yield [value]

    def _texts(self, schema: Schema) -> Iterator[Any]:
        lengths = [schema[name] for name in ("minLength", "maxLength") if name in schema]
        for length in chain.from_iterable((one - 1, one, one + 1) for one in lengths):
            if length >= 0:
                yield "x" * length
        yield from (
            *_FORMATS.get(schema.get("format", ""), ("", []))[1],
            "A",
            "12345",
            "a b",
            "ä€😀",
            "NAME=value",
            "failed, queued",
            "",
            self._upload,
        )

    def _numbers(self, schema: Schema) -> Iterator[Any]:
        step = 1 if schema["type"] == "integer" else 0.001
        for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if name in schema:
                yield from (schema[name] - step, schema[name], schema[name] + step)
        yield from (0, -0.0, 2**53 + 1, -(2**63) - 1, 10**30)
