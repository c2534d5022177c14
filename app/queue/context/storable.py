"""What a job gives, as every database and a pipe can take it: texts and numbers."""

import math

_LARGE = 2**63


def text_of(value: object) -> str:
    """Write a message that a job gave as text, whatever its own `__str__` does."""
    try:
        return str(value)
    except BaseException as broken:  # SystemExit too: it may be anything, and somebody has to go on
        return f"(its message cannot be shown: {type(broken).__name__})"


def finite(value: float | None) -> float | None:
    """Return a number that every database takes: whole numbers beyond 64 bits as floats, no NaN, no infinity."""
    try:
        if value is None or not math.isfinite(value):
            return None
    except OverflowError:  # a whole number beyond every float
        return None
    return value if abs(value) < _LARGE else float(value)


def safe(text: str) -> str:
    """Return a text without NUL and lone surrogates."""
    return text.replace("\0", "␀").encode("utf-8", "replace").decode()


def cut(text: str, limit: int) -> str:
    """Return a text of at most `limit` characters; one that was cut ends with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
