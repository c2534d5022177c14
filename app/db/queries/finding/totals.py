"""The kept totals: how many jobs of a kind are in a state. Nothing is counted."""

from sqlalchemy import func
from sqlmodel import select

from app.db.models.jobs import StateCount
from app.db.sql.sessions import lookup
from app.db.states import State


def state_totals(*, kind: str | None = None) -> dict[State, int]:
    """Return how many jobs are in each state, from the kept totals."""
    query = select(StateCount.state, func.sum(StateCount.total)).group_by(StateCount.state)
    if kind is not None:
        query = query.where(StateCount.kind == kind)
    with lookup() as opened:
        found = {State(state): int(total) for state, total in opened.exec(query).all()}
    return {state: max(0, found.get(state, 0)) for state in State}


def totals_by_kind() -> dict[str, dict[State, int]]:
    """Return how many jobs of each kind that ever ran here are in each state, from the kept totals."""
    found: dict[str, dict[State, int]] = {}
    with lookup() as opened:
        for kind, state, total in opened.exec(select(StateCount.kind, StateCount.state, StateCount.total)).all():
            found.setdefault(kind, dict.fromkeys(State, 0))[State(state)] = max(0, int(total))
    return found


def kind_totals() -> dict[str, int]:
    """Return how many jobs there are of each kind that ever ran here, by name, from the kept totals."""
    query = select(StateCount.kind, func.sum(StateCount.total)).group_by(StateCount.kind)
    with lookup() as opened:
        return {kind: max(0, int(total)) for kind, total in sorted(opened.exec(query).all())}
