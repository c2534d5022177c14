"""The firing of schedules: what becomes of an instant is written once, in the transaction that starts the job.

Any number of schedulers may call it at any moment: the row of a schedule is locked, and (schedule, instant) is unique.
A thousand schedules may be due at the same instant, so the rows are written as the rows of a table, not one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, update
from sqlmodel import col, select

from app.db.clock import now
from app.db.lifecycle.start import Inserted, NewJob, insert_into
from app.db.lifecycle.totals import transaction
from app.db.models.jobs import Job
from app.db.models.schedules import FireRow, ScheduleRow
from app.db.schedules.coming import FIRES, waits
from app.db.snapshots.schedule import FireOutcome
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.compiled import Compiled
from app.db.sql.sessions import Transaction, session
from app.db.states import State

_fire, _schedule = table_of(FireRow), table_of(ScheduleRow)
_of_schedule = update(_schedule).where(_schedule.c.id == bindparam("of_id"))
_MOVE = Compiled(_of_schedule, ("of_id", "next_at", "moved_at", "version"))
_PAUSE = Compiled(_of_schedule, ("of_id", "paused_at", "paused_by", "paused_reason", "paused_until"))
_DECIDE = Compiled(
    update(_fire).where(_fire.c.id == bindparam("of_id")), ("of_id", "outcome", "reason", "job_id", "decided_at")
)


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
        version: of the row that was seen; another one means that somebody was first, or has changed it.
        following: its next `next_at`.
        fires: its instants that are due, the earliest first.
        takes_place: whether one that waits gives way to one of these.
        pause_reason: why it is paused from now on; None: it is not.
    """

    schedule_id: int
    version: int
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


class Move(NamedTuple):
    """A schedule whose row has this version fires at this instant next; None: no more."""

    schedule_id: int
    version: int
    following: datetime | None


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
        held = select(FireRow.schedule_id).where(waits(), col(FireRow.schedule_id).in_(ids))
        waiting = set(opened.exec(held).all())
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
    if not plans:
        return Fired()
    at = now()
    with transaction() as opened:
        versions = _locked(opened, [plan.schedule_id for plan in plans])
        valid = [plan for plan in plans if versions.get(plan.schedule_id) == plan.version]
        jobs = _decide(opened, valid, at)
        _move(opened, [Move(plan.schedule_id, plan.version, plan.following) for plan in valid], at)
        _pause(opened, valid, at)
    return Fired(jobs=jobs, schedule_ids={plan.schedule_id for plan in valid})


def move(moves: Sequence[Move]) -> None:
    """Move schedules to other instants without starting jobs; nothing happens to those that somebody has changed."""
    if moves:
        with transaction() as opened:
            versions = _locked(opened, [one.schedule_id for one in moves])
            _move(opened, [one for one in moves if versions.get(one.schedule_id) == one.version], now())


def make_up(schedule_id: int, one: PlannedFire) -> list[Inserted]:
    """Start the job of a past instant, and write that it was; the schedule stays where it is. Nothing: it has one."""
    with transaction() as opened:
        _locked(opened, [schedule_id])
        return _decide(opened, [Plan(schedule_id=schedule_id, version=0, following=None, fires=[one])], now())


def forget(before: datetime, *, limit: int) -> int:
    """Remove some of what was decided before an instant. Returns how many; 0: none is left."""
    old = select(col(FireRow.id)).where(col(FireRow.decided_at) < before, col(FireRow.outcome) != FireOutcome.WAITING)
    with session(write=True) as opened:
        ids = opened.exec(old.limit(limit)).all()
        if ids:
            opened.execute(delete(FireRow).where(col(FireRow.id).in_(ids)))
        return len(ids)


def same_key(job_id: int) -> str:
    """Say why an instant started no job, though it was to."""
    return f"Job #{job_id} of the same unique key was unfinished."


def _locked(opened: Transaction, ids: Sequence[int]) -> dict[int, int]:
    """Lock the rows of schedules that fire, in the order in which everybody locks them. Returns their versions."""
    query = select(col(ScheduleRow.id), col(ScheduleRow.version)).where(col(ScheduleRow.id).in_(ids), FIRES)
    rows = opened.connection().execute(query.order_by(col(ScheduleRow.id)).with_for_update())
    return {schedule_id: version for schedule_id, version in rows if schedule_id is not None}


