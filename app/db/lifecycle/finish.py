"""How attempts end: what an end makes of the job's row, and the statements that write many of them at once.

For the transaction of `batch.py`. `app.queue` imports only `Finish`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.actor import SYSTEM
from app.db.failures import keeping
from app.db.lifecycle import transitions
from app.db.lifecycle.transitions import NewTransition, entering, who_cancelled
from app.db.models.history import AttemptRow
from app.db.models.jobs import Job
from app.db.snapshots.change import Change
from app.db.snapshots.parts import Failure, Outcome
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.bulk_rows import update_many
from app.db.sql.column_types import table_of
from app.db.sql.write_plan import WritePlan
from app.db.state_machine import FINISH
from app.db.states import State
from app.db.text_index.pieces import SEARCH_TEXT_CHARACTERS

_job = table_of(Job)
_attempt = table_of(AttemptRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How an attempt ended. `retry_at`: when to try again after a failure; None = the job failed for good.

    `cpu_seconds`, `peak_memory_bytes`: what it took; None = that was not measured.
    """

    job_id: int
    token: int
    outcome: Outcome
    at: datetime
    result: Any = None
    result_text: str = ""
    failure: Failure | None = None
    traceback: str | None = None
    retry_at: datetime | None = None
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The end of an attempt that still belonged to its worker, with what the job's row says after it."""

    row: Row[Any]
    end: Finish
    values: dict[str, Any]

    def change(self) -> Change:
        """Return what the job is from now on."""
        return Change(row=self.row, values=self.values)


def values_after(row: Row[Any], end: Finish) -> dict[str, Any]:
    """Return what the job's row says after this end."""
    state = _state_after(row, end)
    failure = end.failure if state is not State.CANCELLED else None
    return {
        **entering(FINISH, row, state, at=end.at),
        "run_at": end.retry_at if state is State.RETRYING else row.run_at,
        "delay_began_at": end.at if state is State.RETRYING else row.delay_began_at,
        "run_seconds": seconds_between(row.started_at, end.at),
        "cpu_seconds": end.cpu_seconds,
        "peak_memory_bytes": end.peak_memory_bytes,
        "result": end.result,
        "error_type": failure.type if failure else None,
        "error_message": failure.message if failure else None,
        "error_signature": failure.signature if failure else None,
        "search_text": searchable(row.search_text, _outcome(end)),
    }


def plan_finishes(plan: WritePlan, written: Sequence[Written]) -> None:
    """Add the writes of these ends to a plan. Their rows have to be as they were read."""
    if not written:
        return
    update_many(plan, _job, [{**as_read(one.row), **one.values} for one in written])
    update_many(plan, _attempt, [_attempt_after(one) for one in written])
    transitions.record(plan, [_move(one) for one in written])
    for one in written:
        keeping.note_end(plan, one.row, one.values["state"], at=one.end.at, failure=one.end.failure)


def as_read(row: Row[Any]) -> dict[str, Any]:
    """Return the key of a job's row that nobody has changed since it was read, progress excepted."""
    return {"of_id": row.id, "of_token": row.token, "of_version": row.version}


def _move(one: Written) -> NewTransition:
    row, state = one.row, one.values["state"]
    return NewTransition(
        verb=FINISH,
        job_id=row.id,
        kind=row.kind,
        from_state=State(row.state),
        to_state=state,
        at=one.end.at,
        reason=_reason(row, one.end, state),
        by=who_cancelled(row) if state is State.CANCELLED else SYSTEM,
        attempt=row.attempt,
        worker=row.worker,
    )


def _attempt_after(one: Written) -> dict[str, Any]:
    end = one.end
    return {
        "of_job_id": one.row.id,
        "of_number": one.row.attempt,
        "outcome": "cancelled" if one.values["state"] is State.CANCELLED else end.outcome,
        "finished_at": end.at,
        "cpu_seconds": end.cpu_seconds,
        "peak_memory_bytes": end.peak_memory_bytes,
        "traceback": end.traceback,
        "error_type": end.failure.type if end.failure else None,
        "error_message": end.failure.message if end.failure else None,
        "error_signature": end.failure.signature if end.failure else None,
    }


def _state_after(row: Row[Any], end: Finish) -> State:
    if end.outcome == "succeeded":
        return State.SUCCEEDED
    if end.outcome == "cancelled" or row.cancel_requested_at is not None:
        return State.CANCELLED
    return State.RETRYING if end.retry_at is not None else State.FAILED


def _reason(row: Row[Any], end: Finish, state: State) -> str:
    match state:
        case State.SUCCEEDED:
            return "done"
        case State.CANCELLED:
            return "stopped" if end.outcome == "cancelled" else "failed while it was asked to stop"
        case State.RETRYING:
            return f"attempt {row.attempt} failed; another follows"
        case _:
            return f"attempt {row.attempt} failed"


def searchable(text: str, outcome: str) -> str:
    """Keep what was searchable at the start (its first line) and add the outcome's text."""
    start = text.split("\n", 1)[0]
    return f"{start}\n{outcome}".casefold()[:SEARCH_TEXT_CHARACTERS]


def _outcome(end: Finish) -> str:
    failure = f"{end.failure.type} {end.failure.message}" if end.failure else ""
    return f"{end.result_text} {failure}"
