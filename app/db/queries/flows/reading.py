"""A flow, read: from one of its jobs along the ties to all others, a step at a time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, null, select, union, union_all

from app.db.clock import now
from app.db.models.jobs import ContinuationRow, Job
from app.db.queries.flows.flow import Flow, FlowEdge, FlowNode, Standing, Tie
from app.db.queries.flows.longest_way import longest_way
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.column_types import table_of
from app.db.sql.sessions import lookup
from app.db.states import State
from app.errors import NotFound

MOST_JOBS = 12_000
"""A job may start 10,000 at once, and all of them are to be seen."""
MOST_STEPS = 1_500
"""So far from the job is looked, in steps from one to the next: a job may start its successor for years."""
_AT_ONCE = 500
_job = table_of(Job)
_link = table_of(ContinuationRow)
_NODE = (
    _job.c.id,
    _job.c.kind,
    _job.c.title,
    _job.c.state,
    _job.c.parent_id,
    _job.c.created_at,
    _job.c.started_at,
    _job.c.finished_at,
    _job.c.run_seconds,
    _job.c.cancel_requested_at,
    _job.c.after_ids,
)
_Tie = tuple[int, int, Standing | None]
"""Source, target, and the standing of a link; None: the source started the target."""


def flow_of(job_id: int) -> Flow:
    """Return all jobs that are tied to one: by starts, and by waits. The nearest ones where they are very many.

    Raises:
        NotFound: there is no such job.
        Unavailable: the database is away, or it took too long.
    """
    with lookup(hint="Open a job nearer to its end.") as opened:
        connection = opened.connection()
        ids, ties, is_cut_off = _tied(connection, job_id)
        rows = [row for part in _parts(sorted(ids)) for row in connection.execute(_rows_of(part))]
    if not any(row.id == job_id for row in rows):
        raise NotFound(f"There is no job #{job_id}.", hint="It may have been deleted.")
    return _flow(rows, ties, is_cut_off=is_cut_off, at=now())


def with_others(job_ids: Sequence[int]) -> set[int]:
    """Return those of some jobs that started others, or for which others wait or waited."""
    if not job_ids:
        return set()
    with lookup() as opened:
        started = select(_job.c.parent_id).where(_job.c.parent_id.in_(job_ids))
        waited = select(_link.c.parent_id).where(_link.c.parent_id.in_(job_ids))
        return set(opened.connection().scalars(union(started, waited)))


def _tied(connection: Connection, job_id: int) -> tuple[set[int], set[_Tie], bool]:
    """Return the jobs that are tied to one, their ties, and whether there are more."""
    known, last, ties = {job_id}, [job_id], set[_Tie]()
    for _ in range(MOST_STEPS):
        if not last or len(known) > MOST_JOBS:
            break
        rows = (row for part in _parts(last) for row in connection.execute(_ties_of(part)).all())
        found: set[_Tie] = {(row[0], row[1], row[2]) for row in rows}
        ties |= found
        met = {tie[0] for tie in found} | {tie[1] for tie in found}
        last = sorted(met - known)[:MOST_JOBS]
        known.update(last)
    return known, ties, bool(last)


def _ties_of(ids: Sequence[int]) -> Any:
    """Give the query for the ties of some jobs, in both directions: source, target, standing."""
    started = select(_job.c.parent_id.label("source"), _job.c.id.label("target"), null().cast(String).label("standing"))
    waits = select(_link.c.parent_id, _link.c.job_id, _link.c.standing)
    return union_all(
        started.where(_job.c.parent_id.in_(ids)),
        started.where(_job.c.id.in_(ids), _job.c.parent_id.is_not(None)),
        waits.where(_link.c.parent_id.in_(ids)),
        waits.where(_link.c.job_id.in_(ids)),
    )


def _rows_of(ids: Sequence[int]) -> Any:
    return select(*_NODE).where(_job.c.id.in_(ids)).order_by(_job.c.id)


def _flow(rows: Sequence[Row[Any]], ties: set[_Tie], *, is_cut_off: bool, at: datetime) -> Flow:
    nodes = [_node(row) for row in rows]
    after = {row.id: frozenset(row.after_ids or ()) for row in rows}
    edges = [
        _edge(source, target, standing, after=after[target])
        for source, target, standing in sorted(ties, key=lambda tie: (tie[0], tie[1], tie[2] or ""))
        if source in after and target in after  # one that is gone ties nothing any more
    ]
    began_at = min(one.created_at for one in nodes)
    ends = [one.finished_at for one in nodes if one.finished_at is not None]
    ended_at = max(ends) if len(ends) == len(nodes) else None
    return Flow(
        nodes=nodes,
        edges=edges,
        began_at=began_at,
        ended_at=ended_at,
        seconds=seconds_between(began_at, ended_at or at) or 0.0,
        longest_way=longest_way(nodes, edges),
        is_cut_off=is_cut_off,
    )


def _node(row: Row[Any]) -> FlowNode:
    state = State(row.state)
    return FlowNode.model_construct(
        id=row.id,
        kind=row.kind,
        title=row.title,
        state=state,
        parent_id=row.parent_id,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        run_seconds=row.run_seconds if state is not State.RUNNING else None,
        is_stopping=state is State.RUNNING and row.cancel_requested_at is not None,
    )


def _edge(source: int, target: int, standing: Standing | None, *, after: frozenset[int]) -> FlowEdge:
    tie: Tie = "started" if standing is None else "after" if source in after else "waits"
    return FlowEdge.model_construct(source=source, target=target, tie=tie, standing=standing)


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), _AT_ONCE):
        yield ids[first : first + _AT_ONCE]
