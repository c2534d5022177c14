"""How jobs come into the queue: started, due, or queued again. Only `app.queue` imports this.

Each function is one short transaction. What workers write about their attempts is in `batch.py`, what people ask for
in `requests.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Row, and_, bindparam, func, insert, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType
from sqlmodel import Session, col, select

from app.actor import SYSTEM, Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import CLOCK_STEP, now
from app.db.lifecycle import transitions
from app.db.lifecycle.flows import continuations
from app.db.lifecycle.totals import transaction
from app.db.lifecycle.transitions import NewTransition, entering, is_guarded, is_source, may_take, move
from app.db.models.jobs import Job
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import When
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import Transaction, insert_for, session
from app.db.state_machine import CLAIM, QUEUE_DUE, START, Verb
from app.db.states import State

_job = table_of(Job)
_NEXT_IDS = select(func.nextval(func.pg_get_serial_sequence("job", "id"))).select_from(
    func.generate_series(1, bindparam("number", type_=Integer))
)
_blank = {column.name: None for column in _job.columns}
_SENT = (
    update(_job)
    .where(_job.c.id == bindparam("of_id"), may_take(CLAIM, token=bindparam("of_token")))
    .values(sent_at=bindparam("at"))
)


class _Likely(GenericFunction[Any]):
    """A condition of which SQLite is told that it holds for most rows: without that word SQLite
    would search by this condition, and read every job that waits.

    https://sqlite.org/lang_corefunc.html#likely
    """

    name = "likely"
    type = NullType()  # with a Boolean, SQLAlchemy would compare it with 1
    inherit_cache = True


@compiles(_Likely, "postgresql")
def _compile_condition(element: _Likely, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clause_expr, **options)


_WAITS_FOR_ITS_TIME: ColumnElement[bool] = _Likely(is_source(QUEUE_DUE))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is known of a job when it is started.

    `run_at`: not before then; None = at once. `delay`: instead of it, so long from now.
    """

    kind: str
    title: str
    queue: str
    params: dict[str, Any]
    tags: list[str]
    search_text: str
    max_attempts: int
    by: Actor
    priority: str = "normal"
    max_crashes: int = 3
    run_at: datetime | None = None
    delay: timedelta | None = None
    unique_key: str | None = None
    parent_id: int | None = None
    retry_of: int | None = None
    schedule_id: int | None = None
    scheduled_for: datetime | None = None
    after: tuple[int, ...] = ()
    """The jobs that it waits for, whatever `run_at` and `delay` say."""
    when: When = "succeeded"
    approve: str | None = None
    """The role of the second person who has to agree before it runs, whatever else it waits for."""
    trace_id: str | None = None
    parent_span_id: str | None = None
    """The trace that it belongs to, and the span by which it was started."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to the workers for a queued job."""

    job_id: int
    token: int
    kind: str
    queue: str
    priority: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserted:
    """A job that was asked for. Nobody looks at most of a thousand, so the snapshot is made when somebody does.

    `message` is None while it is scheduled for later, and where it was there before.
    """

    columns: Mapping[str, Any]
    """What its row says, by the names of the columns; those that are left out are NULL."""
    message: Message | None
    is_new: bool
    """False: an unfinished job of the same unique key was there, and this is it."""

    @property
    def job_id(self) -> int:
        """The job's id."""
        job_id: int = self.columns["id"]
        return job_id

    @property
    def tags(self) -> list[str]:
        """The job's tags."""
        tags: list[str] = self.columns["tags"]
        return tags

    @property
    def job(self) -> JobSnapshot:
        """The job as it was stored."""
        return JobSnapshot.from_row(cast("Job", SimpleNamespace(**{**_blank, **self.columns})))


def insert_jobs(news: Sequence[NewJob]) -> list[Inserted]:
    """Store started jobs, all or none."""
    with transaction() as opened:
        return insert_into(opened, news)


