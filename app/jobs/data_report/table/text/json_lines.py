"""The lines of a JSON file, read one by one with the standard library: which is wrong, and how.

A fault is named with its line, also where the engine would let it pass (a key that is twice in one object).
"""

import codecs
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from app.jobs.data_report.table.source import Source
from app.jobs.data_report.table.text.lines import Advance, position

LARGEST_ARRAY_BYTES = 64 << 20  # of an array that the engine refuses: it is read at once to find out why
_TOO_LARGE = "is a collection of GeoJSON over 64 MiB; write a feature in each line."
_NO_FEATURE = "a collection of GeoJSON with something in it that is no feature; mend it."


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
                raise source.error("not a JSON object; write one object in each line.", line=line)
            out.write(text.strip() + b"\n")
            if line % 1024 == 0:
                advance(position(source, stream))


def without_mark(source: Source, target: Path) -> None:
    """Copy the text of the file without its byte order mark."""
    with source.open() as stream, target.open("wb") as out:
        out.write(stream.read(len(codecs.BOM_UTF8)).removeprefix(codecs.BOM_UTF8))
        shutil.copyfileobj(stream, out, 1 << 20)


def refuse_collections(source: Source) -> None:
    """Say why what begins like a collection of GeoJSON cannot be read as one, or as one in each line.

    Returns only where an object in it is something else: then it is a file of rows.

    Raises:
        JobError: where the JSON is wrong, or what in it is no feature.
    """
    is_right: dict[int, bool] = {}
    for line, value in _values(source):
        if not isinstance(value, dict) or value.get("type") != "FeatureCollection" or "features" not in value:
            return
        is_right[line] = _has_features_alone(value["features"])
    wrong = next((line for line in is_right if not is_right[line]), None)
    if wrong is None:
        raise source.error("is a collection of GeoJSON that cannot be read; fetch it again, or save it anew.")
    if len(is_right) > 1:
        raise source.error(_NO_FEATURE, line=wrong)
    raise source.error(f"is {_NO_FEATURE}")


def _has_features_alone(features: Any) -> bool:
    return isinstance(features, list) and all(
        isinstance(feature, dict) and isinstance(feature.get("properties", 0), dict | None) for feature in features
    )


def _values(source: Source) -> Iterator[tuple[int, Any]]:
    """Give the JSON of each line; of the whole file where its first line is none."""
    with source.open() as stream:
        is_first = True
        for line, text in enumerate(iter(partial(stream.readline, LARGEST_ARRAY_BYTES + 1), b""), start=1):
            text = text.removeprefix(codecs.BOM_UTF8) if line == 1 else text
            if not text.strip():
                continue
            if len(text) > LARGEST_ARRAY_BYTES:
                raise source.error(_TOO_LARGE)
            if is_first and not _is_json(text):
                break
            is_first = False
            yield line, _parsed(source, text.strip(), line=line)
        else:
            return
        stream.seek(0)
        text = stream.read(LARGEST_ARRAY_BYTES + 1)
    if len(text) > LARGEST_ARRAY_BYTES:
        raise source.error(_TOO_LARGE)
    yield 1, _parsed(source, text.removeprefix(codecs.BOM_UTF8), line=1)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


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
        value = json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
        if b"\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except UnicodeEncodeError:
        raise source.error(
            "not valid JSON (a \\u escape is half of a surrogate pair); mend the line.", line=line
        ) from None
    except UnicodeDecodeError as error:
        line += text.count(b"\n", 0, error.start)
        raise source.error(f"not UTF-8 text (byte 0x{text[error.start]:02X}); save it as UTF-8.", line=line) from None
    except (ValueError, RecursionError) as error:
        line += error.lineno - 1 if isinstance(error, json.JSONDecodeError) else 0
        raise source.error(f"not valid JSON ({_json_fault(error)}); mend the line.", line=line) from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {json.dumps(double, ensure_ascii=False)} is there twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _json_fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]}, character {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