def _move(opened: Transaction, moves: Sequence[Move], at: datetime) -> None:
    if moves:
        opened.run(
            _MOVE,
            [
                {"of_id": one.schedule_id, "next_at": one.following, "moved_at": at, "version": one.version + 1}
                for one in moves
            ],
        )


def _pause(opened: Transaction, plans: Sequence[Plan], at: datetime) -> None:
    rows = [
        {
            "of_id": plan.schedule_id,
            "paused_at": at,
            "paused_by": "system",
            "paused_reason": plan.pause_reason,
            "paused_until": None,
        }
        for plan in plans
        if plan.pause_reason is not None
    ]
    if rows:
        opened.run(_PAUSE, rows)


def _decide(opened: Transaction, plans: Sequence[Plan], at: datetime) -> list[Inserted]:
    """Write what becomes of the instants of these plans. Returns the jobs that were started.

    What was decided before stays so. But one that was skipped while the clock was ahead comes again when the clock is
    right, and may start a job.
    """
    known = _decided(opened, plans)
    for plan in plans:
        if plan.takes_place:
            _give_way(opened, plan.schedule_id)
    wanted: list[tuple[Plan, PlannedFire]] = []
    for plan in plans:
        for one in plan.fires:
            _, before = known.get((plan.schedule_id, one.instant), (0, FireOutcome.SKIPPED))
            is_again = (plan.schedule_id, one.instant) in known
            if not is_again or (before == FireOutcome.SKIPPED and one.outcome is not FireOutcome.SKIPPED):
                wanted.append((plan, one))
    news = [one.new for _, one in wanted if one.new is not None]
    inserted = insert_into(opened, news) if news else []
    started = iter(inserted)
    rows = [_row(plan, one, next(started) if one.new is not None else None, at) for plan, one in wanted]
    keys = [(row["schedule_id"], row["instant"]) for row in rows]
    insert_many(opened, _fire, [row for key, row in zip(keys, rows, strict=True) if key not in known])
    if again := [{"of_id": known[key][0], **row} for key, row in zip(keys, rows, strict=True) if key in known]:
        opened.run(_DECIDE, again)
    return inserted


def _decided(opened: Transaction, plans: Sequence[Plan]) -> dict[tuple[int, datetime], tuple[int, str]]:
    """Return what was written before for instants of these plans: the id and the outcome of each."""
    query = select(col(FireRow.schedule_id), col(FireRow.instant), col(FireRow.id), col(FireRow.outcome))
    conditions = []
    single = [plan for plan in plans if len(plan.fires) == 1]
    if single:  # mostly all, in one look: many schedules are due at the same instant
        ids, instants = {plan.schedule_id for plan in single}, {plan.fires[0].instant for plan in single}
        conditions.append(col(FireRow.schedule_id).in_(ids) & col(FireRow.instant).in_(instants))
    for plan in plans:
        if len(plan.fires) > 1:
            since, until = plan.fires[0].instant, plan.fires[-1].instant
            of_plan = (col(FireRow.schedule_id) == plan.schedule_id) & col(FireRow.instant).between(since, until)
            conditions.append(of_plan)
    found = [row for one in conditions for row in opened.connection().execute(query.where(one))]
    return {(one.schedule_id, one.instant): (one.id, one.outcome) for one in found}


def _row(plan: Plan, one: PlannedFire, started: Inserted | None, at: datetime) -> dict[str, Any]:
    outcome, reason = one.outcome, one.reason
    if started is not None and not started.is_new:
        outcome, reason = FireOutcome.SKIPPED, same_key(started.job_id)
    return {
        "schedule_id": plan.schedule_id,
        "instant": one.instant,
        "outcome": outcome,
        "reason": reason,
        "job_id": started.job_id if started is not None else None,
        "decided_at": at,
    }


def _give_way(opened: Transaction, schedule_id: int) -> None:
    reason = "It waited for the job before, and a later instant took its place."
    statement = update(_fire).where(waits(), _fire.c.schedule_id == schedule_id)
    opened.connection().execute(statement.values(outcome=FireOutcome.SKIPPED, reason=reason))
