"""Totals that are kept with every transition, because nothing on a page may count a whole history."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from app.db.models import FINISHED, State

_STATE = text(
    "INSERT INTO state_count (kind, state, total) VALUES (:kind, :state, :change) "
    "ON CONFLICT (kind, state) DO UPDATE SET total = state_count.total + excluded.total"
)
_MINUTE = text(
    "INSERT INTO minute_count (minute, kind, state, total) VALUES (:minute, :kind, :state, :change) "
    "ON CONFLICT (minute, kind, state) DO UPDATE SET total = minute_count.total + excluded.total"
)
Moves = Mapping[tuple[str, State | None, State | None, datetime], int]
"""(kind, from, to, at) → how many jobs. None: they come into the world, or leave it."""


def minute_of(at: datetime) -> int:
    """Return the minutes since the epoch."""
    return int(at.timestamp()) // 60


def count_moves(opened: Session, moves: Moves) -> None:
    """Move jobs from one state's total to another's.

    The rows are written in one order by everybody: two transactions that wait for each other's rows would be a
    deadlock.
    """
    states: Counter[tuple[str, str]] = Counter()
    minutes: Counter[tuple[int, str, str]] = Counter()
    for (kind, from_state, to_state, at), number in moves.items():
        if from_state is not None:
            states[kind, str(from_state)] -= number
        if to_state is not None:
            states[kind, str(to_state)] += number
        if to_state in FINISHED:
            minutes[minute_of(at), kind, str(to_state)] += number
    connection = opened.connection()
    changes = [{"kind": key[0], "state": key[1], "change": change} for key, change in sorted(states.items()) if change]
    if changes:
        connection.execute(_STATE, changes)
    if minutes:
        connection.execute(
            _MINUTE,
            [
                {"minute": minute, "kind": kind, "state": state, "change": change}
                for (minute, kind, state), change in sorted(minutes.items())
            ],
        )


def count_removed(opened: Session, removed: Mapping[tuple[str, State], int], at: datetime) -> None:
    """Take jobs that left the world out of their states' totals: (kind, state) → how many."""
    count_moves(opened, {(kind, state, None, at): number for (kind, state), number in removed.items()})
