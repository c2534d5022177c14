"""What all snapshots share: they are read-only, their instants are RFC 3339 in JSON, and two can be compared."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, SerializationInfo, WithJsonSchema

from app.errors import WrongState

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: rfc3339(at), when_used="json", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]

INSIDE = "inside"
"""The context in which our own processes write JSON for each other: without the path prefix."""
_prefix = ""


def use_prefix(prefix: str) -> None:
    """Let the links in the JSON that this process writes for others begin with a path. Called once, at its start."""
    global _prefix
    _prefix = prefix


def _outward(path: str, info: SerializationInfo) -> str:
    return path if info.context == INSIDE else f"{_prefix}{path}"


Link = Annotated[str, PlainSerializer(_outward, when_used="json", return_type=str)]
"""A path on this server, in Python without the path prefix, below which pages and routes know nothing of it."""


def rfc3339(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with microseconds, ending in Z."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Snapshot(BaseModel):
    """What was read at one instant. It is never changed."""

    model_config = ConfigDict(frozen=True)


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one instant to another. None: one of them is unknown. Never less than 0, also where the
    clock was set back meanwhile.
    """
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())


def whole(value: float | None) -> int | float | None:
    """Return a number as an `int` where it is a whole one that a float holds exactly, else as it is."""
    return int(value) if value is not None and float(value).is_integer() and abs(value) < 2**53 else value


class ChangedMeanwhile(WrongState):
    """It was changed meanwhile.

    Attributes:
        present: what it is now. Who has heard of it may change that.
    """

    title = "Changed meanwhile"
    hint = "Press the button once more to put yours in its place, or close this and look at it."

    def __init__(self, names: Iterable[str], *, present: Snapshot, hint: str | None = None) -> None:
        """Make it of the names of what was changed. `hint`: what to do, where it is not to press once more."""
        self.present = present
        words = ", ".join(name.removeprefix("is_").replace("_", " ") for name in names)
        super().__init__(f"In another tab, or by somebody else, this was changed meanwhile: {words}.", hint=hint)


def require_as_shown(present: Snapshot, shown: Snapshot | None, names: Iterable[str]) -> None:
    """Do nothing where these fields are what was shown; `shown`: None, nobody looked at it before.

    Raises:
        ChangedMeanwhile: one is not.
    """
    if shown is not None:
        others = [name for name in names if getattr(present, name) != getattr(shown, name)]
        if others:
            raise ChangedMeanwhile(others, present=present)
