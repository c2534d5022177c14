"""JSON that every part of the program, every database and every other program can hold.

Python's own parser lets NaN, half surrogates and NUL through, and of a key that is there twice drops the first.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NoReturn

from app.api.protocol import problems
from app.errors import Malformed


def check_json(body: bytes) -> None:
    """Refuse a body that is not strict JSON.

    Raises:
        Malformed: with a sentence that says where or why.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    except UnicodeDecodeError as error:
        raise Malformed("The body is not valid UTF-8.") from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.") from error
    except ValueError as error:  # Python's own limit on the digits of an integer
        raise Malformed("The body has a number that is too long.") from error
    for text in _texts(value):
        if "\0" in text:
            raise Malformed("A text in the body has a NUL character.")
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise Malformed("A text in the body has half a surrogate pair, which is no character.")


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, keys too; without recursion, which the parser would allow too deep."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case dict(pairs):
                waiting.extend(pairs)
                waiting.extend(pairs.values())
            case list(items):
                waiting.extend(items)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise Malformed(f"The body has the key {problems.shown(name).encode('utf-8', 'replace').decode()!r} twice.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"The body has {name}, which is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Malformed(f"The body has the number {problems.shown(digits)}, which is too large.")
    return number
