"""Rows of a history as it may have been, for the jobs that read or remove it."""

from datetime import datetime, timedelta
from typing import Any

from app.db import State
from app.db.clock import now
from app.db.lifecycle.totals import count_transitions
from app.db.models.history import AttemptRow, LogLineRow, TransitionRow
from app.db.models.jobs import Job
from app.db.sql.sessions import session


def add_job(
    *,
    age: timedelta,
    kind: str = "count",
    state: State = State.SUCCEEDED,
    wait_seconds: float = 0.5,
    run_seconds: float | None = 1.0,
    lines: int = 0,
    **fields: Any,
) -> int:
    """Store a job that was started `age` ago, with an attempt, its moves and its log. Returns its id."""
    at = now() - age
    started = at + timedelta(seconds=wait_seconds)
    ended = started + timedelta(seconds=run_seconds or 0)
    row = Job(
        kind=kind,
        title=kind.capitalize(),
        state=state,
        queue="default",
        params={},
        tags=[],
        search_text=kind,
        attempt=1,
        created_at=at,
        created_by="test",
        queued_at=at,
        started_at=None if state is State.QUEUED else started,
        finished_at=ended if state.is_finished else None,
        run_seconds=run_seconds if state.is_finished else None,
        **fields,
    )
    with session(write=True) as opened:
        opened.add(row)
        opened.flush()
        assert row.id is not None
        opened.add(
            AttemptRow(job_id=row.id, number=1, outcome="succeeded", worker="w", worker_id="w", started_at=started)
        )
        opened.add(_move(row.id, state, at=ended))
        opened.add_all(
            LogLineRow(job_id=row.id, seq=seq, attempt=1, at=at, level=20, text="a line") for seq in range(1, lines + 1)
        )
        count_transitions(opened, {(kind, None, state, ended): 1})
    return row.id


def _move(job_id: int, state: State, *, at: datetime) -> TransitionRow:
    return TransitionRow(job_id=job_id, to_state=state, at=at, reason="test", by="test", attempt=1)
