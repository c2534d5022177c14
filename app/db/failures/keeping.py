"""Keeps the failures: what jobs that end change about them, gathered and written just before the COMMIT.

A failure is open from the end of its job until that job's retry succeeds, another that was started in its place does
(`retry_of`), a later run of its schedule does, or somebody says that it is handled. A job that ends well at its first
attempt and was started by nothing of that costs nothing here.

Like the totals (`app.db.lifecycle.totals`) the rows of groups are locked late and in one order.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session

from app.db.failures.tally import Failed, Tally
from app.db.models.history import FailureGroupRow, FailureRow
from app.db.snapshots.parts import Failure
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.sessions import Transaction, insert_for
from app.db.sql.write_plan import WritePlan
from app.db.states import State

_failure, _group = table_of(FailureRow), table_of(FailureGroupRow)
_KEY = "jobdeck failures"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """A job came to an end. `failure`: why, where it failed."""

    job_id: int
    kind: str
    state: State
    at: datetime
    attempt: int
    failure: Failure | None
    retry_of: int | None
    schedule_id: int | None
    scheduled_for: datetime | None
    version: str | None
    """Of the code that ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why jobs fail. `first`: the first that failed so, since it was dismissed or resolved where it `is_back`."""

    signature: str
    first: Failed
    is_back: bool


@dataclass(slots=True)
class _Gathered:
    ends: list[End] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    handled: list[tuple[int, datetime, str]] = field(default_factory=list)
    reopened: list[int] = field(default_factory=list)


def note_end(
    opened: AnySession | Transaction | WritePlan, row: Any, state: State, *, at: datetime, failure: Failure | None
) -> None:
    """Take in that the job of a row went to a state; `failure`: why, where it failed."""
    if not _concerns(row, state):
        return
    end = End(
        job_id=row.id,
        kind=row.kind,
        state=state,
        at=at,
        attempt=row.attempt,
        failure=failure if state is State.FAILED else None,
        retry_of=row.retry_of,
        schedule_id=row.schedule_id,
        scheduled_for=row.scheduled_for,
        version=row.code_version,
    )
    _gathered(opened).ends.append(end)


def _concerns(row: Any, state: State) -> bool:
    """Say whether such an end opens a failure or may close one: its own of an attempt before, or another's."""
    if state is State.SUCCEEDED:
        return row.attempt > 1 or row.retry_of is not None or row.schedule_id is not None
    return state is State.FAILED or (state is State.CANCELLED and row.attempt > 0)


def note_removed(opened: Session, job_ids: Collection[int]) -> None:
    """Take in that jobs are no more."""
    _gathered(opened).removed.extend(job_ids)


def note_handled(opened: Session, job_id: int, *, at: datetime, by: str) -> None:
    """Take in that somebody wants no look at a failed job any more."""
    _gathered(opened).handled.append((job_id, at, by))


def note_reopened(opened: Session, job_id: int) -> None:
    """Take in that a failed job is to be looked at after all."""
    _gathered(opened).reopened.append(job_id)


def _gathered(opened: AnySession | Transaction | WritePlan) -> _Gathered:
    found: _Gathered = opened.info.setdefault(_KEY, _Gathered())
    return found


def write(opened: AnySession | Transaction) -> Sequence[Cause]:
    """Write what was gathered; nothing happens where nothing was. Returns the causes that are new, or back."""
    gathered: _Gathered | None = opened.info.get(_KEY)
    if gathered is None:
        return ()
    writes = Transaction(opened.connection())
    connection = writes.connection()
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    _close_by_ends(connection, gathered.ends, tallies)
    for job_id, at, by in gathered.handled:
        for signature, _ in _close(connection, _failure.c.job_id == job_id, at=at, by=by):
            tallies[signature].close(at, by)
    _remove(connection, gathered.removed, tallies)
    _reopen(connection, gathered.reopened, tallies)
    _add(writes, [end for end in gathered.ends if end.failure is not None and end.failure.signature], tallies)
    return _write_groups(writes, tallies)


def _close_by_ends(connection: Connection, ends: Sequence[End], tallies: defaultdict[str, Tally]) -> None:
    own = {end.job_id: end for end in ends if end.state is not State.FAILED}
    if own:
        at = max(end.at for end in own.values())
        found = connection.execute(
            _closing(_failure.c.job_id.in_(own), at=at, by=None).returning(_failure.c.signature, _failure.c.job_id)
        )
        for signature, job_id in found.all():
            end = own[job_id]
            is_good = end.state is State.SUCCEEDED
            tallies[signature].close(end.at if is_good else None, f"job #{job_id}" if is_good else None)
    for end in ends:
        if end.state is State.SUCCEEDED:
            by = f"job #{end.job_id}"
            for signature in _closed_by_success(connection, end, by=by):
                tallies[signature].close(end.at, by)


