"""JSON as databases take it."""

import json
import math

_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_json(value: object) -> str:
    """Write JSON in few bytes. What databases refuse is replaced: NaN by null, half a surrogate pair by `?`."""
    try:
        text = _json.encode(value)
    except ValueError:
        return write_json(_without_nan(value))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def write_sqlite_json(value: object) -> str | bytes:
    """Write a bare number as bytes: a text that looks like one SQLite makes a number of its own, of 64 bits."""
    text = write_json(value)
    return text.encode() if isinstance(value, int | float) else text


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
