"""The firing of schedules: what becomes of an instant is written once, in the transaction that starts the job.

Any number of schedulers may call it at any moment: the row of a schedule is locked, and (schedule, instant) is unique.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, literal_column
from sqlmodel import Session, col, select

from app.db.clock import now
from app.db.lifecycle.start import Inserted, NewJob, insert_into
from app.db.models import FireRow, Job, ScheduleRow
from app.db.snapshots.schedule import FireOutcome
from app.db.sql.sessions import session
from app.db.states import State

_DUE_IS = col(ScheduleRow.is_declared) & col(ScheduleRow.deleted_at).is_(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFire:
    """What is to become of an instant. `new`: the job that is started for it; None: none."""

    instant: datetime
    outcome: FireOutcome
    reason: str = ""
    new: NewJob | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to become of a schedule that is due.

    Attributes:
        schedule_id: which.
        due: the `next_at` that was seen; another one means that somebody was first.
        following: its next `next_at`.
        fires: its instants that are due, the earliest first.
        takes_place: whether one that waits gives way to a later one.
        pause_reason: why it is paused from now on; None: it is not.
    """

    schedule_id: int
    due: datetime
    following: datetime | None
    fires: Sequence[PlannedFire]
    takes_place: bool = False
    pause_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is going on of a schedule: its unfinished jobs, and whether an instant waits for them."""

    job_ids: Sequence[int] = ()
    waiting: bool = False


@dataclass(slots=True)
class Fired:
    """What was written. `schedule_ids`: those whose plan was carried out; of the others somebody was first."""

    jobs: list[Inserted] = field(default_factory=list)
    schedule_ids: set[int] = field(default_factory=set)


def due(ids: Sequence[int], at: datetime) -> list[ScheduleRow]:
    """Return those of some schedules whose next instant has come."""
    query = select(ScheduleRow).where(col(ScheduleRow.id).in_(ids), _DUE_IS, col(ScheduleRow.next_at) <= at)
    with session() as opened:
        return list(opened.exec(query).all())


def standings(ids: Sequence[int]) -> dict[int, Standing]:
    """Return what is going on of some schedules; nothing of those of which nothing is."""
    if not ids:
        return {}
    jobs: dict[int, list[int]] = {}
    with session() as opened:
        unfinished = select(col(Job.schedule_id), col(Job.id)).where(
            col(Job.schedule_id).is_not(None), col(Job.schedule_id).in_(ids), col(Job.finished_at).is_(None)
        )
        for schedule_id, job_id in opened.exec(unfinished).all():
            if schedule_id is not None and job_id is not None:
                jobs.setdefault(schedule_id, []).append(job_id)
        waits = select(FireRow.schedule_id).where(*_waits(), col(FireRow.schedule_id).in_(ids))
        waiting = set(opened.exec(waits).all())
    return {one: Standing(job_ids=jobs.get(one, ()), waiting=one in waiting) for one in {*jobs, *waiting}}


def failures_in_a_row(row: ScheduleRow, *, limit: int) -> int:
    """Count how many of a schedule's last finished jobs failed in a row, up to `limit`."""
    query = (
        select(Job.state)
        .where(
            col(Job.schedule_id) == row.id,
            col(Job.scheduled_for).is_not(None),
            col(Job.scheduled_for) >= (row.failures_counted_from or row.created_at),
            col(Job.finished_at).is_not(None),
        )
        .order_by(col(Job.scheduled_for).desc())
        .limit(limit)
    )
    with session() as opened:
        states = list(opened.exec(query).all())
    return next((number for number, state in enumerate(states) if state != State.FAILED), len(states))


def fire(plans: Sequence[Plan]) -> Fired:
    """Carry out plans, in one transaction: write what became of each instant, start the jobs, move the schedules on.

    An instant for which something was written already, before the clock was set back, starts no other job.
    """
    done = Fired()
    by_id = {plan.schedule_id: plan for plan in plans}
    with session(write=True) as opened:
        locked = select(ScheduleRow).where(col(ScheduleRow.id).in_(list(by_id)), _DUE_IS)
        rows = opened.exec(locked.order_by(col(ScheduleRow.id)).with_for_update()).all()
        valid = [(row, by_id[row.id]) for row in rows if row.id is not None and row.next_at == by_id[row.id].due]
        known = _decided(opened, [plan for _, plan in valid])
        news: list[tuple[FireRow, NewJob]] = []
        for row, plan in valid:
            _move(row, plan)
            done.schedule_ids.add(plan.schedule_id)
            if plan.takes_place:
                _give_way(opened, plan.schedule_id)
            for one in plan.fires:
                made = _write(opened, plan, one, known.get((plan.schedule_id, one.instant)))
                if made is not None and one.new is not None:
                    news.append((made, one.new))
        done.jobs = _start(opened, news)
    return done


