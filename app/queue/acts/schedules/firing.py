"""What becomes of the instants of a schedule that are due: a job, or a row that says why there is none."""

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
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
from app.queue.events.publisher import publish
from app.queue.events.types import SchedulesChanged

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
        standing = _standings(due)
        plans = [planning.plan(one, standing.get(one.row.id or 0, Standing()), at) for one in due]
        fired = firing.fire(plans)
        send(fired.jobs)
        _tell([plan for plan in plans if plan.schedule_id in fired.schedule_ids], fired.jobs)
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


def _standings(due: Sequence[Ready]) -> dict[int, Standing]:
    """Return what is going on of schedules. What waited there, and needs to no more, comes before what is due now."""
    of = {one.row.id: one.row.overlap for one in due if one.row.overlap != "allow" and one.row.id}
    standing = firing.standings(list(of))
    turns = [key for key, one in standing.items() if of[key] == "wait" and one.waiting and not one.job_ids]
    if turns:
        _start_turns(turns)
        standing = firing.standings(list(of))
    return standing


def _start_turns(turns: Collection[int]) -> None:
    """Start what waited for its turn. Where that cannot be, what is due of all other schedules starts nevertheless."""
    try:
        start_waiting(of=turns)
    except Unavailable:
        raise
    except Exception:
        _log.exception("What waited for the job before could not be started")


def start_waiting(*, of: Collection[int] | None = None) -> list[JobSnapshot]:
    """Start the jobs of instants that waited for the one before, where that has ended.

    Args:
        of: of these schedules alone; None: of all.

    Raises:
        Unavailable: the database is away.
    """
    started = []
    for held, row in waiting.over():
        if of is not None and row.id not in of:
            continue
        assert held.id is not None
        new, reason = planning.job_of(row, held.instant)
        if row.deleted_at is not None or planning.is_paused(row, now()):
            new, reason = None, "The schedule was paused or deleted while it waited."
        inserted = waiting.end(held.id, new=new, reason=reason or "It waited for the job before.")
        started += [one.job for one in announce(inserted)]
        if not any(one.is_new for one in inserted):
            publish([SchedulesChanged(schedule_ids=[held.schedule_id])])
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


def _tell(plans: Sequence[Plan], jobs: Sequence[Inserted]) -> None:
    """Tell the open pages of what starts no new job; of the others their jobs are told."""
    told = Counter(one.columns["schedule_id"] for one in jobs if one.is_new)
    silent = [one.schedule_id for one in plans if one.pause_reason or told[one.schedule_id] < len(one.fires)]
    if silent:
        publish([SchedulesChanged(schedule_ids=silent)])


def _cancel(job_ids: Sequence[int], plan: Plan) -> None:
    for job_id in job_ids:
        try:
            cancel(job_id, by=of_schedule(plan.schedule_id))
        except Unavailable:
            raise
        except AppError as error:
            _log.info("Job #%d of schedule #%d was not cancelled: %s", job_id, plan.schedule_id, error)
