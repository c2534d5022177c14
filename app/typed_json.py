"""JSON as a person types it, into a form or behind a name on the command line.

Python's own parser drops the first of two equal keys without a word, and ends with `RecursionError`, which is no
`ValueError`, where brackets stand in brackets without end.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any


class NotJson(ValueError):
    """A text is no JSON; the message is a sentence for a person."""


def read_json(text: str, *, fraction: Callable[[str], Any] = float) -> Any:
    """Read JSON.

    Args:
        text: what was typed.
        fraction: makes a value of a number that has a fraction or an exponent.

    Raises:
        NotJson: it is none, or a key is there twice.
    """
    try:
        return json.loads(text, parse_float=fraction, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as problem:
        raise NotJson(f"This is not JSON, line {problem.lineno}, column {problem.colno}.") from None
    except NotJson:
        raise
    except ValueError:  # Python's own limit
        raise NotJson("This has a number of more than 4,300 digits.") from None
    except RecursionError:
        raise NotJson("This is nested too deeply.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise NotJson(f"This has the key {json.dumps(name, ensure_ascii=False)} twice.")
    return found


def _refuse(name: str) -> Any:
    raise NotJson(f"This is not JSON: it has {name}.")