def move(schedule_id: int, *, due: datetime, following: datetime | None) -> None:
    """Move a schedule to another instant without starting a job; nothing happens when somebody else has moved it."""
    with session(write=True) as opened:
        row = opened.exec(select(ScheduleRow).where(col(ScheduleRow.id) == schedule_id).with_for_update()).first()
        if row is not None and row.next_at == due:
            row.next_at = following
            row.version += 1


def waiting() -> list[tuple[FireRow, ScheduleRow]]:
    """Return the instants that wait for a job of their schedule, where there is no unfinished one any more."""
    unfinished = select(Job.id).where(
        col(Job.schedule_id) == col(FireRow.schedule_id),
        col(Job.schedule_id).is_not(None),
        col(Job.finished_at).is_(None),
    )
    query = (
        select(FireRow, ScheduleRow)
        .join(ScheduleRow, col(ScheduleRow.id) == col(FireRow.schedule_id))
        .where(*_waits(), ~unfinished.exists())
    )
    with session() as opened:
        return [(fire, row) for fire, row in opened.exec(query).all()]


def end_wait(fire_id: int, *, new: NewJob | None, reason: str) -> list[Inserted]:
    """Start the job of an instant that waited, or skip it where `new` is None. Nothing: somebody else did."""
    with session(write=True) as opened:
        found = opened.exec(select(FireRow).where(col(FireRow.id) == fire_id).with_for_update()).first()
        if found is None or found.outcome != FireOutcome.WAITING:
            return []
        found.reason = reason
        found.outcome = FireOutcome.SKIPPED if new is None else FireOutcome.STARTED
        return _start(opened, [(found, new)]) if new is not None else []


def forget(before: datetime, *, limit: int) -> int:
    """Remove some of what was decided before an instant. Returns how many; 0: none is left."""
    old = select(col(FireRow.id)).where(col(FireRow.decided_at) < before, col(FireRow.outcome) != FireOutcome.WAITING)
    with session(write=True) as opened:
        ids = opened.exec(old.limit(limit)).all()
        if ids:
            opened.execute(delete(FireRow).where(col(FireRow.id).in_(ids)))
        return len(ids)


def _waits() -> tuple[ColumnElement[bool], ...]:
    # NOTE: the condition of the partial index ix_fire_waiting in app/db/schema.py; SQLite wants it as a literal.
    return (col(FireRow.outcome) == literal_column(f"'{FireOutcome.WAITING}'"),)


def _decided(opened: Session, plans: Sequence[Plan]) -> dict[tuple[int, datetime], FireRow]:
    """Return what was written before for instants of these plans."""
    found: list[FireRow] = []
    single = [plan for plan in plans if len(plan.fires) == 1]
    if single:  # mostly all, in one look: many schedules are due at the same instant
        ids, instants = {plan.schedule_id for plan in single}, {plan.fires[0].instant for plan in single}
        of_all = (col(FireRow.schedule_id).in_(ids), col(FireRow.instant).in_(instants))
        found += opened.exec(select(FireRow).where(*of_all)).all()
    for plan in plans:
        if len(plan.fires) > 1:
            since, until = plan.fires[0].instant, plan.fires[-1].instant
            of_plan = (col(FireRow.schedule_id) == plan.schedule_id, col(FireRow.instant).between(since, until))
            found += opened.exec(select(FireRow).where(*of_plan)).all()
    return {(one.schedule_id, one.instant): one for one in found}


def _write(opened: Session, plan: Plan, one: PlannedFire, before: FireRow | None) -> FireRow | None:
    """Write what becomes of an instant. None: it was decided before, and stays so.

    One that was skipped while the clock was ahead is not: it comes again when the clock is right, and may start a job.
    """
    if before is not None and (before.outcome != FireOutcome.SKIPPED or one.outcome is FireOutcome.SKIPPED):
        return None
    row = before or FireRow(
        schedule_id=plan.schedule_id, instant=one.instant, outcome=one.outcome, reason="", decided_at=now()
    )
    row.outcome, row.reason, row.decided_at = one.outcome, one.reason, now()
    opened.add(row)
    return row


def _move(row: ScheduleRow, plan: Plan) -> None:
    row.next_at = plan.following
    row.version += 1
    if plan.pause_reason is not None:
        row.paused_at, row.paused_by, row.paused_reason, row.paused_until = now(), "system", plan.pause_reason, None


def _give_way(opened: Session, schedule_id: int) -> None:
    for waiting in opened.exec(select(FireRow).where(*_waits(), col(FireRow.schedule_id) == schedule_id)).all():
        waiting.outcome = FireOutcome.SKIPPED
        waiting.reason = "It waited for the job before, and a later instant took its place."


def _start(opened: Session, news: Sequence[tuple[FireRow, NewJob]]) -> list[Inserted]:
    if not news:
        return []
    opened.flush()
    inserted = insert_into(opened, [new for _, new in news])
    for (made, _), one in zip(news, inserted, strict=True):
        made.job_id = one.job.id
        if not one.is_new:
            made.outcome = FireOutcome.SKIPPED
            made.reason = f"Job #{one.job.id} of the same unique key was unfinished."
    return inserted
