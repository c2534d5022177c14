"""Totals that are kept with every transition, because nothing on a page may count a whole history."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from app.db.models import FINISHED, State

_STATE = text(
    "INSERT INTO state_count (kind, state, total) VALUES (:kind, :state, :change) "
    "ON CONFLICT (kind, state) DO UPDATE SET total = state_count.total + excluded.total"
)
_MINUTE = text(
    "INSERT INTO minute_count (minute, kind, state, total) VALUES (:minute, :kind, :state, 1) "
    "ON CONFLICT (minute, kind, state) DO UPDATE SET total = minute_count.total + 1"
)


def minute_of(at: datetime) -> int:
    """Return the minutes since the epoch."""
    return int(at.timestamp()) // 60


def count_move(opened: Session, kind: str, from_state: State | None, to_state: State | None, at: datetime) -> None:
    """Move one job of a kind from a state's total to another's. None: it comes into the world, or leaves it."""
    changes = [(state, change) for state, change in ((from_state, -1), (to_state, 1)) if state is not None]
    opened.execute(_STATE, [{"kind": kind, "state": str(state), "change": change} for state, change in changes])
    if to_state in FINISHED:
        opened.execute(_MINUTE, {"minute": minute_of(at), "kind": kind, "state": str(to_state)})


def count_removed(opened: Session, kind: str, state: State, number: int) -> None:
    """Take jobs of a kind that left the world out of their state's total."""
    opened.execute(_STATE, [{"kind": kind, "state": str(state), "change": -number}])