def _closed_by_success(connection: Connection, end: End, *, by: str) -> Iterator[str]:
    """Close what a success makes good: the jobs in whose place it was started, and earlier runs of its schedule."""
    retried = end.retry_of
    while retried is not None:
        found = _close(connection, _failure.c.job_id == retried, at=end.at, by=by)
        yield from (signature for signature, _ in found)
        retried = next((retry_of for _, retry_of in found), None)
    if end.schedule_id is not None:
        which = (_failure.c.schedule_id == end.schedule_id) & (_failure.c.job_id < end.job_id)
        if end.scheduled_for is not None:
            which &= or_(_failure.c.scheduled_for.is_(None), _failure.c.scheduled_for <= end.scheduled_for)
        yield from (signature for signature, _ in _close(connection, which, at=end.at, by=by))


def _close(
    connection: Connection, which: ColumnElement[bool], *, at: datetime, by: str | None
) -> Sequence[tuple[str, int | None]]:
    """Close the open ones of these. Returns the signature of each, and in whose place its job was started."""
    statement = _closing(which, at=at, by=by).returning(_failure.c.signature, _failure.c.retry_of)
    return [(row.signature, row.retry_of) for row in connection.execute(statement).all()]


def _closing(which: ColumnElement[bool], *, at: datetime, by: str | None) -> Any:
    return update(_failure).where(_failure.c.closed_at.is_(None), which).values(closed_at=at, closed_by=by)


def _remove(connection: Connection, job_ids: Sequence[int], tallies: defaultdict[str, Tally]) -> None:
    if not job_ids:
        return
    statement = delete_rows(_failure).where(_failure.c.job_id.in_(job_ids))
    for signature, closed_at in connection.execute(
        statement.returning(_failure.c.signature, _failure.c.closed_at)
    ).all():
        if closed_at is None:
            tallies[signature].close(None, None)


def _reopen(connection: Connection, job_ids: Sequence[int], tallies: defaultdict[str, Tally]) -> None:
    for job_id in job_ids:
        statement = update(_failure).where(_failure.c.job_id == job_id, _failure.c.closed_at.is_not(None))
        statement = statement.values(closed_at=None, closed_by=None)
        for (signature,) in connection.execute(statement.returning(_failure.c.signature)).all():
            tallies[signature].reopened += 1


def _add(opened: Transaction, ends: Sequence[End], tallies: defaultdict[str, Tally]) -> None:
    """Add what failed; a job that was retried and failed again has its row anew."""
    if not ends:
        return
    connection = opened.connection()
    again = [end.job_id for end in ends if end.attempt > 1]
    if again:
        statement = delete_rows(_failure).where(_failure.c.job_id.in_(again))
        for row in connection.execute(statement.returning(_failure.c.signature, _failure.c.closed_at)).all():
            if row.closed_at is None:
                tallies[row.signature].close(None, None)
    for end in ends:
        tallies[_signature(end)].fail(end)
    insert_many(
        opened,
        _failure,
        [
            {
                "job_id": end.job_id,
                "signature": _signature(end),
                "failed_at": end.at,
                "retry_of": end.retry_of,
                "schedule_id": end.schedule_id,
                "scheduled_for": end.scheduled_for,
                "closed_at": None,
                "closed_by": None,
            }
            for end in ends
        ],
    )


def _signature(end: End) -> str:
    assert end.failure is not None
    return end.failure.signature


def _write_groups(opened: Transaction, tallies: dict[str, Tally]) -> Sequence[Cause]:
    """Add the tallies to the groups, which are locked in the order of their signatures."""
    connection = opened.connection()
    for signature in sorted(tallies):
        if (first := tallies[signature].as_new_group()) is not None:
            connection.execute(
                insert_for(opened)(_group).on_conflict_do_nothing(index_elements=["signature"]),
                {"signature": signature, **first},
            )
    # SQLite has at most 32,766 places in a statement; so many causes in one transaction there never are.
    query = select(_group).where(_group.c.signature.in_(sorted(tallies))).order_by(_group.c.signature)
    causes: list[Cause] = []
    for row in connection.execute(query.with_for_update()).all():
        values = tallies[row.signature].added_to(row)
        connection.execute(update(_group).where(_group.c.signature == row.signature).values(values))
        failed, is_new = tallies[row.signature].first, row._mapping["count"] == 0
        if failed is not None and (is_new or "came_back_at" in values):
            causes.append(Cause(signature=row.signature, first=failed, is_back=not is_new))
    return causes
