"""What of params is not shown: secrets to nobody; those of private kinds not to people who only look on."""

from contextvars import ContextVar
from typing import Any

SECRET_SHOWN_AS = "•••"  # nosec B105  # what is shown
SEALED = "$sealed"
"""A secret parameter is stored as `{"$sealed": "…"}` (`app.queue.params.sealing`)."""
GIVEN = "$given"
"""Beside the stored params stand those that the kind's own checks change, as they were given."""

HIDDEN_SHOWN_AS = "private"
hidden_kinds: ContextVar[frozenset[str]] = ContextVar("hidden kinds", default=frozenset())
"""The kinds whose params who reads may not see. Set for each request (`app.processes.http.doorkeeper`); whatever reads
rows in the course of it, in threads and tasks too, gets snapshots without them.
"""


def veiled(kind: str, params: dict[str, Any], hidden: frozenset[str] | None = None) -> dict[str, Any]:
    """Return params as they may be seen: the names alone where the kind is hidden; `hidden`: from somebody else."""
    if kind not in (hidden_kinds.get() if hidden is None else hidden):
        return params
    return dict.fromkeys(params, HIDDEN_SHOWN_AS)


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
