"""What became of an attempt to send a message."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What became of an attempt. `is_final`: another one would come to nothing; `pause`: no sooner than after that."""

    text: str
    is_accepted: bool
    status: int | None = None
    is_final: bool = False
    pause: timedelta = timedelta()