def insert_into(opened: Session | Transaction, news: Sequence[NewJob]) -> list[Inserted]:
    """Store started jobs inside a session."""
    at = now()
    values = [_values_of(new, at) for new in news]
    if after := [parent for new in news for parent in new.after]:
        continuations.hold_parents(opened, after)
        values = [{**one, **_wait_of(new, one, at)} for new, one in zip(news, values, strict=True)]
    if any(new.approve is not None for new in news):
        values = [{**one, **_hold_of(new, one, at)} for new, one in zip(news, values, strict=True)]
    found: Sequence[int | Row[Any]]
    if any(new.unique_key is not None for new in news):
        found = [_insert_unique(opened, one) for one in values]
    else:
        found = _insert_all(opened, values)
    begun = [
        NewTransition(
            verb=START,
            job_id=job_id,
            kind=new.kind,
            from_state=None,
            to_state=one["state"],
            at=at,
            reason=_begin_of(new, one),
            by=new.by,
            attempt=0,
        )
        for job_id, new, one in zip(found, news, values, strict=True)
        if isinstance(job_id, int)
    ]
    transitions.record(opened, begun)
    asked = [(one, new) for one, new in zip(found, news, strict=True) if new.by.kind in entries.ASKING]
    entries.record(opened, [_entry(one, new) for one, new in asked])
    waits = {
        job_id: new.after for job_id, new in zip(found, news, strict=True) if isinstance(job_id, int) and new.after
    }
    over = {one.job_id: one for one in continuations.attach(opened, waits, at=at)} if waits else {}
    return [
        _was_there(one) if not isinstance(one, int) else _settled(over[one]) if one in over else _inserted(one, new)
        for one, new in zip(found, values, strict=True)
    ]


def mark_sent(messages: Sequence[Message], *, is_sent: bool = True) -> None:
    """Note that these messages were sent again just now, or (`is_sent` false) that they could not be sent.

    What is queued counts as sent from the start: it is sent as soon as it is committed, and the sweep asks Redis for it
    some seconds later.
    """
    at = now() if is_sent else None
    with transaction() as opened:
        ordered = sorted(messages, key=lambda one: one.job_id)  # everybody locks jobs in the order of their ids
        opened.connection().execute(
            _SENT, [{"of_id": message.job_id, "of_token": message.token, "at": at} for message in ordered]
        )


def queue_due(*, limit: int = 500) -> list[tuple[JobSnapshot, Message]]:
    """Queue what is due: scheduled and retrying jobs whose time has come."""
    with session(write=True) as opened:
        at = now()
        due = opened.exec(
            select(Job).where(is_due(at)).order_by(col(Job.run_at)).limit(limit).with_for_update(skip_locked=True)
        ).all()
        return [queue_again(opened, job, QUEUE_DUE, reason="due", by=SYSTEM) for job in due]


