"""A flow, read: from one of its jobs along the ties to all others, a step at a time."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, String, exists, null, or_, select, union_all

from app.db.clock import now
from app.db.models.jobs import ContinuationRow, Job
from app.db.queries.flows.crowds import MANY, Around, Counted, Crowd, around, count_crowd, crowds_of, outside
from app.db.queries.flows.flow import Flow, FlowEdge, FlowNode, Standing, Tie
from app.db.queries.flows.longest_way import longest_way
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.column_types import table_of
from app.db.sql.sessions import lookup
from app.db.states import State
from app.errors import NotFound

MOST_JOBS = 12_000
"""So many are read, beside those that are counted."""
MOST_STEPS = 1_500
"""So far from the job is looked, in steps from one to the next: a job may start its successor for years."""
_AT_ONCE = 500
_job = table_of(Job)
_child = _job.alias("child")
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

    Of very many jobs of a kind that one job started only some are among its nodes; the others are counted.

    Raises:
        NotFound: there is no such job.
        Unavailable: the database is away, or it took too long.
    """
    with lookup(hint="Open a job nearer to its end.") as opened:
        connection = opened.connection()
        search = _Search(connection, job_id)
        search.run()
        rows = [row for part in _parts(sorted(search.known)) for row in connection.execute(_rows_of(part))]
        if not any(row.id == job_id for row in rows):
            raise NotFound(f"There is no job #{job_id}.", hint="It may have been deleted.")
        counted = [search.count(crowd, rows) for crowd in sorted(search.crowds)]
    crowds = [one for one in counted if one is not None]
    return _flow(rows, search.ties, crowds, is_cut_off=search.is_cut_off, at=now())


def with_others(job_ids: Sequence[int]) -> set[int]:
    """Return those of some jobs that started others, or for which others wait or waited."""
    if not job_ids:
        return set()
    started = exists().where(_child.c.parent_id == _job.c.id)
    waited = exists().where(_link.c.parent_id == _job.c.id)
    with lookup() as opened:
        query = select(_job.c.id).where(_job.c.id.in_(job_ids), or_(started, waited))
        return set(opened.connection().scalars(query))


class _Search:
    """From one job along the ties to all others."""

    def __init__(self, connection: Connection, job_id: int) -> None:
        self.known, self.ties, self.is_cut_off = {job_id}, set[_Tie](), False
        self.crowds: dict[Crowd, Around] = {}
        self._connection = connection

    def run(self) -> None:
        """Go as far as there are ties."""
        last = sorted(self.known)
        for _ in range(MOST_STEPS):
            if not last or len(self.known) > MOST_JOBS:
                break
            met = {job_id for part in _parts(last) for job_id in self._met_from(part)}
            last = sorted(met - self.known)[:MOST_JOBS]
            self.known.update(last)
        self.is_cut_off = bool(last) or any(around.is_cut_off for around in self.crowds.values())

    def count(self, crowd: Crowd, rows: Sequence[Row[Any]]) -> Counted | None:
        """Count a crowd without those of it that are among `rows`."""
        named = [row.id for row in rows if (row.parent_id, row.kind) == crowd]
        return count_crowd(self._connection, crowd, self.crowds[crowd], without=named)

    def _met_from(self, ids: Sequence[int]) -> set[int]:
        """Return the jobs that are tied to these, as far as they are to be read."""
        rows = self._connection.execute(_ties_of(ids).limit(MANY + 1)).all()
        met = set[int]()
        if len(rows) > MANY:
            new = sorted(crowds_of(self._connection, ids) - self.crowds.keys())
            for crowd in new:
                self.crowds[crowd] = found = around(self._connection, crowd)
                met |= {crowd.parent_id} | found.after | found.before | found.named
            rows = self._connection.execute(_ties_of(ids, crowds=self.crowds, named=self.known | met)).all()
        found_ties: set[_Tie] = {(row[0], row[1], row[2]) for row in rows}
        self.ties |= found_ties
        return met | {tie[0] for tie in found_ties} | {tie[1] for tie in found_ties}


def _ties_of(ids: Sequence[int], *, crowds: Collection[Crowd] = (), named: Collection[int] = ()) -> Any:
    """Give the query for the ties of some jobs, in both directions: source, target, standing. Without those to jobs of
    crowds, but for the named ones.
    """
    started = select(_job.c.parent_id.label("source"), _job.c.id.label("target"), null().cast(String).label("standing"))
    waits = select(_link.c.parent_id, _link.c.job_id, _link.c.standing)
    children, followers, awaited = (
        started.where(_job.c.parent_id.in_(ids)),
        waits.where(_link.c.parent_id.in_(ids)),
        waits.where(_link.c.job_id.in_(ids)),
    )
    if crowds:
        is_read = outside(crowds, named, _job)
        children = children.where(is_read)
        followers = followers.join(_job, _job.c.id == _link.c.job_id).where(is_read)
        awaited = awaited.join(_job, _job.c.id == _link.c.parent_id).where(is_read)
    parents = started.where(_job.c.id.in_(ids), _job.c.parent_id.is_not(None))
    return union_all(children, parents, followers, awaited)


def _rows_of(ids: Sequence[int]) -> Any:
    return select(*_NODE).where(_job.c.id.in_(ids)).order_by(_job.c.id)


def _flow(
    rows: Sequence[Row[Any]], ties: set[_Tie], crowds: Sequence[Counted], *, is_cut_off: bool, at: datetime
) -> Flow:
    nodes = [_node(row) for row in rows]
    after = {row.id: frozenset(row.after_ids or ()) for row in rows}
    edges = [
        _edge(source, target, standing, after=after[target])
        for source, target, standing in sorted(ties, key=lambda tie: (tie[0], tie[1], tie[2] or ""))
        if source in after and target in after  # one that is gone ties nothing any more
    ]
    states = Counter(one.state for one in nodes)
    for each in crowds:
        states.update(each.crowd.states)
    began_at = min(one.created_at for one in nodes)
    began_at = min([began_at, *(each.began_at for each in crowds)])
    ends = [*(one.finished_at for one in nodes), *(each.ended_at for each in crowds)]
    is_over = all(state.is_finished for state in states)
    ended_at = max((one for one in ends if one is not None), default=None) if is_over else None
    return Flow(
        nodes=nodes,
        edges=edges,
        crowds=[each.crowd for each in crowds],
        count=states.total(),
        states={state: states[state] for state in State if states[state]},
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
