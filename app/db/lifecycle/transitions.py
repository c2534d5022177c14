"""What belongs to every change of state: the transition and the kept totals. Written inside the caller's session."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session

from app.actor import SYSTEM, Actor, ActorKind
from app.db.lifecycle.totals import count_moves
from app.db.models import Job, TransitionRow
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.sessions import Batch
from app.db.sql.write_plan import WritePlan
from app.db.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransition:
    """A job goes from one state to another. `from_state` None: it comes into the world."""

    job_id: int
    kind: str
    from_state: State | None
    to_state: State
    at: datetime
    reason: str
    by: Actor
    attempt: int
    worker: str | None = None


def record(opened: Session | Batch | WritePlan, moves: Sequence[NewTransition]) -> None:
    """Add the transitions and move the totals. The caller changes the rows, their `version` too."""
    if not moves:
        return
    insert_many(
        opened,
        table_of(TransitionRow),
        [
            {
                "job_id": move.job_id,
                "from_state": move.from_state,
                "to_state": move.to_state,
                "at": move.at,
                "reason": move.reason,
                "by": move.by.name,
                "by_kind": move.by.kind,
                "via": move.by.via,
                "attempt": move.attempt,
                "worker": move.worker,
            }
            for move in moves
        ],
    )
    count_moves(opened, Counter((move.kind, move.from_state, move.to_state, move.at) for move in moves))


def record_move(
    opened: Session,
    job: Job,
    from_state: State | None,
    at: datetime,
    *,
    reason: str,
    by: Actor,
    worker: str | None = None,
) -> None:
    """Record the move of a single job whose row was just changed, and raise its version."""
    assert job.id is not None
    if from_state is not None:
        job.version += 1
    opened.flush()
    move = NewTransition(
        job_id=job.id,
        kind=job.kind,
        from_state=from_state,
        to_state=State(job.state),
        at=at,
        reason=reason,
        by=by,
        attempt=job.attempt,
        worker=worker,
    )
    record(opened, [move])


def who_cancelled(row: Job | Row[Any]) -> Actor:
    """Return who asked for the end of a job that was cancelled while it ran; the system, where nobody did."""
    if row.cancel_requested_by is None:
        return SYSTEM
    kind = ActorKind(row.cancel_requested_by_kind or ActorKind.PERSON)  # a worker of the version before names no kind
    return Actor(kind=kind, name=row.cancel_requested_by, via=row.cancel_requested_via or "")
