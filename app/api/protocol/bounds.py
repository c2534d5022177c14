"""What is refused of every text and every object that comes in, said in the JSON Schemas of requests."""

from collections.abc import Iterator
from typing import Any

NO_NUL = "^[^\\x00]*$"
"""No text may have a NUL character: PostgreSQL keeps none."""
_NAMES_A_FILE = frozenset({"path", "uploaded-file"})
_WRITTEN_BY_RULE = frozenset({"pattern", "enum", "const", "format"})


def say_bounds(schema: object) -> None:
    """Add to a schema, and to all within it, what every text and every object is refused for."""
    for part in _parts(schema):
        if part.get("type") == "object" and "properties" in part:
            part.setdefault("additionalProperties", False)  # what a model does not know is refused, not dropped
        if part.get("type") != "string":
            continue
        if part.get("format") in _NAMES_A_FILE:
            part.setdefault("minLength", 1)
        elif not _WRITTEN_BY_RULE & part.keys():
            part["pattern"] = NO_NUL


def say_bounds_of_requests(document: dict[str, Any]) -> None:
    """Do as `say_bounds` in an OpenAPI document: in parameters, in bodies, and in the components that bodies name."""
    waiting: list[object] = []
    for operations in document["paths"].values():
        for operation in operations.values():
            waiting += [one["schema"] for one in operation.get("parameters", [])]
            waiting.append(operation.get("requestBody", {}))
    seen: set[str] = set()
    while waiting:
        schema = waiting.pop()
        say_bounds(schema)
        names = {str(part["$ref"]).rpartition("/")[2] for part in _parts(schema) if "$ref" in part} - seen
        seen |= names
        waiting += [document["components"]["schemas"][name] for name in names]


def _parts(value: object) -> Iterator[dict[str, Any]]:
    """Give every object within a schema, outermost first; defaults and examples are values, not schemas."""
    if isinstance(value, list):
        for each in value:
            yield from _parts(each)
    elif isinstance(value, dict):
        yield value
        for key, inner in value.items():
            if key not in ("default", "example", "examples", "enum", "const"):
                yield from _parts(inner)
