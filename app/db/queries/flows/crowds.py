"""Very many jobs of a kind that one job started: they are counted by the database, and only some of them are read."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, not_, or_, select

from app.db.models.jobs import ContinuationRow, Job
from app.db.queries.flows.flow import CrowdLinks, FlowCrowd
from app.db.sql.column_types import table_of
from app.db.sql.sessions import lookup
from app.db.states import State

MANY = 500
"""More jobs of a kind that one job started are a crowd."""
NAMED = 8
"""So many of a crowd are read, the failed ones first."""
_FIRST = (State.FAILED, State.CANCELLED, State.RUNNING, State.RETRYING)
_job = table_of(Job)
_member = _job.alias("member")
"""The same table, where both are in one query."""
_link = table_of(ContinuationRow)


class Crowd(NamedTuple):
    """Which jobs: those of one kind that one job started."""

    parent_id: int
    kind: str


class Around(NamedTuple):
    """What is tied to a crowd."""

    after: frozenset[int]
    """The jobs that some of it wait, or waited, for."""
    before: frozenset[int]
    """The jobs that wait, or waited, for some of it."""
    named: frozenset[int]
    """Those of it that are to be read, and what some of it started."""
    is_cut_off: bool
    """Whether more is tied to it."""


class Counted(NamedTuple):
    """A crowd, counted, and between which instants it lived; `ended_at`: of those that have ended."""

    crowd: FlowCrowd
    began_at: datetime
    ended_at: datetime | None


def crowds_of(connection: Connection, ids: Collection[int]) -> set[Crowd]:
    """Return the crowds that some jobs started, waited for or are waited for by."""
    cohort = (_job.c.parent_id, _job.c.kind)
    children = select(*cohort).where(_job.c.parent_id.in_(ids))
    sources = select(*cohort).join(_link, _link.c.parent_id == _job.c.id).where(_link.c.job_id.in_(ids))
    targets = select(*cohort).join(_link, _link.c.job_id == _job.c.id).where(_link.c.parent_id.in_(ids))
    found = set[Crowd]()
    for query in (children, sources, targets):
        many = func.count(_job.c.id.distinct()) > MANY
        grouped = query.where(_job.c.parent_id.is_not(None)).group_by(*cohort).having(many)
        found |= {Crowd(*row) for row in connection.execute(grouped)}
    return found


def outside(crowds: Collection[Crowd], named: Collection[int], job: Any) -> ColumnElement[bool]:
    """Give the condition that a job of this table is of no crowd, or one of those that are read."""
    inside = (and_(func.coalesce(job.c.parent_id, 0) == one.parent_id, job.c.kind == one.kind) for one in crowds)
    return or_(not_(or_(*inside)), job.c.id.in_(named))


def around(connection: Connection, crowd: Crowd) -> Around:
    """Return what is tied to a crowd."""
    ids = _ids(crowd)
    before = _first(connection, select(_link.c.job_id).where(_link.c.parent_id.in_(ids)).distinct())
    after = _first(connection, select(_link.c.parent_id).where(_link.c.job_id.in_(ids)).distinct())
    below = _first(connection, select(_job.c.id).where(_job.c.parent_id.in_(ids)))
    state, finished = _member.c.state, _member.c.finished_at
    in_order = case({str(one): place for place, one in enumerate(_FIRST)}, value=state, else_=len(_FIRST))
    last = ids.where(finished.is_not(None)).order_by(finished.desc(), _member.c.id.desc())
    running = ids.where(state == State.RUNNING).order_by(_member.c.started_at, _member.c.id)
    named = {
        *connection.scalars(ids.order_by(in_order, _member.c.id).limit(NAMED)),
        *connection.scalars(last.limit(1)),  # by these two it took, or takes, so long
        *connection.scalars(running.limit(1)),
    }
    return Around(
        after=frozenset(after[:MANY]),
        before=frozenset(before[:MANY]),
        named=frozenset((*named, *below[:MANY])),
        is_cut_off=max(len(after), len(before), len(below)) > MANY,
    )


def count_crowd(connection: Connection, crowd: Crowd, tied: Around, *, without: Collection[int]) -> Counted | None:
    """Count a crowd; None where nothing of it is left. `without`: those of it that are read."""
    row, is_of = _member.c, and_(_is_of(crowd), _member.c.id.not_in(without))
    figures = (func.count(), func.min(row.title), func.min(row.created_at), func.max(row.finished_at))
    rows = connection.execute(select(row.state, *figures).where(is_of).group_by(row.state)).all()
    if not rows:
        return None
    states = {State(row[0]): int(row[1]) for row in rows}
    broken = select(func.count()).where(is_of, row.state == State.CANCELLED, _is_broken())
    return Counted(
        crowd=FlowCrowd(
            parent_id=crowd.parent_id,
            kind=crowd.kind,
            title=min(row[2] for row in rows),
            count=sum(states.values()),
            states={state: states[state] for state in State if state in states},
            broken=connection.scalar(broken) or 0 if State.CANCELLED in states else 0,
            after=sorted(tied.after),
            before=sorted(tied.before),
            links=CrowdLinks(
                jobs=f"/api/v1/jobs?{urlencode({'parent_id': crowd.parent_id, 'kind': crowd.kind})}",
            ),
        ),
        began_at=min(row[3] for row in rows),
        ended_at=max((row[4] for row in rows if row[4] is not None), default=None),
    )


def ids_of_crowd(parent_id: int, kind: str, states: Iterable[State], *, with_broken: bool = True) -> list[int]:
    """Return the ids of a crowd's jobs that are in one of these states.

    `with_broken`: also those that were cancelled since a job that they waited for ended in another way.

    Raises:
        Unavailable: the database is away, or it took too long.
    """
    query = _ids(Crowd(parent_id, kind)).where(_member.c.state.in_(list(states))).order_by(_member.c.id)
    if not with_broken:
        query = query.where(or_(_member.c.state != State.CANCELLED, not_(_is_broken())))
    with lookup() as opened:
        return list(opened.connection().scalars(query))


def _ids(crowd: Crowd) -> Select[tuple[int]]:
    return select(_member.c.id).where(_is_of(crowd))


def _is_of(crowd: Crowd) -> ColumnElement[bool]:
    return and_(_member.c.parent_id == crowd.parent_id, _member.c.kind == crowd.kind)


def _is_broken() -> ColumnElement[bool]:
    return exists().where(_link.c.job_id == _member.c.id, _link.c.standing == "broken")


def _first(connection: Connection, query: Select[tuple[int]]) -> list[int]:
    return list(connection.scalars(query.limit(MANY + 1)))
