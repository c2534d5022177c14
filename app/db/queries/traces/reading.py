"""A job's trace, read: the job, its parents, and what they started."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.db.models.history import AttemptRow, SpanRow, TransitionRow
from app.db.models.jobs import Job
from app.db.snapshots.parts import Trace, TraceSpan
from app.db.sql.column_types import table_of
from app.db.sql.sessions import lookup
from app.db.states import State
from app.errors import NotFound
from app.telemetry.trace_context import span_id_of

MOST_JOBS = 200
MOST_SPANS = 2000
_DEEPEST = 50
_job, _attempt, _move = table_of(Job), table_of(AttemptRow), table_of(TransitionRow)
# Whole rows of a job's first 200 children, with their params, would take four times as long.
_JOB: Select[Any] = select_columns(
    _job.c.id,
    _job.c.parent_id,
    _job.c.title,
    _job.c.state,
    _job.c.created_at,
    _job.c.finished_at,
    _job.c.trace_id,
    _job.c.parent_span_id,
)
_ATTEMPT: Select[Any] = select_columns(
    _attempt.c.job_id,
    _attempt.c.number,
    _attempt.c.started_at,
    _attempt.c.finished_at,
    _attempt.c.outcome,
    _attempt.c.worker,
)
_MOVE: Select[Any] = select_columns(_move.c.job_id, _move.c.at, _move.c.to_state)


def trace_of(job_id: int) -> Trace:
    """Return the trace of a job: from the eldest of its parents down, a parent before what it started.

    Raises:
        NotFound: there is no such job.
    """
    with lookup() as opened:
        job = _existing(opened, job_id)
        jobs, is_cut_off = _family(opened, _eldest(opened, job))
        spans, has_more_spans = _parts(opened, jobs)
    return Trace(trace_id=job.trace_id, spans=_in_order(spans), is_cut_off=is_cut_off or has_more_spans)


def _parts(opened: Session, jobs: Sequence[Row[Any]]) -> tuple[list[TraceSpan], bool]:
    """Return what some jobs are made of, and whether there are more spans than are read."""
    ids = [one.id for one in jobs]
    connection = opened.connection()
    attempts = connection.execute(_ATTEMPT.where(_attempt.c.job_id.in_(ids)))
    moves = connection.execute(_MOVE.where(_move.c.job_id.in_(ids)).order_by(_move.c.id))
    named = opened.exec(
        select(SpanRow).where(col(SpanRow.job_id).in_(ids)).order_by(col(SpanRow.started_at)).limit(MOST_SPANS + 1)
    ).all()
    moves_of, attempts_of = defaultdict[int, list[Row[Any]]](list), defaultdict[int, list[Row[Any]]](list)
    for move in moves:
        moves_of[move.job_id].append(move)
    for attempt in attempts:
        attempts_of[attempt.job_id].append(attempt)
    spans = [one for each in jobs for one in _of_job(each, moves_of[each.id], attempts_of[each.id])]
    return [*spans, *(_named(one) for one in named[:MOST_SPANS])], len(named) > MOST_SPANS


def parts_of(job_id: int) -> list[TraceSpan]:
    """Return what one job did and when, without its parents and children.

    Raises:
        NotFound: there is no such job.
    """
    with lookup() as opened:
        return _parts(opened, [_existing(opened, job_id)])[0]


def _existing(opened: Session, job_id: int) -> Row[Any]:
    job = _get(opened, job_id)
    if job is None:
        raise NotFound(f"There is no job {job_id}.")
    return job


def _get(opened: Session, job_id: int) -> Row[Any] | None:
    return opened.connection().execute(_JOB.where(_job.c.id == job_id)).first()


def _eldest(opened: Session, job: Row[Any]) -> Row[Any]:
    for _ in range(_DEEPEST):
        parent = _get(opened, job.parent_id) if job.parent_id is not None else None
        if parent is None:
            break
        job = parent
    return job


def _family(opened: Session, eldest: Row[Any]) -> tuple[list[Row[Any]], bool]:
    """Return a job and what it started, the first ones of each generation, and whether there are more."""
    found, parents = [eldest], [eldest.id]
    while parents and len(found) <= MOST_JOBS:
        query = _JOB.where(_job.c.parent_id.in_(parents)).order_by(_job.c.id).limit(MOST_JOBS + 1 - len(found))
        children = opened.connection().execute(query).all()
        found += children
        parents = [one.id for one in children]
    return found[:MOST_JOBS], len(found) > MOST_JOBS


def _of_job(job: Row[Any], moves: Sequence[Row[Any]], attempts: Sequence[Row[Any]]) -> Iterator[TraceSpan]:
    """Give what a job is made of; `moves` and `attempts`: its own."""
    trace_id = job.trace_id or ""
    own = span_id_of(trace_id, job.id, "job")
    parent = job.parent_span_id
    if parent is None and job.parent_id is not None:
        parent = span_id_of(trace_id, job.parent_id, "job")
    yield TraceSpan(
        span_id=own,
        parent_span_id=parent,
        job_id=job.id,
        attempt=0,
        part="job",
        name=job.title,
        started_at=job.created_at,
        ended_at=job.finished_at,
        outcome=job.state,
        note="",
    )
    for number, (began, ended) in enumerate(_waits(moves), start=1):
        yield TraceSpan(
            span_id=span_id_of(trace_id, job.id, f"wait {number}"),
            parent_span_id=own,
            job_id=job.id,
            attempt=0,
            part="wait",
            name="waits for a worker",
            started_at=began,
            ended_at=ended,
            outcome="waiting" if ended is None else "done",
            note="",
        )
    for one in attempts:
        yield TraceSpan(
            span_id=span_id_of(trace_id, job.id, f"attempt {one.number}"),
            parent_span_id=own,
            job_id=job.id,
            attempt=one.number,
            part="attempt",
            name=f"attempt {one.number}",
            started_at=one.started_at,
            ended_at=one.finished_at,
            outcome=one.outcome,
            note=one.worker,
        )


def _waits(moves: Sequence[Row[Any]]) -> Iterator[tuple[datetime, datetime | None]]:
    """Give the times in which a job was queued; of the last one the end may not have come yet."""
    began: datetime | None = None
    for one in moves:
        if began is not None:
            yield began, one.at
        began = one.at if one.to_state == State.QUEUED else None
    if began is not None:
        yield began, None


def _named(row: SpanRow) -> TraceSpan:
    return TraceSpan(
        span_id=row.span_id,
        parent_span_id=row.parent_span_id,
        job_id=row.job_id,
        attempt=row.attempt,
        part="span",
        name=row.name,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome="error" if row.error else "done",
        note=row.error or "",
    )


def _in_order(spans: list[TraceSpan]) -> list[TraceSpan]:
    """Sort spans so that each stands below what it belongs to, by time."""
    known = {one.span_id for one in spans}
    below: dict[str | None, list[TraceSpan]] = {}
    for one in sorted(spans, key=lambda one: (one.started_at, one.job_id, one.attempt)):
        parent = one.parent_span_id if one.parent_span_id in known else None
        below.setdefault(parent, []).append(one)
    ordered: list[TraceSpan] = []
    waiting = below.pop(None, [])[::-1]
    while waiting:
        ordered.append(waiting.pop())
        waiting += below.pop(ordered[-1].span_id, [])[::-1]
    return ordered
