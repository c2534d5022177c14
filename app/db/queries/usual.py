"""How long the jobs of a kind usually run, from the newest of its history. Changes nothing."""

from statistics import median

from sqlmodel import col, select

from app.db.models.jobs import Job
from app.db.sql.sessions import lookup
from app.db.states import State

LEARNED_FROM = 3
"""Fewer runs tell nothing."""
MOST_RUNS = 20
MOST_ROWS = 1000
"""Where none of so many jobs of the kind succeeded, none is looked for further back."""
LONGER = 3.0
"""So many times as long as usual, and at least a minute more, is longer than usual."""
_LEAST_MORE_SECONDS = 60.0


def usual_seconds(kind: str) -> float | None:
    """Return the median of the last runs of a kind that succeeded. None: there are fewer than three."""
    newest = select(Job.run_seconds, Job.state, Job.id).where(col(Job.kind) == kind)
    rows = newest.order_by(col(Job.id).desc()).limit(MOST_ROWS).subquery()
    query = (
        select(rows.c.run_seconds)
        .where(rows.c.state == State.SUCCEEDED, rows.c.run_seconds.is_not(None))
        .order_by(rows.c.id.desc())
        .limit(MOST_RUNS)
    )
    with lookup() as opened:
        found = opened.exec(query).all()
    return median(found) if len(found) >= LEARNED_FROM else None


def longer_than(usual: float | None) -> float | None:
    """Return from how many seconds on a run is longer than usual; None: that is not known."""
    return None if usual is None else max(LONGER * usual, usual + _LEAST_MORE_SECONDS)
