"""The key by which a start finds the unfinished job that it would repeat."""

import hashlib
import json
from typing import Any

from app.errors import AppError, FieldError, InvalidInput
from app.queue.kinds.kind import Kind
from app.queue.params.checked import Checked, comparable

MAX_KEY_LENGTH = 200


def unique_key(kind: Kind[Any, Any], params: Checked, *, asked: str | None = None) -> str | None:
    """Return the key of a job that is started with these params; None: it may be started any number of times.

    Args:
        kind: whose `unique` says how it is made.
        params: checked.
        asked: the caller's own key, which goes before the kind's.

    Raises:
        InvalidInput: the key is empty or too long, or the kind's function failed.
    """
    if asked is not None:
        return _checked(asked)
    if kind.unique is None:
        return None
    if kind.unique == "params":
        text = json.dumps(comparable(params), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    assert callable(kind.unique)
    try:
        return _checked(kind.unique(params.params))
    except AppError:
        raise
    except Exception as error:  # the author's own function
        raise _refusal(f"The kind's unique= function failed: {type(error).__name__}: {error}") from error


def _checked(key: object) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY_LENGTH or not key.isprintable():
        raise _refusal(f"A unique key is a text of 1 to {MAX_KEY_LENGTH} printable characters.")
    return key


def _refusal(message: str) -> InvalidInput:
    return InvalidInput("Some values do not fit.", fields=[FieldError(field="unique_key", message=message)])
