"""Totals that are kept with every transition, because nothing on a page may count a whole history.

The changes of a session are gathered and written just before its COMMIT, always in the same order: every transaction
changes the same few rows, and two that locked them crosswise would wait for each other until PostgreSQL undoes one.
It also keeps these rows locked for as short as can be.
"""

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session

from app.db.clock import minute_of
from app.db.failures import keeping
from app.db.lifecycle import told
from app.db.sql import sessions
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import Transaction
from app.db.sql.write_plan import WritePlan
from app.db.states import FINISHED, State

_STATE = Compiled(
    text(
        "INSERT INTO state_count (kind, state, total) VALUES (:kind, :state, :change) "
        "ON CONFLICT (kind, state) DO UPDATE SET total = state_count.total + excluded.total"
    ),
    ("kind", "state", "change"),
)
_MINUTE = Compiled(
    text(
        "INSERT INTO minute_count (minute, kind, state, total) VALUES (:minute, :kind, :state, :change) "
        "ON CONFLICT (minute, kind, state) DO UPDATE SET total = minute_count.total + excluded.total"
    ),
    ("minute", "kind", "state", "change"),
)
_STATES, _MINUTES = "jobdeck state counts", "jobdeck minute counts"
TransitionCounts = Mapping[tuple[str, State | None, State | None, datetime], int]
"""(kind, from, to, at) → how many jobs. None: they come into the world, or leave it."""


def count_transitions(opened: Session | Transaction | WritePlan, counts: TransitionCounts) -> None:
    """Move jobs from one state's total to another's."""
    states, minutes = _gathered(opened, _STATES), _gathered(opened, _MINUTES)
    for (kind, from_state, to_state, at), number in counts.items():
        if from_state is not None:
            states[kind, str(from_state)] -= number
        if to_state is not None:
            states[kind, str(to_state)] += number
        if to_state in FINISHED:
            minutes[minute_of(at), kind, str(to_state)] += number


def count_removed(opened: Session, removed: Mapping[tuple[str, State], int]) -> None:
    """Take jobs that left the world out of their states' totals: (kind, state) → how many."""
    states = _gathered(opened, _STATES)
    for (kind, state), number in removed.items():
        states[kind, str(state)] -= number


def unwritten(opened: Session | Transaction | WritePlan, kind: str, state: State) -> int:
    """Return by how much this session will change a total."""
    return _gathered(opened, _STATES)[kind, str(state)]


def _gathered(opened: AnySession | Transaction | WritePlan, which: str) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = opened.info.setdefault(which, Counter())
    return found


def transaction() -> AbstractContextManager[Transaction]:
    """Open a transaction without a `Session`, at whose end the gathered changes are written."""
    return sessions.transaction(before_commit=_write)


@event.listens_for(Session, "before_commit")
def _write_of_session(opened: AnySession) -> None:
    if opened.info:
        opened.flush()
        _write(opened)


def _write(opened: AnySession | Transaction) -> None:
    states, minutes = _gathered(opened, _STATES), _gathered(opened, _MINUTES)
    if moved := [(*key, change) for key, change in sorted(states.items()) if change]:
        _STATE.run(opened.connection(), [dict(zip(("kind", "state", "change"), row, strict=True)) for row in moved])
    if rows := [(*key, change) for key, change in sorted(minutes.items())]:
        names = ("minute", "kind", "state", "change")
        _MINUTE.run(opened.connection(), [dict(zip(names, row, strict=True)) for row in rows])
    told.write(opened)
    told.write_causes(opened, keeping.write(opened))
    opened.info.clear()
