"""What becomes of the instants of a schedule that are due: a job, or a row that says why there is none."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from app.actor import of_schedule
from app.db import JobSnapshot
from app.db.clock import CLOCK_STEP, now
from app.db.lifecycle.start import Inserted
from app.db.schedules import coming, firing, waiting
from app.db.schedules.firing import Move, Plan, Standing
from app.errors import AppError, Unavailable
from app.queue.acts.control import cancel
from app.queue.acts.schedules import planning
from app.queue.acts.schedules.planning import Ready
from app.queue.acts.schedules.rules import rule_of
from app.queue.acts.starting import announce, send

_BATCH = 250
_log = logging.getLogger(__name__)


def fire(ids: Sequence[int], *, ready: Mapping[int, Ready] = MappingProxyType({})) -> list[JobSnapshot]:
    """Decide on the instants of schedules that are due, and start their jobs. Returns the jobs.

    Any number of schedulers may call it: one of them decides on each instant.

    Args:
        ids: of the schedules.
        ready: what was made ready of them before, where it was.

    Raises:
        Unavailable: the database is away; nothing was decided.
    """
    inserted: list[Inserted] = []
    for first in range(0, len(ids), _BATCH):
        at = now()
        due = _ready(ids[first : first + _BATCH], at, ready)
        standing = firing.standings([one.row.id for one in due if one.row.overlap != "allow" and one.row.id])
        plans = [planning.plan(one, standing.get(one.row.id or 0, Standing()), at) for one in due]
        fired = firing.fire(plans)
        send(fired.jobs)
        inserted += fired.jobs
        for plan in plans:
            if plan.takes_place and plan.schedule_id in fired.schedule_ids:
                _cancel(standing.get(plan.schedule_id, Standing()).job_ids, plan)
    return [one.job for one in inserted]


def _ready(ids: Sequence[int], at: datetime, ready: Mapping[int, Ready]) -> list[Ready]:
    """Return those that are due: as they were made ready, or, where a row has changed since, made ready now."""
    versions = coming.versions_of_due(ids, at)
    found = [ready[one] for one, version in versions.items() if one in ready and ready[one].row.version == version]
    late = versions.keys() - {one.row.id for one in found}
    return found + [one for row in coming.rows_of(sorted(late)) if (one := planning.make_ready(row)) is not None]


def start_waiting() -> list[JobSnapshot]:
    """Start the jobs of instants that waited for the one before, where that has ended.

    Raises:
        Unavailable: the database is away.
    """
    started = []
    for held, row in waiting.over():
        assert held.id is not None
        new, reason = planning.job_of(row, held.instant)
        if row.deleted_at is not None or planning.is_paused(row, now()):
            new, reason = None, "The schedule was paused or deleted while it waited."
        inserted = waiting.end(held.id, new=new, reason=reason or "It waited for the job before.")
        started += [one.job for one in announce(inserted)]
    return started


def put_right() -> int:
    """Let schedules that were moved on while the clock was ahead fire at the next instant that their rules mean.

    Returns how many there were: where the clock was not set back, none. Instants for which they started a job already
    start no other.

    Raises:
        Unavailable: the database is away.
    """
    at, moves = now(), []
    for row in coming.moved_after(at + CLOCK_STEP):
        assert row.id is not None
        rule = rule_of(row)
        sooner = rule.next_after(at + CLOCK_STEP)
        is_wrong = row.next_at is not None and sooner is not None and sooner < row.next_at
        moves.append(Move(row.id, row.version, rule.next_after(at) if is_wrong else row.next_at))
    firing.move(moves)
    return len(moves)


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
