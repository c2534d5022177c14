"""The writing of jobs that are started: their rows, their first transitions, and what the audit keeps of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Row, bindparam, func, insert
from sqlmodel import Session, select

from app.db.audit import entries
from app.db.clock import now
from app.db.lifecycle import transitions
from app.db.lifecycle.flows import continuations
from app.db.lifecycle.start import at_once
from app.db.lifecycle.start.columns import entry_of, hold_of, reason_of, values_of, wait_of
from app.db.lifecycle.start.inserted import Inserted
from app.db.lifecycle.start.message import Message, message_of_change
from app.db.lifecycle.start.new_job import NewJob
from app.db.lifecycle.totals import transaction
from app.db.lifecycle.transitions import NewTransition
from app.db.models.jobs import Job
from app.db.snapshots.change import Change
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.engine import writer
from app.db.sql.sessions import Transaction, again_if_undone, insert_for
from app.db.state_machine import START
from app.db.states import State

_job = table_of(Job)
_NEXT_IDS = select(func.nextval(func.pg_get_serial_sequence("job", "id"))).select_from(
    func.generate_series(1, bindparam("number", type_=Integer))
)


@again_if_undone
def insert_jobs(news: Sequence[NewJob]) -> list[Inserted]:
    """Store started jobs, all or none."""
    if writer().dialect.name == "postgresql" and not any(one.unique_key or one.after or one.then for one in news):
        return _insert_at_once(news)
    with transaction() as opened:
        return insert_into(opened, news)


def insert_into(opened: Session | Transaction, news: Sequence[NewJob]) -> list[Inserted]:
    """Store started jobs inside a session."""
    at = now()
    values = _values_of(opened, news, at)
    found = _insert(opened, values)
    _record(opened, news, values, found, at=at)
    waits = {
        job_id: new.after for job_id, new in zip(found, news, strict=True) if isinstance(job_id, int) and new.after
    }
    over = {one.job_id: one for one in continuations.attach(opened, waits, at=at)} if waits else {}
    inserted = [
        _was_there(one) if not isinstance(one, int) else _settled(over[one]) if one in over else _inserted(one, new)
        for one, new in zip(found, values, strict=True)
    ]
    return [_followed(opened, one, new) if new.then else one for one, new in zip(inserted, news, strict=True)]


def _insert_at_once(news: Sequence[NewJob]) -> list[Inserted]:
    """Store jobs that depend on no other, by one statement."""
    at = now()
    values = _held([values_of(new, at) for new in news], news, at)
    begun = [_begun(0, new, one, at) for new, one in zip(news, values, strict=True)]
    asked = [entry_of(0, new) if new.by.kind in entries.ASKING else None for new in news]
    ids = at_once.insert(values, begun, asked, at=at)
    return [_inserted(job_id, one) for job_id, one in zip(ids, values, strict=True)]


def _followed(opened: Session | Transaction, first: Inserted, new: NewJob) -> Inserted:
    """Store what follows a job; nothing follows one that was there."""
    followers: list[Inserted] = []
    for then in new.then if first.is_new else ():
        before = followers[-1] if followers else first
        followers += insert_into(opened, [replace(then, after=(before.job_id,), trace_id=new.trace_id)])
    return replace(first, followers=tuple(followers))


def _values_of(opened: Session | Transaction, news: Sequence[NewJob], at: datetime) -> list[dict[str, Any]]:
    """Return the columns of the rows, the same for each; the jobs that any of them waits for are locked."""
    values = [values_of(new, at) for new in news]
    if after := [parent for new in news for parent in new.after]:
        continuations.hold_parents(opened, after)
        values = [{**one, **wait_of(new, one, at)} for new, one in zip(news, values, strict=True)]
    return _held(values, news, at)


def _held(values: list[dict[str, Any]], news: Sequence[NewJob], at: datetime) -> list[dict[str, Any]]:
    if any(new.approve is not None for new in news):
        return [{**one, **hold_of(new, one, at)} for new, one in zip(news, values, strict=True)]
    return values


def _record(
    opened: Session | Transaction,
    news: Sequence[NewJob],
    values: Sequence[dict[str, Any]],
    found: Sequence[int | Row[Any]],
    *,
    at: datetime,
) -> None:
    """Keep the first transition of each job that is new, and for the audit who asked."""
    begun = [
        _begun(job_id, new, one, at)
        for job_id, new, one in zip(found, news, values, strict=True)
        if isinstance(job_id, int)
    ]
    transitions.record(opened, begun)
    asked = [(one, new) for one, new in zip(found, news, strict=True) if new.by.kind in entries.ASKING]
    entries.record(opened, [entry_of(one, new) for one, new in asked])


def _begun(job_id: int, new: NewJob, values: dict[str, Any], at: datetime) -> NewTransition:
    return NewTransition(
        verb=START,
        job_id=job_id,
        kind=new.kind,
        from_state=None,
        to_state=values["state"],
        at=at,
        reason=reason_of(new, values),
        by=new.by,
        attempt=0,
    )


def _insert(opened: Session | Transaction, values: list[dict[str, Any]]) -> Sequence[int | Row[Any]]:
    """Insert jobs and return the id of each, or the row of the unfinished job that has its key."""
    if any(one["unique_key"] is not None for one in values):
        return [_insert_unique(opened, one) for one in values]
    return _insert_all(opened, values)


@cache
def _insert_one(names: tuple[str, ...]) -> Compiled:
    return Compiled(insert(_job).returning(_job.c.id), names)


def _insert_all(opened: Session | Transaction, values: list[dict[str, Any]]) -> Sequence[int]:
    """Insert jobs and return their ids."""
    connection = opened.connection()
    if len(values) == 1:
        [(job_id,)] = _insert_one(tuple(values[0])).run(connection, values).fetchall()
        return [job_id]
    if connection.dialect.name != "sqlite":
        ids = connection.scalars(_NEXT_IDS, {"number": len(values)}).all()
        insert_many(opened, _job, [{"id": job_id, **one} for job_id, one in zip(ids, values, strict=True)])
        return ids
    # With RETURNING, SQLAlchemy would insert them one by one. Nobody else writes now, so AUTOINCREMENT counts on.
    insert_many(opened, _job, values)
    last = connection.exec_driver_sql("SELECT last_insert_rowid()").scalar_one()
    return range(last - len(values) + 1, last + 1)


def _insert_unique(opened: Session | Transaction, values: dict[str, Any]) -> int | Row[Any]:
    """Insert one job and return its id, or the row of the unfinished one that has its key."""
    statement = insert_for(opened)(_job).on_conflict_do_nothing(
        index_elements=[_job.c.kind, _job.c.unique_key],
        index_where=_job.c.unique_key.is_not(None) & _job.c.finished_at.is_(None),
    )
    same = [_job.c[name] == values[name] for name in ("kind", "unique_key")]
    connection = opened.connection()
    while True:
        job_id: int | None = connection.execute(statement.returning(_job.c.id), values).scalar()
        if job_id is not None:
            return job_id
        row = connection.execute(_job.select().where(*same, _job.c.finished_at.is_(None))).first()
        if row is not None:  # else, on PostgreSQL, it has finished since the insert met it
            return row


def _settled(change: Change) -> Inserted:
    """Return a job that was stored just now, for which what it waits for was over already."""
    columns = {**change.row._mapping, **change.values}
    return Inserted(columns=columns, message=message_of_change(change), is_new=True)


def _inserted(job_id: int, values: dict[str, Any]) -> Inserted:
    message = None
    if values["state"] == State.QUEUED:
        message = Message(job_id, values["token"], values["kind"], values["queue"], values["priority"])
    return Inserted(columns={**values, "id": job_id}, message=message, is_new=True)


def _was_there(row: Row[Any]) -> Inserted:
    return Inserted(columns={**row._mapping}, message=None, is_new=False)
