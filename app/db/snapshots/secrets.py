"""How secrets stand in stored params, and how they are shown."""

from typing import Any

SECRET_SHOWN_AS = "•••"  # nosec B105  # what is shown
SEALED = "$sealed"
"""A secret parameter is stored as `{"$sealed": "…"}` (`app.queue.params.sealing`)."""
GIVEN = "$given"
"""Beside the stored params stand those that the kind's own checks change, as they were given."""


def mask(stored: Any) -> Any:
    """Show stored params as they were given, with dots in the place of every sealed secret."""
    return _mask(as_given(stored) if isinstance(stored, dict) else stored)


def as_given(stored: dict[str, Any]) -> dict[str, Any]:
    """Return stored params as they were given, secrets sealed."""
    if GIVEN not in stored:
        return stored
    return {name: stored[GIVEN].get(name, value) for name, value in stored.items() if name != GIVEN}


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        if SEALED in value and len(value) == 1:
            return SECRET_SHOWN_AS
        return {key: _mask(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mask(inner) for inner in value]
    return value
