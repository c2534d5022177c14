"""The lines of a JSON file, read one by one with the standard library: which is wrong, and how.

A fault is named with its line, also where the engine would let it pass (a key that is twice in one object).
"""

import codecs
import json
from pathlib import Path
from typing import Any, BinaryIO

from app.jobs.data_report.table.source import Source
from app.jobs.data_report.table.text.lines import Advance, position

NO_OBJECT = "not a JSON object; write one object in each line."
LARGEST_ARRAY_BYTES = 64 << 20  # of an array that the engine refuses: it is read at once to find out why


def normalise_json(source: Source, target: Path, advance: Advance) -> None:
    """Write each object of the file in a line of its own.

    Raises:
        JobError: the first line that is wrong, and how.
    """
    with source.open() as stream, target.open("wb") as out:
        if _is_one_object(source):
            raise source.error("is one JSON object; write an object in each line, or an array of objects.")
        if source.is_array:
            _normalise_array(source, stream.read(LARGEST_ARRAY_BYTES + 1), out)
            return
        for line, text in enumerate(stream, start=1):
            text = text.removeprefix(codecs.BOM_UTF8) if line == 1 else text
            if not text.strip():
                continue
            value = _parsed(source, text.strip(), line=line)
            if not isinstance(value, dict):
                raise source.error(NO_OBJECT, line=line)
            out.write(text.strip() + b"\n")
            if line % 1024 == 0:
                advance(position(source, stream))


def _is_one_object(source: Source) -> bool:
    """Return whether the file is right JSON of another form: one object, written over several lines."""
    with source.open() as stream:
        text = stream.read(LARGEST_ARRAY_BYTES + 1).strip()
    if source.is_array or len(text) > LARGEST_ARRAY_BYTES or b"\n" not in text:
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _normalise_array(source: Source, text: bytes, out: BinaryIO) -> None:
    """Write each object of one JSON array in a line of its own."""
    if len(text) > LARGEST_ARRAY_BYTES:
        raise source.error("is a JSON array with an error, and too large to find it; write one object in each line.")
    values = _parsed(source, text.removeprefix(codecs.BOM_UTF8), line=1)
    for number, value in enumerate(values, start=1):
        if not isinstance(value, dict):
            raise source.error(f"is a JSON array whose value {number} is no object; write objects.")
        out.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


def _parsed(source: Source, text: bytes, *, line: int) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=no_constant)
        if b"\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeDecodeError as error:
        line += text.count(b"\n", 0, error.start)
        raise source.error(f"not UTF-8 text (byte 0x{text[error.start]:02X}); save it as UTF-8.", line=line) from None
    except (ValueError, RecursionError) as error:
        line += error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0
        raise source.error(f"not valid JSON ({describe_fault(error)}); mend the line.", line=line) from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {json.dumps(double, ensure_ascii=False)} is there twice in one object")
    return found


def no_constant(name: str) -> None:
    """Refuse what Python takes for a number. Raises `ValueError`."""
    raise ValueError(f"{name} is no number of JSON")


def describe_fault(error: Exception) -> str:
    """Return what is wrong with JSON, in words."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]}, character {error.colno}"
    if isinstance(error, UnicodeEncodeError):
        return "a \\u escape is half of a surrogate pair"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
