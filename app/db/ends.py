"""How attempts end: what an end makes of the job's row, and the statements that write many of them at once.

Inside the transaction of `attempts.py`. Only `app.queue` imports this, for `Finish`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, bindparam, update

from app.db import moves
from app.db.engine import Batch
from app.db.models import AttemptRow, Job, State, table_of
from app.db.moves import SYSTEM, Move
from app.db.snapshot import Failure, JobSnapshot, Outcome, seconds_between

_job = table_of(Job)
_attempt = table_of(AttemptRow)
_WRITTEN = (
    "state",
    "token",
    "version",
    "run_at",
    "delay_began_at",
    "finished_at",
    "run_seconds",
    "result",
    "error_type",
    "error_message",
    "error_signature",
    "search_text",
)
_FINISH = (
    update(_job).where(_job.c.id == bindparam("of_id")).values({name: bindparam(f"to_{name}") for name in _WRITTEN})
)
_END_ATTEMPT = (
    update(_attempt)
    .where(_attempt.c.job_id == bindparam("of_id"), _attempt.c.number == bindparam("of_number"))
    .values(
        {
            name: bindparam(f"to_{name}")
            for name in ("outcome", "finished_at", "traceback", "error_type", "error_message", "error_signature")
        }
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """How an attempt ended. `retry_at`: when to try again after a failure; None = the job failed for good."""

    job_id: int
    token: int
    outcome: Outcome
    at: datetime
    result: Any = None
    result_text: str = ""
    failure: Failure | None = None
    traceback: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An end that counts, with what its job's row says after it."""

    row: Row[Any]
    end: Finish
    values: dict[str, Any]

    def snapshot(self) -> JobSnapshot:
        values = self.values
        failure = self.end.failure if values["state"] is not State.CANCELLED else None
        changed = ("state", "version", "run_at", "finished_at", "run_seconds", "result")
        return snapshot_of(self.row).model_copy(update={**{name: values[name] for name in changed}, "error": failure})


def values_after(row: Row[Any], end: Finish) -> dict[str, Any]:
    """Return what the job's row says after this end."""
    state = _state_after(row, end)
    failure = end.failure if state is not State.CANCELLED else None
    return {
        "state": state,
        "token": row.token + 1,
        "version": row.version + 1,
        "run_at": end.retry_at if state is State.RETRYING else row.run_at,
        "delay_began_at": end.at if state is State.RETRYING else row.delay_began_at,
        "finished_at": None if state is State.RETRYING else end.at,
        "run_seconds": seconds_between(row.started_at, end.at),
        "result": end.result,
        "error_type": failure.type if failure else None,
        "error_message": failure.message if failure else None,
        "error_signature": failure.signature if failure else None,
        "search_text": _searchable(row.search_text, end),
    }


def write_ends(opened: Batch, written: Sequence[Written]) -> None:
    if not written:
        return
    connection = opened.connection()
    connection.execute(
        _FINISH, [{"of_id": one.row.id, **{f"to_{name}": one.values[name] for name in _WRITTEN}} for one in written]
    )
    connection.execute(_END_ATTEMPT, [_attempt_after(one) for one in written])
    moves.record(opened, [_move(one) for one in written])


def _move(one: Written) -> Move:
    row, state = one.row, one.values["state"]
    return Move(
        job_id=row.id,
        kind=row.kind,
        from_state=State.RUNNING,
        to_state=state,
        at=one.end.at,
        reason=_reason(row, one.end, state),
        by=row.cancel_requested_by or SYSTEM if state is State.CANCELLED else SYSTEM,
        attempt=row.attempt,
        worker=row.worker,
    )


def _attempt_after(one: Written) -> dict[str, Any]:
    end = one.end
    return {
        "of_id": one.row.id,
        "of_number": one.row.attempt,
        "to_outcome": "cancelled" if one.values["state"] is State.CANCELLED else end.outcome,
        "to_finished_at": end.at,
        "to_traceback": end.traceback,
        "to_error_type": end.failure.type if end.failure else None,
        "to_error_message": end.failure.message if end.failure else None,
        "to_error_signature": end.failure.signature if end.failure else None,
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


def _searchable(text: str, end: Finish) -> str:
    """Keep what was searchable at the start (its first line) and add the outcome's text."""
    start = text.split("\n", 1)[0]
    failure = f"{end.failure.type} {end.failure.message}" if end.failure else ""
    return f"{start}\n{end.result_text} {failure}".casefold()[:20_000]


def snapshot_of(row: Row[Any]) -> JobSnapshot:
    """Make the snapshot of a row that was read without its object."""
    return JobSnapshot.from_row(cast("Job", row))  # it has the columns by the same names
