"""What becomes of the instants of a schedule that are due: a job, or a row that says why there is none."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.actor import of_schedule
from app.db import JobSnapshot
from app.db.clock import CLOCK_STEP, now
from app.db.lifecycle.start import NewJob
from app.db.models import ScheduleRow
from app.db.schedules import firing
from app.db.schedules.firing import Plan, PlannedFire, Standing
from app.db.snapshots.schedule import FireOutcome, Schedule
from app.errors import AppError, Unavailable
from app.queue.acts.control import cancel
from app.queue.acts.schedules.rules import rule_of
from app.queue.acts.starting import StartOptions, announce, new_job
from app.queue.calendar.rule import Rule
from app.queue.kinds.registry import registry
from app.queue.params.checked import checked_again

MOST_LISTED = 100
"""So many missed instants are told one by one, the latest; what was before them in one row."""
MOST_AT_ONCE = 1000
"""With the policy *all*, so many missed instants start jobs; what was before them is skipped."""
_BATCH = 100
_log = logging.getLogger(__name__)


def fire(ids: Sequence[int]) -> list[JobSnapshot]:
    """Decide on the instants of schedules that are due, and start their jobs. Returns the jobs.

    Any number of schedulers may call it: one of them decides on each instant.

    Raises:
        Unavailable: the database is away; nothing was decided.
    """
    started = []
    for first in range(0, len(ids), _BATCH):
        at = now()
        rows = firing.due(ids[first : first + _BATCH], at)
        standing = firing.standings([row.id for row in rows if row.overlap != "allow" and row.id is not None])
        plans = [_plan(row, standing.get(row.id or 0, Standing()), at) for row in rows]
        fired = firing.fire(plans)
        started += [one.job for one in announce(fired.jobs)]
        for plan in plans:
            if plan.takes_place and plan.schedule_id in fired.schedule_ids:
                _cancel(standing.get(plan.schedule_id, Standing()).job_ids, plan)
    return started


def start_waiting() -> list[JobSnapshot]:
    """Start the jobs of instants that waited for the one before, where that has ended.

    Raises:
        Unavailable: the database is away.
    """
    started = []
    for waiting, row in firing.waiting():
        assert waiting.id is not None
        new, reason = _new_job(row, waiting.instant)
        if row.deleted_at is not None or _is_paused(row, now()):
            new, reason = None, "The schedule was paused or deleted while it waited."
        inserted = firing.end_wait(waiting.id, new=new, reason=reason or "It waited for the job before.")
        started += [one.job for one in announce(inserted)]
    return started


def go_back(schedule: Schedule) -> Schedule:
    """Let a schedule that was moved on while the clock was ahead fire at the next instant that its rule means.

    Where the clock was not set back it stays as it is. Instants for which it started a job already start no other.
    """
    assert schedule.next_at is not None
    at, rule = now(), rule_of(schedule)
    sooner = rule.next_after(at + CLOCK_STEP)
    if sooner is None or sooner >= schedule.next_at:
        return schedule
    following = rule.next_after(at)
    firing.move(schedule.id, due=schedule.next_at, following=following)
    return schedule.model_copy(update={"next_at": following})


def forget(before: datetime) -> int:
    """Remove what was decided before an instant; jobs have a history of their own. Returns how many."""
    total = 0
    while count := firing.forget(before, limit=1000):
        total += count
    return total


def _cancel(job_ids: Sequence[int], plan: Plan) -> None:
    for job_id in job_ids:
        try:
            cancel(job_id, by=of_schedule(plan.schedule_id))
        except Unavailable:
            raise
        except AppError as error:
            _log.info("Job #%d of schedule #%d was not cancelled: %s", job_id, plan.schedule_id, error)


def _plan(row: ScheduleRow, standing: Standing, at: datetime) -> Plan:
    assert row.id is not None
    assert row.next_at is not None
    rule = rule_of(row)
    instants, first_listed = _due(rule, row.next_at, at, most=MOST_AT_ONCE if row.misfire == "all" else MOST_LISTED)
    pause_reason = _failing(row)
    fires: list[PlannedFire] = []
    if first_listed is not None:
        reason = f"This one and all others before {first_listed:%Y-%m-%d %H:%M:%S} UTC were missed."
        fires.append(_skipped(row.next_at, reason))
    tolerance = timedelta(seconds=row.misfire_after_seconds)
    makes_up = next((one for one in reversed(instants) if at - one >= tolerance), None)
    if row.misfire == "once" and at - instants[-1] < tolerance:
        makes_up = None  # the one that is in time makes up for those that were missed
    takes_place = False
    for instant in instants:
        is_missed = at - instant >= tolerance
        if pause_reason is not None:
            fires.append(_skipped(instant, pause_reason))
        elif _is_paused(row, instant):
            fires.append(_skipped(instant, _why_paused(row)))
        elif is_missed and row.misfire != "all" and (row.misfire == "skip" or instant != makes_up):
            fires.append(_skipped(instant, _why_missed(row, makes_up or instants[-1])))
        else:
            late = f"It was late by {round((at - instant).total_seconds())} s." if is_missed else ""
            one = _fire(row, instant, standing, late=late)
            fires.append(one)
            if one.outcome is FireOutcome.WAITING:
                takes_place = row.overlap == "cancel"
                fires = [
                    _given_way(each) if each.outcome is FireOutcome.WAITING and each is not one else each
                    for each in fires
                ]
                standing = Standing(job_ids=standing.job_ids, waiting=True)
            elif one.new is not None:
                standing = Standing(job_ids=[*standing.job_ids, 0], waiting=standing.waiting)
    begin = instants[-1] if row.every_seconds is None or row.is_aligned else at
    return Plan(
        schedule_id=row.id,
        due=row.next_at,
        following=rule.next_after(begin),
        fires=fires,
        takes_place=takes_place,
        pause_reason=pause_reason,
    )


def _due(rule: Rule, first: datetime, at: datetime, *, most: int) -> tuple[list[datetime], datetime | None]:
    """Return the instants from `first` up to `at`, the latest `most`, and the first of these where there were more."""
    found: list[datetime] = []
    latest = rule.latest_until(at)
    while latest is not None and latest > first and len(found) < most:
        found.append(latest)
        latest = rule.latest_until(latest - timedelta(microseconds=1))
    found.reverse()
    if latest is not None and latest > first:
        return found, found[0]
    return [first, *found], None


def _fire(row: ScheduleRow, instant: datetime, standing: Standing, *, late: str) -> PlannedFire:
    new, problem = _new_job(row, instant)
    if new is None:
        return _skipped(instant, problem)
    if not standing.job_ids or row.overlap == "allow":
        return PlannedFire(instant=instant, outcome=FireOutcome.STARTED, reason=late, new=new)
    which = f"job #{standing.job_ids[0]}" if standing.job_ids[0] else "the job before"
    if row.overlap == "skip":
        return _skipped(instant, f"{which[0].upper()}{which[1:]} of this schedule was unfinished.")
    if row.overlap == "wait" and standing.waiting:
        return _skipped(instant, f"{which[0].upper()}{which[1:]} was unfinished, and an instant before waited already.")
    return PlannedFire(instant=instant, outcome=FireOutcome.WAITING, reason=f"It waits until {which} has ended.")


def _new_job(row: ScheduleRow, instant: datetime) -> tuple[NewJob | None, str]:
    """Return the job of an instant, or None and why there can be none."""
    assert row.id is not None
    kind = registry.find(row.kind)
    if kind is None:
        return None, registry.why_missing(row.kind)
    try:
        order = StartOptions(schedule_id=row.id, scheduled_for=instant)
        return new_job(kind, checked_again(kind.params_model, row.params), by=of_schedule(row.id), order=order), ""
    except Unavailable:
        raise
    except AppError as error:
        _log.error("Schedule #%d starts no job: %s", row.id, error)
        return None, str(error)


def _failing(row: ScheduleRow) -> str | None:
    """Say why a schedule is paused from now on: its last jobs failed, as many as it may."""
    limit = row.pause_after_failures
    if limit is None or row.paused_at is not None or firing.failures_in_a_row(row, limit=limit) < limit:
        return None
    return "Its last job failed." if limit == 1 else f"Its last {limit} jobs failed."


def _is_paused(row: ScheduleRow, at: datetime) -> bool:
    return row.paused_at is not None and (row.paused_until is None or at < row.paused_until)


def _why_paused(row: ScheduleRow) -> str:
    because = f": {row.paused_reason}" if row.paused_reason else "."
    return f"Paused by {row.paused_by}{because}"


def _why_missed(row: ScheduleRow, made_up_by: datetime) -> str:
    if row.misfire == "skip":
        return "It was missed: no scheduler ran, or the machine slept."
    return f"It was missed; the job for {made_up_by:%Y-%m-%d %H:%M:%S} UTC makes up for it."


def _skipped(instant: datetime, reason: str) -> PlannedFire:
    return PlannedFire(instant=instant, outcome=FireOutcome.SKIPPED, reason=reason)


def _given_way(one: PlannedFire) -> PlannedFire:
    return _skipped(one.instant, "It waited for the job before, and a later instant took its place.")
