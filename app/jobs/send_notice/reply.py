"""What became of an attempt to send a message."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of an attempt. `is_final`: another one would come to nothing."""

    text: str
    is_accepted: bool
    status: int | None = None
    is_final: bool = False
