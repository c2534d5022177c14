"""Schedules: what kinds declare becomes rows, what is due starts jobs, and a person may run one now."""

import logging
from datetime import datetime

from app.actor import Actor, of_schedule
from app.db import JobSnapshot, schedules
from app.db.clock import CLOCK_STEP, now
from app.db.models import ScheduleRow
from app.db.schedules import Declaration
from app.db.snapshots.schedule import Schedule
from app.errors import AppError, Unavailable
from app.queue.acts.starting import StartOptions, announce, new_job, store
from app.queue.calendar.rule import Rule
from app.queue.kinds.registry import registry
from app.queue.params.checked import checked_again

_log = logging.getLogger(__name__)


def declare_all() -> None:
    """Make the schedules of all kinds that are loaded. Safe to repeat."""
    declarations = [
        Declaration(kind=kind.name, cron=expression, timezone=kind.timezone)
        for kind in registry.kinds.values()
        for expression in kind.schedule
    ]
    schedules.declare(declarations, next_after)


def fire(schedule_id: int) -> JobSnapshot | None:
    """Start the job of a schedule that is due. None: it is not due (any more), or its kind is gone.

    Where several instants were missed one job is started, for the latest. Any number of schedulers may call it: one of
    them starts the job.
    """
    row = schedules.stored(schedule_id)
    at = now()
    if row.next_at is None or row.next_at > at:
        return None
    rule = rule_of(row)
    meant = max(row.next_at, rule.latest_until(at) or row.next_at)
    following = rule.next_after(meant)
    try:
        kind = registry.get(row.kind)
        order = StartOptions(schedule_id=schedule_id, scheduled_for=meant)
        new = new_job(kind, checked_again(kind.params_model, row.params), by=of_schedule(schedule_id), order=order)
    except AppError as error:
        if isinstance(error, Unavailable):
            raise
        _log.error("Schedule #%d did not start a job: %s", schedule_id, error)
        schedules.move(schedule_id, due=row.next_at, following=following)
        return None
    fired = schedules.fire(schedule_id, due=row.next_at, following=following, new=new)
    return None if fired is None else announce([fired])[0].job


def go_back(schedule: Schedule) -> Schedule:
    """Let a schedule that was moved on while the clock was ahead fire at the next instant that its cron means.

    Where the clock was not set back it stays as it is. Instants for which it started a job already start no other.
    """
    assert schedule.next_at is not None
    at = now()
    sooner = rule_of(schedule).next_after(at + CLOCK_STEP)
    if sooner is None or sooner >= schedule.next_at:
        return schedule
    following = rule_of(schedule).next_after(at)
    schedules.move(schedule.id, due=schedule.next_at, following=following)
    return schedule.model_copy(update={"next_at": following})


def run_now(schedule_id: int, *, by: Actor) -> JobSnapshot:
    """Start a job as a schedule would, now; its next instant stays.

    Raises:
        NotFound: no such schedule, or its kind is not declared any more.
        Unavailable: the database is away.
    """
    row = schedules.stored(schedule_id)
    kind = registry.get(row.kind)
    [started] = store([new_job(kind, checked_again(kind.params_model, row.params), by=by)])
    return started.job


def list_active() -> list[Schedule]:
    """Return the schedules that will fire, the soonest first."""
    return schedules.list_schedules(only_active=True)


def list_next(*, limit: int = 5) -> list[Schedule]:
    """Return the schedules that fire soonest."""
    return list_active()[:limit]


def rule_of(schedule: Schedule | ScheduleRow) -> Rule:
    """Return when a schedule fires."""
    return Rule(timezone=schedule.timezone, cron=(schedule.cron,))


def next_after(expression: str, timezone: str, at: datetime) -> datetime | None:
    """Return the first instant after `at` that a cron expression means in a zone."""
    return Rule(timezone=timezone, cron=(expression,)).next_after(at)
