"""What belongs to every change of state: the condition of the write, the columns of the job's row, the transition and
the kept totals. All of it is taken from the table in `app.db.state_machine`. Written inside the caller's session.

No other module puts a state into a row.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, and_, literal_column, true
from sqlmodel import Session, col

from app.actor import SYSTEM, Actor, ActorKind
from app.db.failures import keeping
from app.db.lifecycle import told
from app.db.lifecycle.told import Happened
from app.db.lifecycle.totals import count_transitions
from app.db.models.history import TransitionRow
from app.db.models.jobs import Job
from app.db.snapshots.parts import failure_of
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.sessions import Transaction
from app.db.sql.write_plan import WritePlan
from app.db.state_machine import Verb
from app.db.states import FINISHED, State


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransition:
    """A verb takes a job from one state to another. `from_state` None: the job comes into the world.

    Raises:
        ForbiddenStep: the table does not allow it.
    """

    verb: Verb
    job_id: int
    kind: str
    from_state: State | None
    to_state: State
    at: datetime
    reason: str
    by: Actor
    attempt: int
    worker: str | None = None

    def __post_init__(self) -> None:
        """Hold it against the table."""
        self.verb.require(self.from_state, self.to_state)


def is_source(verb: Verb) -> ColumnElement[bool]:
    """Give the SQL condition of the states that a verb takes jobs from.

    The states are literals, not bound values: with those SQLite would use none of the partial indexes of
    app/db/schema.py, whose conditions these are, word for word.
    """
    literals = [cast("str", literal_column(f"'{state}'")) for state in verb.sources if state is not None]
    return col(Job.state) == literals[0] if len(literals) == 1 else col(Job.state).in_(literals)


def is_guarded(verb: Verb, **shown: Any) -> ColumnElement[bool]:
    """Give the SQL condition of a verb's guards; `shown`: the value of each guard's column.

    Raises:
        KeyError: a guard's value is not shown.
    """
    return and_(true(), *(guard.compare(col(getattr(Job, guard.column)), shown[guard.column]) for guard in verb.guards))


def may_take(verb: Verb, **shown: Any) -> ColumnElement[bool]:
    """Give the SQL condition of the rows that a verb may take; `shown`: as for `is_guarded`."""
    return and_(is_source(verb), is_guarded(verb, **shown))


def entering(verb: Verb, row: Job | Row[Any] | None, to: State, *, at: datetime) -> dict[str, Any]:
    """Return what every job's row says on entering a state; `row` None: it comes into the world.

    The token is raised whenever a job leaves a worker or is queued, so that older messages and ends mean nothing.

    Raises:
        ForbiddenStep: the table does not allow it.
    """
    verb.require(None if row is None else row.state, to)
    values: dict[str, Any] = {
        "state": to,
        "version": 1 if row is None else row.version + 1,
        "token": 1 if row is None else row.token + (to is not State.RUNNING),
    }
    if to is State.QUEUED:
        values["queued_at"] = values["sent_at"] = at
    if row is not None and to is not State.RUNNING:
        values["finished_at"] = at if to in FINISHED else None
    return values


def move(
    opened: Session,
    job: Job,
    verb: Verb,
    to: State,
    *,
    at: datetime,
    reason: str,
    by: Actor,
    worker: str | None = None,
) -> None:
    """Take a single job, whose row this session holds, to another state.

    Raises:
        ForbiddenStep: the table does not allow it.
    """
    assert job.id is not None
    from_state = State(job.state)
    for name, value in entering(verb, job, to, at=at).items():
        setattr(job, name, value)
    opened.flush()
    transition = NewTransition(
        verb=verb,
        job_id=job.id,
        kind=job.kind,
        from_state=from_state,
        to_state=to,
        at=at,
        reason=reason,
        by=by,
        attempt=job.attempt,
        worker=worker,
    )
    record(opened, [transition])
    keeping.note_end(opened, job, to, at=at, failure=failure_of(job))


def record(opened: Session | Transaction | WritePlan, transitions: Sequence[NewTransition]) -> None:
    """Add the transitions, move the totals, keep what is to be told. The caller writes what `entering` says."""
    if not transitions:
        return
    insert_many(opened, table_of(TransitionRow), [values_of(one) for one in transitions])
    count_transitions(opened, Counter((one.kind, one.from_state, one.to_state, one.at) for one in transitions))
    told.gather(opened, [Happened(one.kind, one.job_id, one.to_state, one.at) for one in transitions])


def values_of(transition: NewTransition) -> dict[str, Any]:
    """Return the columns of a transition's row."""
    return {
        "job_id": transition.job_id,
        "from_state": transition.from_state,
        "to_state": transition.to_state,
        "at": transition.at,
        "reason": transition.reason,
        "by": transition.by.name,
        "by_kind": transition.by.kind,
        "via": transition.by.via,
        "attempt": transition.attempt,
        "worker": transition.worker,
    }


def who_cancelled(row: Job | Row[Any]) -> Actor:
    """Return who asked for the end of a job that was cancelled while it ran; the system, where nobody did."""
    if row.cancel_requested_by is None:
        return SYSTEM
    kind = ActorKind(row.cancel_requested_by_kind or ActorKind.PERSON)  # a worker of the version before names no kind
    return Actor(kind=kind, name=row.cancel_requested_by, via=row.cancel_requested_via or "")
