"""Jobs that wait for others to end: what becomes of them when one of those ends, and when it is retried.

All of it happens inside the transaction in which a job ends, starts or is retried. Who waits from its start on was
started later than whom it waits for, and who is put aside to wait looks for a circle first (`aside.py`), so nothing
waits in a circle. `app.queue` does not import this.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, Row, Select, bindparam, exists, insert, or_, select, tuple_, update
from sqlmodel import Session

from app.actor import SYSTEM, Actor
from app.db.clock import CLOCK_STEP, now
from app.db.failures import keeping
from app.db.lifecycle import transitions
from app.db.lifecycle.flows.ends import End, ends_of, fits, is_decided
from app.db.lifecycle.transitions import NewTransition, entering, is_source
from app.db.models.jobs import ContinuationRow, Job
from app.db.snapshots.change import Change
from app.db.snapshots.parts import When
from app.db.sql.bulk_rows import update_many
from app.db.sql.column_types import table_of
from app.db.sql.sessions import Transaction
from app.db.sql.write_plan import WritePlan
from app.db.state_machine import CANCEL, WAIT_AGAIN, WAKE, Verb
from app.db.states import FINISHED, State
from app.errors import FieldError, InvalidInput

_job = table_of(Job)
_link = table_of(ContinuationRow)
_Link = Literal["waiting", "met", "broken", "passed"]
"""Of a job and one that it waits for: it waits; that one ended as it should; it ended in another way, so that this job
was cancelled; or this job runs without it: a person wants so, or enough others have ended.
"""
_BATCH = 500
_set_link = (
    update(_link)
    .where(_link.c.parent_id == bindparam("of_parent_id"), _link.c.job_id == bindparam("of_job_id"))
    .values(standing=bindparam("to_standing"))
)
_waits = _job.alias("waits")
_IS_OVER = or_(_job.c.id.is_(None), _job.c.state.in_(FINISHED))
_WAITS_STILL = exists().where(_waits.c.id == _link.c.job_id, _waits.c.state == State.SCHEDULED)
LOST = (
    select(_link.c.job_id)
    .outerjoin_from(_link, _job, _job.c.id == _link.c.parent_id)
    .where(_link.c.standing == "waiting", _IS_OVER, _WAITS_STILL)
)
"""The jobs that wait for one of which nobody told that it has ended."""
_LINKS_TO = (
    select(_link.c.parent_id, _link.c.job_id)
    .where(_link.c.parent_id.in_(bindparam("parents", expanding=True)), _link.c.standing == bindparam("standing"))
    .order_by(_link.c.job_id)
)
_WITH = select(_job.c.id).where(
    _job.c.id.in_(bindparam("ids", expanding=True)),
    exists().where(_link.c.job_id == _job.c.id, _link.c.standing == bindparam("standing")),
)
Opened = Session | Transaction


def hold_parents(opened: Opened, after: Iterable[int]) -> None:
    """Lock the jobs that others are to wait for, and note that somebody does.

    Raises:
        InvalidInput: one of them is not there.
    """
    ids = sorted(set(after))
    query = select(_job.c.id).where(_job.c.id.in_(ids)).order_by(_job.c.id).with_for_update()
    found = set(opened.connection().scalars(query))
    if missing := [job_id for job_id in ids if job_id not in found]:
        message = f"There is no job #{missing[0]} to wait for. It may have been deleted."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="after", message=message)])
    # A worker that read the row before this ends the job only after it has read it again.
    noted = update(_job).where(_job.c.id.in_(ids)).values(has_followers=True, version=_job.c.version + 1)
    opened.connection().execute(noted)


def attach(opened: Opened, waits: Mapping[int, Sequence[int]], *, at: datetime) -> list[Change]:
    """Let jobs that were just stored wait for others, which are held; returns those for which that is over already.

    `waits`: job → those that it waits for.
    """
    links = [{"parent_id": one, "job_id": job_id} for job_id, after in waits.items() for one in sorted(set(after))]
    opened.connection().execute(insert(_link), [{**one, "standing": "waiting"} for one in links])
    ids = sorted({one["parent_id"] for one in links})
    query = select(_job.c.id, _job.c.title, _job.c.state).where(_job.c.id.in_(ids), _job.c.state.in_(FINISHED))
    ended = [End(job_id=row.id, title=row.title, state=State(row.state)) for row in opened.connection().execute(query)]
    return settle(opened, ended, at=at)


def settle(opened: Opened, ended: Sequence[End], *, at: datetime, is_sent: bool = True) -> list[Change]:
    """Queue or cancel the jobs that waited for these; of those cancelled, the jobs that waited for them, and so on.

    Args:
        opened: the transaction in which they ended.
        ended: how.
        at: now.
        is_sent: the caller sends the messages of what is queued; else the sweep does.
    """
    changes: list[Change] = []
    while ended:
        done = _settle_level(opened, ended, at=at, is_sent=is_sent)
        changes.extend(done)
        ended = ends_of([one.row for one in done], [one.state for one in done])
    return changes


def wait_again(opened: Session, parent: Job, *, by: Actor, at: datetime) -> list[Change]:
    """Let the jobs wait again that were cancelled because of a job's end: it is retried. Theirs do, too."""
    changes: list[Change] = []
    parents = [End(job_id=parent.id or 0, title=parent.title, state=None)] if parent.has_followers else []
    while parents:
        done = _mend_level(opened, parents, by=by, at=at)
        changes.extend(done)
        parents = [End(job_id=one.job_id, title=one.row.title, state=None) for one in done if one.row.has_followers]
    # What else they wait for may have ended while they did not.
    later = [end for ids in _parts([one.job_id for one in changes]) for end in settle_lost(opened, at=at, of=ids)]
    return list({one.job_id: one for one in (*changes, *later)}.values())


