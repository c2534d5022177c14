"""Which notices want to hear of what happened: the messages are written, and the jobs that send them started, in the
transaction that takes what happened off the list. So each is decided on once, whoever dies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from app.db.clock import now
from app.db.lifecycle.start import Inserted, NewJob, insert_into
from app.db.lifecycle.totals import transaction
from app.db.models.jobs import Job
from app.db.models.people import NoticeDeliveryRow, NoticeEventRow, NoticeRow
from app.db.notices.telling import told_of, told_of_job
from app.db.queries.filters import JobFilter
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.notice import DeliveryState, NoticeEvent
from app.db.sql.column_types import table_of
from app.db.sql.sessions import Transaction, reading
from app.db.states import FINISHED

MOST_NAMED = 50
"""So many are named in a message that tells of a crowd; the others are counted."""
MANY = 10
"""So many messages of a notice within `CROWD_SECONDS` go out singly; the next one gathers what follows."""
CROWD_SECONDS = 60.0
GATHER_SECONDS = 20.0
"""So long a message of a crowd gathers."""
_event, _notice, _delivery = table_of(NoticeEventRow), table_of(NoticeRow), table_of(NoticeDeliveryRow)
_job = table_of(Job)
_ANY_UNDECIDED = select(exists().where(_event.c.decided_at.is_(None)))
MakeJob = Callable[[int, float | None], NewJob]
"""Delivery, seconds until it is sent → the job that sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What one transaction decides with."""

    opened: Transaction
    at: datetime
    make: MakeJob

    @property
    def connection(self) -> Connection:
        return self.opened.connection()


def is_any_undecided() -> bool:
    """Say whether something happened on which nobody has decided."""
    with reading() as connection:
        return bool(connection.execute(_ANY_UNDECIDED).scalar())


def decide(make: MakeJob, *, limit: int = 500) -> list[Inserted]:
    """Decide on what happened, and start the jobs that tell of it. Any number of processes may call it at once.

    Args:
        make: describes the job that sends a message.
        limit: at most so many events.

    Returns:
        The jobs. Their messages are still to be sent; who dies before leaves that to the sweep.

    Raises:
        Unavailable: the database is away; nothing was decided.
    """
    with transaction() as opened:
        step = _Step(opened=opened, at=now(), make=make)
        query = select(_event).where(_event.c.decided_at.is_(None)).order_by(_event.c.id).limit(limit)
        events = step.connection.execute(query.with_for_update(skip_locked=True)).all()
        if not events:
            return []
        jobs = _jobs_of(step.connection, events)
        notices = step.connection.execute(select(_notice).where(_notice.c.is_enabled).order_by(_notice.c.id)).all()
        started = [one for notice in notices for one in _tell(step, notice, events, jobs)]
        _take_off(step, [event.id for event in events])
        return started


def start_test(notice_id: int, make: MakeJob, *, channels: Sequence[str]) -> list[tuple[int, Inserted]]:
    """Write a message over each of these channels that says no more than that it works.

    Returns:
        Delivery and job of each.
    """
    with transaction() as opened:
        step = _Step(opened=opened, at=now(), make=make)
        return [_write(step, notice_id, channel, [told_of("test", step.at, detail=None)], 1) for channel in channels]


def forget(before: datetime) -> int:
    """Remove messages, and what was told once, that are older than an instant. Returns how many."""
    with transaction() as opened:
        connection = opened.connection()
        old = connection.execute(delete(_delivery).where(_delivery.c.created_at < before)).rowcount
        return old + connection.execute(delete(_event).where(_event.c.decided_at < before)).rowcount


def _jobs_of(connection: Connection, events: Sequence[Row[Any]]) -> dict[int, JobSnapshot]:
    ids = sorted({event.job_id for event in events if event.job_id is not None})
    rows = connection.execute(_job.select().where(_job.c.id.in_(ids))).all()
    return {row.id: Change(row=row).job for row in rows}


def _tell(step: _Step, notice: Row[Any], events: Sequence[Row[Any]], jobs: Mapping[int, JobSnapshot]) -> list[Inserted]:
    wanted = [event for event in events if _wants(notice, event, jobs)]
    if notice.q and wanted:
        fitting = _fitting(step.connection, notice.q, [event.job_id for event in wanted])
        wanted = [event for event in wanted if event.job_id in fitting]
    if not wanted:
        return []
    items = [
        told_of_job(event.event, event.at, jobs[event.job_id], detail=event.detail)
        if event.job_id is not None
        else told_of(event.event, event.at, detail=event.detail)
        for event in wanted
    ]
    started = [one for channel in notice.to for one in _send(step, notice.id, channel, items)]
    if notice.job_id is not None and any(event.event in FINISHED for event in wanted):
        # It is kept for the log of what it sent, and wants nothing any more.
        step.connection.execute(update(_notice).where(_notice.c.id == notice.id).values(is_enabled=False))
    return started


def _wants(notice: Row[Any], event: Row[Any], jobs: Mapping[int, JobSnapshot]) -> bool:
    if event.event not in notice.events and not (event.event in FINISHED and NoticeEvent.FINISHED in notice.events):
        return False
    if event.job_id is None:
        about = event.detail or {}
        return (
            notice.job_id is None
            and not notice.q
            and notice.kind in (None, about.get("kind"))
            and (notice.tag is None or notice.tag in about.get("tags", ()))
        )
    job = jobs.get(event.job_id)
    if job is None:  # it was deleted since
        return False
    return notice.job_id in (None, job.id) and notice.kind in (None, job.kind) and notice.tag in (None, *job.tags)


def _fitting(connection: Connection, q: str, ids: Sequence[int]) -> set[int]:
    query = select(_job.c.id).where(_job.c.id.in_(ids), *JobFilter(text=q).conditions())
    return set(connection.scalars(query))


def _send(step: _Step, notice_id: int, channel: str, items: Sequence[dict[str, Any]]) -> list[Inserted]:
    """Write messages: one for each item, or one for all where they are many."""
    mine = (_delivery.c.notice_id == notice_id, _delivery.c.channel == channel)
    gathering = step.connection.execute(
        select(_delivery).where(*mine, _delivery.c.state == DeliveryState.GATHERING).with_for_update()
    ).first()
    if gathering is not None:
        named = [*gathering.items, *items][:MOST_NAMED]
        changed = update(_delivery).where(_delivery.c.id == gathering.id)
        step.connection.execute(changed.values(items=named, count=gathering._mapping["count"] + len(items)))
        return []
    since = step.at - timedelta(seconds=CROWD_SECONDS)
    lately = select(func.count()).where(*mine, _delivery.c.created_at > since)
    if step.connection.execute(lately).scalar_one() + len(items) > MANY:
        return [_write(step, notice_id, channel, items, len(items), gathers=True)[1]]
    return [_write(step, notice_id, channel, [item], 1)[1] for item in items]


def _write(
    step: _Step, notice_id: int, channel: str, items: Sequence[dict[str, Any]], count: int, *, gathers: bool = False
) -> tuple[int, Inserted]:
    values = {
        "notice_id": notice_id,
        "channel": channel,
        "state": DeliveryState.GATHERING if gathers else DeliveryState.WAITING,
        "items": list(items[:MOST_NAMED]),
        "count": count,
        "created_at": step.at,
        "answers": [],
    }
    delivery_id = step.connection.execute(insert(_delivery).values(values).returning(_delivery.c.id)).scalar_one()
    [started] = insert_into(step.opened, [step.make(delivery_id, GATHER_SECONDS if gathers else None)])
    sent_by = update(_delivery).where(_delivery.c.id == delivery_id).values(sender_job_id=started.job.id)
    step.connection.execute(sent_by)
    return delivery_id, started


def _take_off(step: _Step, ids: Sequence[int]) -> None:
    """Take what was decided on off the list; what is told only once is kept to be recognised."""
    step.connection.execute(delete(_event).where(_event.c.id.in_(ids), _event.c.key.is_(None)))
    step.connection.execute(update(_event).where(_event.c.id.in_(ids)).values(decided_at=step.at))