def begin_delays_again(*, limit: int = 500) -> list[JobSnapshot]:
    """Begin a delay again where the clock was set back meanwhile: the job runs some seconds late, not an hour late."""
    with session(write=True) as opened:
        at = now()
        found = opened.exec(
            select(Job)
            .where(is_delayed_since_after(at + CLOCK_STEP))
            .order_by(col(Job.id))
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        for job in found:
            assert job.run_at is not None
            assert job.delay_began_at is not None
            job.run_at, job.delay_began_at = at + (job.run_at - job.delay_began_at), at
            job.version += 1
        return [JobSnapshot.from_row(job) for job in found]


def is_due(at: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Give the condition of jobs whose time has come."""
    return and_(_WAITS_FOR_ITS_TIME, is_guarded(QUEUE_DUE, run_at=at))


def is_delayed_since_after(ahead: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Give the condition of jobs that wait for the end of a delay since before the clock was set back.

    `ahead`: what came after it is in the future, as clocks may differ.
    """
    return and_(_WAITS_FOR_ITS_TIME, col(Job.delay_began_at) > ahead)


def queue_again(
    opened: Session, job: Job, verb: Verb, *, reason: str, by: Actor, worker: str | None = None
) -> tuple[JobSnapshot, Message]:
    """Queue a job inside a session that holds its row."""
    job.worker = job.worker_id = None
    move(opened, job, verb, State.QUEUED, at=now(), reason=reason, by=by, worker=worker)
    return JobSnapshot.from_row(job), message_of(job)


def message_of(job: Job) -> Message:
    """Make the message that wakes a worker for this job."""
    assert job.id is not None
    return Message(job_id=job.id, token=job.token, kind=job.kind, queue=job.queue, priority=job.priority)


def message_of_change(change: Change) -> Message | None:
    """Make the message that wakes a worker for a job that was changed with others; None: it is not queued."""
    if change.state is not State.QUEUED:
        return None
    return message_of(cast("Job", SimpleNamespace(**{**change.row._mapping, **change.values})))


def settle_lost_continuations() -> list[tuple[JobSnapshot, Message | None]]:
    """Queue or cancel jobs whose wait is over though nobody told of it."""
    with transaction() as opened:
        return [(one.job, message_of_change(one)) for one in continuations.settle_lost(opened, at=now())]


def lock(opened: Session, job_id: int) -> Job | None:
    """Read a job's row for a change; nobody else changes it until the session ends."""
    return opened.exec(select(Job).where(col(Job.id) == job_id).with_for_update()).first()


def _values_of(new: NewJob, at: datetime) -> dict[str, Any]:
    run_at = at + new.delay if new.delay is not None else new.run_at
    is_later = run_at is not None and run_at > at
    return {
        "kind": new.kind,
        "title": new.title,
        "queue": new.queue,
        "priority": new.priority,
        "params": new.params,
        "tags": new.tags,
        "search_text": new.search_text,
        "attempt": 0,
        "crashes": 0,
        "is_alone": False,
        "has_followers": False,
        "aside_since": None,
        "max_attempts": new.max_attempts,
        "max_crashes": new.max_crashes,
        "unique_key": new.unique_key,
        "created_at": at,
        "created_by": new.by.name,
        "run_at": run_at,
        "delay_began_at": at if new.delay is not None else None,
        "queued_at": None,
        "sent_at": None,
        "parent_id": new.parent_id,
        "retry_of": new.retry_of,
        "schedule_id": new.schedule_id,
        "scheduled_for": new.scheduled_for,
        "trace_id": new.trace_id,
        "parent_span_id": new.parent_span_id,
        **entering(START, None, State.SCHEDULED if is_later else State.QUEUED, at=at),
    }


def _entry(found: int | Row[Any], new: NewJob) -> Entry:
    """Return what the audit keeps of a start; one that was answered with a job that was there already says so."""
    job_id = found if isinstance(found, int) else found.id
    details: dict[str, Any] = {"kind": new.kind, "title": new.title}
    if new.retry_of is not None:
        details["retry_of"] = new.retry_of
    if new.schedule_id is not None:
        details["schedule_id"] = new.schedule_id
    if not isinstance(found, int):
        details["was_there"] = True
    return Entry(act="start", target=f"job:{job_id}", by=new.by, details=details)


def _wait_of(new: NewJob, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return what the row of a job says that may wait for others, beside all else; the same columns for each."""
    if not new.after:
        return {"after_ids": None, "after_when": None, "not_before": None}
    return {
        "after_ids": list(new.after),
        "after_when": new.when,
        "not_before": values["run_at"],
        "run_at": None,
        "delay_began_at": None,
        "queued_at": None,
        "sent_at": None,
        **entering(START, None, State.SCHEDULED, at=at),
    }


def _hold_of(new: NewJob, values: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return what the row of a job says that may wait for somebody to agree, beside all else; as `_wait_of`."""
    not_before = values.get("not_before")
    if new.approve is None:
        return {"approve_role": None, "not_before": not_before}
    return {
        "approve_role": new.approve,
        "not_before": not_before or values["run_at"],
        "run_at": None,
        "delay_began_at": None,
        "queued_at": None,
        "sent_at": None,
        **entering(START, None, State.SCHEDULED, at=at),
    }


def _begin_of(new: NewJob, values: dict[str, Any]) -> str:
    if new.approve is not None:
        return "asked for, to be approved"
    if new.after:
        return f"started, to run after {', '.join(f'#{one}' for one in new.after)}"
    return "started" if values["queued_at"] else "started, to run later"


def _settled(change: Change) -> Inserted:
    """Return a job that was stored just now, for which what it waits for was over already."""
    columns = {**change.row._mapping, **change.values}
    return Inserted(columns=columns, message=message_of_change(change), is_new=True)


def _inserted(job_id: int, values: dict[str, Any]) -> Inserted:
    message = None
    if values["state"] == State.QUEUED:
        message = Message(job_id, values["token"], values["kind"], values["queue"], values["priority"])
    return Inserted(columns={**values, "id": job_id}, message=message, is_new=True)


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


def _was_there(row: Row[Any]) -> Inserted:
    return Inserted(columns={**row._mapping}, message=None, is_new=False)
