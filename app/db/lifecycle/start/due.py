"""What time brings to jobs that wait: they are due, their delay begins again, their wait is over, their message is sent
again. Done by the sweep; each function is one short transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType
from sqlmodel import col, select

from app.actor import SYSTEM
from app.db.clock import CLOCK_STEP, now
from app.db.lifecycle.flows import continuations
from app.db.lifecycle.start.message import Message, message_of_change
from app.db.lifecycle.start.requeue import queue_again
from app.db.lifecycle.totals import transaction
from app.db.lifecycle.transitions import is_guarded, is_source, may_take
from app.db.models.jobs import Job
from app.db.snapshots.job import JobSnapshot
from app.db.sql.column_types import table_of
from app.db.sql.sessions import again_if_undone, session
from app.db.state_machine import CLAIM, QUEUE_DUE

_job = table_of(Job)
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


@again_if_undone
def settle_lost_continuations() -> list[tuple[JobSnapshot, Message | None]]:
    """Queue or cancel jobs whose wait is over though nobody told of it."""
    with transaction() as opened:
        return [(one.job, message_of_change(one)) for one in continuations.settle_lost(opened, at=now())]


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