def hold_parents_since(opened: Session, job_id: int, *, since: datetime) -> list[Row[Any]]:
    """Lock those that a job was started after and that have not ended, or ended since a time; returns them.

    To be called before the job itself is locked: everybody takes the earlier ones first.
    """
    connection = opened.connection()
    after = connection.scalar(select(_job.c.after_ids).where(_job.c.id == job_id)) or []
    ended_since = _job.c.finished_at.between(since, now() + CLOCK_STEP)  # in the future: before the clock was set back
    is_late = or_(_job.c.state.not_in(FINISHED), ended_since)
    return list(
        connection.execute(_job.select().where(_job.c.id.in_(after), is_late).order_by(_job.c.id).with_for_update())
    )


def wait_for(opened: Session, job_id: int, *, parents: Collection[int]) -> None:
    """Let a job wait once more for some of those that it was started after; they are held."""
    links = (_link.c.job_id == job_id, _link.c.parent_id.in_(parents))
    opened.connection().execute(update(_link).where(*links).values(standing="waiting"))


def pass_over(opened: Session, job_id: int) -> None:
    """Let a job run that waited for others, without them: a person retries it, or it has to wait no longer."""
    _pass_over(opened, [job_id])


def _pass_over(opened: Opened, job_ids: Collection[int]) -> None:
    if not job_ids:
        return
    unmet = _link.c.standing.in_(("waiting", "broken"))
    passed = update(_link).where(_link.c.job_id.in_(list(job_ids)), unmet).values(standing="passed")
    opened.connection().execute(passed)


def settle_lost(opened: Opened, *, at: datetime, of: Collection[int] | None = None) -> list[Change]:
    """Settle the ends that nobody told of: of a worker of an older version, or by hand.

    `of`: those for which these jobs wait, and what is queued by them the sweep sends; None: some of all, and the caller
    sends. To look for all takes as long as there are many who wait.
    """
    query = (
        select(_link.c.parent_id, _job.c.title, _job.c.state)
        .outerjoin_from(_link, _job, _job.c.id == _link.c.parent_id)
        .where(_link.c.standing == "waiting", _IS_OVER, _WAITS_STILL)
        .distinct()
    )
    query = query.limit(_BATCH) if of is None else query.where(_link.c.job_id.in_(of))
    ended = [
        End(job_id=row.parent_id, title=row.title or "", state=State(row.state) if row.state else None)
        for row in opened.connection().execute(query)
    ]
    return settle(opened, ended, at=at, is_sent=of is None)


