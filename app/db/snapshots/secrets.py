"""How secrets stand in stored params, and how they are shown."""

from typing import Any

SECRET_SHOWN_AS = "•••"
SEALED = "$sealed"
"""A secret parameter is stored as `{"$sealed": "…"}` (`app.queue.params.sealing`)."""


def mask(value: Any) -> Any:
    """Replace every sealed secret in stored params by dots."""
    if isinstance(value, dict):
        if SEALED in value and len(value) == 1:
            return SECRET_SHOWN_AS
        return {key: mask(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [mask(inner) for inner in value]
    return value
