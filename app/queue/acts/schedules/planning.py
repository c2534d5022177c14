"""What is to become of the instants of a schedule that is due: which start a job, which none, and why.

What of it takes long is made ready before the instant (`make_ready`). Nothing is written here: that does
`app.db.schedules.firing`.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.actor import of_schedule
from app.db.lifecycle.start import NewJob
from app.db.models.schedules import ScheduleRow
from app.db.schedules import firing
from app.db.schedules.firing import Plan, PlannedFire, Standing
from app.db.snapshots.schedule import FireOutcome
from app.errors import AppError, Unavailable
from app.queue.acts.schedules.following import followers_of
from app.queue.acts.schedules.rules import rule_of
from app.queue.acts.starting import StartOptions, new_job
from app.queue.calendar.rule import Rule
from app.queue.kinds.registry import registry
from app.queue.params.checked import checked_again, is_settled

MOST_LISTED = 100
"""So many missed instants are told one by one, the latest; what was before them in one row."""
MOST_AT_ONCE = 1000
"""With the policy *all*, so many missed instants start jobs; what was before them is skipped."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A schedule with what its next instant needs. It holds as long as the row has the same version.

    Attributes:
        row: the schedule.
        rule: when it fires.
        following: the instant after its `next_at`; None: it has none, or counts from when it starts.
        made: the job of its next instant, or None and why there can be none. Empty: that is known at the instant only.
    """

    row: ScheduleRow
    rule: Rule
    following: datetime | None
    made: tuple[NewJob | None, str] | None


def make_ready(row: ScheduleRow) -> Ready | None:
    """Compute what the next instant of a schedule needs. None: its row cannot be read; that keeps no other from firing.

    Raises:
        Unavailable: the database is away.
    """
    try:
        return _ready(row)
    except Unavailable:
        raise
    except Exception:
        _log.exception("Schedule #%s cannot fire.", row.id)
        return None


def _ready(row: ScheduleRow) -> Ready:
    assert row.next_at is not None
    rule = rule_of(row)
    following = rule.next_after(row.next_at) if rule.every_seconds is None or rule.is_aligned else None
    kind = registry.find(row.kind)
    is_early = kind is None or (is_settled(kind.params_model, row.params) and not row.followed_by)
    made = job_of(row, row.next_at) if is_early and not is_paused(row, row.next_at) else None
    return Ready(row=row, rule=rule, following=following, made=made)


def plan(ready: Ready, standing: Standing, at: datetime) -> Plan:
    """Decide on the instants of a schedule that are due at an instant."""
    row = ready.row
    assert row.id is not None
    assert row.next_at is not None
    instants, first_listed = _due(ready, at)
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
        elif is_paused(row, instant):
            fires.append(_skipped(instant, _why_paused(row)))
        elif is_missed and row.misfire != "all" and (row.misfire == "skip" or instant != makes_up):
            fires.append(_skipped(instant, _why_missed(row, makes_up or instants[-1])))
        else:
            late = f"It was late by {round((at - instant).total_seconds())} s." if is_missed else ""
            one = _fire(ready, instant, standing, late=late)
            fires.append(one)
            if one.outcome is FireOutcome.WAITING:
                takes_place = row.overlap == "cancel"
                fires = [
                    _given_way(each) if each.outcome is FireOutcome.WAITING and each is not one else each
                    for each in fires
                ]
                standing = Standing(job_ids=standing.job_ids, waiting=True)
            elif one.new is not None:
                takes_place = takes_place or (row.overlap == "cancel" and standing.waiting)
                standing = Standing(job_ids=[*standing.job_ids, 0], waiting=standing.waiting)
    return Plan(
        schedule_id=row.id,
        version=row.version,
        following=_following(ready, instants[-1], at),
        fires=fires,
        takes_place=takes_place,
        pause_reason=pause_reason,
    )


def _due(ready: Ready, at: datetime) -> tuple[list[datetime], datetime | None]:
    """Return the instants up to `at`, the latest of too many, and the first of these where there were more."""
    first, rule = ready.row.next_at, ready.rule
    assert first is not None
    if ready.following is None or ready.following > at:
        return [first], None
    most = MOST_AT_ONCE if ready.row.misfire == "all" else MOST_LISTED
    found: list[datetime] = []
    latest = rule.latest_until(at)
    while latest is not None and latest > first and len(found) < most:
        found.append(latest)
        latest = rule.latest_until(latest - timedelta(microseconds=1))
    found.reverse()
    if latest is not None and latest > first:
        return found, found[0]
    return [first, *found], None


def _following(ready: Ready, last: datetime, at: datetime) -> datetime | None:
    """Return the next instant after `last`, the latest of those that are due."""
    if ready.rule.every_seconds is not None and not ready.rule.is_aligned:
        return ready.rule.next_after(at)
    return ready.following if last == ready.row.next_at else ready.rule.next_after(last)


def _fire(ready: Ready, instant: datetime, standing: Standing, *, late: str) -> PlannedFire:
    row = ready.row
    new, problem = ready.made if ready.made and instant == row.next_at else job_of(row, instant)
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


def job_of(row: ScheduleRow, instant: datetime) -> tuple[NewJob | None, str]:
    """Return the job of an instant, or None and why there can be none."""
    assert row.id is not None
    kind = registry.find(row.kind)
    if kind is None:
        return None, registry.why_missing(row.kind)
    try:
        order, by = StartOptions(schedule_id=row.id, scheduled_for=instant), of_schedule(row.id)
        new = new_job(kind, checked_again(kind.params_model, row.params), by=by, order=order)
        return replace(new, then=followers_of(row, by=by)), ""
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


def is_paused(row: ScheduleRow, at: datetime) -> bool:
    """Say whether the instants of a schedule are skipped at an instant."""
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