def has_lost(connection: Connection) -> bool:
    """Say whether `settle_lost` has something to do; reads only."""
    return connection.execute(LOST.limit(1)).first() is not None


def _settle_level(opened: Opened, ended: Sequence[End], *, at: datetime, is_sent: bool) -> list[Change]:
    by_id = {end.job_id: end for end in ended}
    links, rows = _held(opened, by_id, link="waiting", verb=WAKE)
    fit = {link: fits(by_id[link[0]], _when(rows[link[1]])) for link in links}
    _write_links(opened, [link for link in links if fit[link]], "met")
    _write_links(opened, [link for link in links if not fit[link]], "broken")
    broken = {job_id: parent_id for (parent_id, job_id), fits in fit.items() if not fits}
    waiting = _those_with(opened, rows.keys() - broken.keys(), "waiting")
    tallies = _tallies(by_id, links, rows)
    enough = {job_id for job_id in waiting & tallies.keys() if tallies[job_id].is_decided}
    _pass_over(opened, enough)
    changes, steps = list[Change](), list[Change]()
    for job_id, row in rows.items():
        if job_id in broken:
            changes.append(_moved(row, CANCEL, State.CANCELLED, at=at))
        elif job_id not in waiting or job_id in enough:
            changes.append(_woken(row, at=at, is_sent=is_sent))
        elif job_id in tallies:
            steps.append(Change(row=row, values={**tallies[job_id].columns, "progress_at": at}))
    reasons = {job_id: f"cancelled: {by_id[parent_id].words}" for job_id, parent_id in broken.items()}
    reasons |= dict.fromkeys(enough, "enough of what it waited for has ended")
    _write(opened, [*changes, *steps], reasons, "what it waited for has ended", by=SYSTEM, at=at)
    return changes


@dataclass(frozen=True, slots=True)
class _Tally:
    """Of the jobs that a job was put aside to wait for: how many have ended, how many of these succeeded."""

    done: float
    succeeded: int
    total: float
    least: int | None

    @property
    def is_decided(self) -> bool:
        return is_decided(int(self.total - self.done), self.succeeded, least=self.least)

    @property
    def columns(self) -> dict[str, Any]:
        return {"progress_done": self.done, "aside_succeeded": self.succeeded}


def _tallies(
    by_id: Mapping[int, End], links: Iterable[tuple[int, int]], rows: Mapping[int, Row[Any]]
) -> dict[int, _Tally]:
    """Return how it stands with those of some jobs that were put aside, with the ends that just came."""
    links = list(links)
    ended = Counter(job_id for _, job_id in links)
    good = Counter(job_id for parent_id, job_id in links if by_id[parent_id].state is State.SUCCEEDED)
    return {
        job_id: _Tally(
            done=(row.progress_done or 0) + ended[job_id],
            succeeded=row.aside_succeeded + good[job_id],
            total=row.progress_total or 0,
            least=row.aside_least,
        )
        for job_id, row in rows.items()
        if row.aside_since is not None
    }


def _mend_level(opened: Session, parents: Sequence[End], *, by: Actor, at: datetime) -> list[Change]:
    by_id = {one.job_id: one for one in parents}
    links, rows = _held(opened, by_id, link="broken", verb=WAIT_AGAIN)
    _write_links(opened, links, "waiting")
    others = _those_with(opened, rows, "broken")
    rows = _whose_key_is_free(opened, {job_id: row for job_id, row in rows.items() if job_id not in others})
    changes = [_moved(row, WAIT_AGAIN, State.SCHEDULED, at=at) for row in rows.values()]
    reasons = {job_id: f"waits again: #{parent_id} {by_id[parent_id].title} is retried" for parent_id, job_id in links}
    _write(opened, changes, reasons, "", by=by, at=at)
    return changes


@cache
def _takable(verb: Verb) -> Select[Any]:
    """Select jobs that a verb may take, and lock them in the order in which everybody does."""
    ids = bindparam("ids", expanding=True, type_=BigInteger)
    return _job.select().where(_job.c.id.in_(ids), is_source(verb)).order_by(_job.c.id).with_for_update()


