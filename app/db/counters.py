"""Totals that are kept with every transition, because nothing on a page may count a whole history.

The changes of a session are gathered and written just before its COMMIT, always in the same order: every transaction
changes the same few rows, and two that locked them crosswise would wait for each other until PostgreSQL undoes one.
It also keeps these rows locked for as short as can be.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session as AnySession
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
_STATES, _MINUTES = "jobdeck state counts", "jobdeck minute counts"


def minute_of(at: datetime) -> int:
    """Return the minutes since the epoch."""
    return int(at.timestamp()) // 60


def count_move(opened: Session, kind: str, from_state: State | None, to_state: State | None, at: datetime) -> None:
    """Move one job of a kind from a state's total to another's. None: it comes into the world, or leaves it."""
    if from_state is not None:
        _gathered(opened, _STATES)[kind, str(from_state)] -= 1
    if to_state is not None:
        _gathered(opened, _STATES)[kind, str(to_state)] += 1
    if to_state in FINISHED:
        _gathered(opened, _MINUTES)[minute_of(at), kind, str(to_state)] += 1


def count_removed(opened: Session, kind: str, state: State, number: int) -> None:
    """Take jobs of a kind that left the world out of their state's total."""
    _gathered(opened, _STATES)[kind, str(state)] -= number


def _gathered(opened: AnySession, which: str) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = opened.info.setdefault(which, Counter())
    return found


@event.listens_for(Session, "before_commit")
def _write(opened: AnySession) -> None:
    states, minutes = _gathered(opened, _STATES), _gathered(opened, _MINUTES)
    if not states and not minutes:
        return
    opened.flush()
    moved = [(kind, state, change) for (kind, state), change in sorted(states.items()) if change]
    if moved:
        opened.execute(_STATE, [{"kind": kind, "state": state, "change": change} for kind, state, change in moved])
    if minutes:
        rows = [(*key, change) for key, change in sorted(minutes.items())]
        names = ("minute", "kind", "state", "change")
        opened.execute(_MINUTE, [dict(zip(names, row, strict=True)) for row in rows])
    opened.info.clear()