def _held(
    opened: Opened, parents: Iterable[int], *, link: _Link, verb: Verb
) -> tuple[list[tuple[int, int]], dict[int, Row[Any]]]:
    """Lock the jobs that have such a link to one of these and that a verb may take; with these links."""
    connection = opened.connection()
    found = connection.execute(_LINKS_TO, {"parents": list(parents), "standing": link})
    links = [(row.parent_id, row.job_id) for row in found]
    ids = list({job_id for _, job_id in links})
    rows = {row.id: row for row in connection.execute(_takable(verb), {"ids": ids})} if links else {}
    return [one for one in links if one[1] in rows], rows


def _when(row: Row[Any]) -> When:
    """Return how those have to end that a job waits for: where it was put aside, in any way."""
    when: When = row.after_when if row.aside_since is None else "finished"
    return when


def _those_with(opened: Opened, job_ids: Iterable[int], link: _Link) -> set[int]:
    """Return those of some jobs that have such a link to any other; of ten thousand links only the first is read."""
    return set(opened.connection().scalars(_WITH, {"ids": list(job_ids), "standing": link}))


def _whose_key_is_free(opened: Session, rows: Mapping[int, Row[Any]]) -> dict[int, Row[Any]]:
    """Leave out those whose unique key another unfinished job has meanwhile, or an earlier one of them."""
    firsts: dict[tuple[str, str], int] = {}
    for job_id, row in rows.items():
        if row.unique_key is not None:
            firsts.setdefault((row.kind, row.unique_key), job_id)
    query = select(_job.c.kind, _job.c.unique_key).where(
        tuple_(_job.c.kind, _job.c.unique_key).in_(list(firsts)), _job.c.finished_at.is_(None)
    )
    taken = {(kind, key) for kind, key in opened.connection().execute(query)} if firsts else set()
    free = {job_id for key, job_id in firsts.items() if key not in taken}
    return {job_id: row for job_id, row in rows.items() if row.unique_key is None or job_id in free}


def _woken(row: Row[Any], *, at: datetime, is_sent: bool) -> Change:
    if row.approve_role is not None and row.approved_at is None:
        return Change(row=row, values={"version": row.version + 1})  # it waits on, for somebody to agree
    if row.not_before is not None and row.not_before > at:
        return Change(row=row, values={"run_at": row.not_before, "version": row.version + 1})
    change = _moved(row, WAKE, State.QUEUED, at=at)
    return change if is_sent else Change(row=row, values={**change.values, "sent_at": None})


def _moved(row: Row[Any], verb: Verb, to: State, *, at: datetime) -> Change:
    return Change(row=row, values=entering(verb, row, to, at=at))


def _write_links(opened: Opened, links: Sequence[tuple[int, int]], standing: _Link) -> None:
    if links:
        rows = [{"of_parent_id": parent, "of_job_id": job_id, "to_standing": standing} for parent, job_id in links]
        opened.connection().execute(_set_link, rows)


def _write(
    opened: Opened, changes: Sequence[Change], reasons: Mapping[int, str], woken: str, *, by: Actor, at: datetime
) -> None:
    """Write the rows and the transitions of jobs that are held. `reasons`: of those that are not woken."""
    writes = Transaction(opened.connection())
    for names in {tuple(one.values) for one in changes}:
        plan = WritePlan(writes.dialect)
        alike = [one for one in changes if tuple(one.values) == names]
        update_many(plan, _job, [{"of_id": one.job_id, **one.values} for one in alike])
        plan.write(writes)
    verbs = {State.QUEUED: WAKE, State.CANCELLED: CANCEL, State.SCHEDULED: WAIT_AGAIN}
    moves = [
        NewTransition(
            verb=verbs[one.state],
            job_id=one.job_id,
            kind=one.kind,
            from_state=State(one.row.state),
            to_state=one.state,
            at=at,
            reason=reasons.get(one.job_id, woken),
            by=by,
            attempt=one.row.attempt,
        )
        for one in changes
        if "state" in one.values
    ]
    transitions.record(opened, moves)
    for one in changes:
        if one.state is State.CANCELLED:  # it may have failed before it waited again: nobody has to look at that now
            keeping.note_end(opened, one.row, one.state, at=at, failure=None)


def _parts(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[first : first + _BATCH] for first in range(0, len(ids), _BATCH)]
