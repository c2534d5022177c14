"""The instants of a past time that started no job, run afterwards: asked for here, done by a job of the kind `backfill`
(`app/jobs/backfill.py`), undone by cancelling that job while it is still scheduled.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.actor import Actor
from app.db import JobSnapshot
from app.db.audit.refusals import kept_if_refused
from app.db.clock import now
from app.db.models.schedules import ScheduleRow
from app.db.queries.schedules import fire_outcomes, stored
from app.db.schedules import changing, firing
from app.db.schedules.firing import PlannedFire
from app.db.snapshots.schedule import FireOutcome
from app.errors import FieldError, InvalidInput
from app.queue.acts.bulk import UNDO_SECONDS
from app.queue.acts.schedules.following import followers_of
from app.queue.acts.schedules.rules import rule_of
from app.queue.acts.starting import StartOptions, announce, check, new_job, startable, store
from app.queue.kinds.registry import registry
from app.queue.params.checked import checked_again
from app.rights import Act, require

KIND = "backfill"
MOST = 10_000
"""So many instants are run afterwards at once."""
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
"""No instant is looked for before."""


@kept_if_refused("run the missed ones", "schedule")
def ask(schedule_id: int, *, since: datetime, until: datetime, by: Actor) -> JobSnapshot:
    """Ask for the jobs of all instants from `since` up to `until` that have none.

    Returns:
        The job that starts them, `UNDO_SECONDS` from now; cancelled before, it starts none.

    Raises:
        NotFound: no such schedule, or its kind is gone.
        Forbidden: the kind is off here, or who asks may not.
        InvalidInput: the time is not past, there is no such instant in it, or there are more than `MOST`.
        Unavailable: the database is away; nothing was asked for.
    """
    require(by, Act.SCHEDULE)
    row = stored(schedule_id)
    known = startable(row.kind)
    new_job(known, checked_again(known.params_model, row.params), by=by)
    found = _missed(row, since, until)
    if not found:
        raise _refused("since", "Every instant of this time has had its job, or it has none.")
    title = f"Run {len(found):,} missed instant{'s' * (len(found) > 1)} of {row.name or known.title}"
    kind = registry.get(KIND)
    params = check(kind, {"schedule_id": schedule_id, "since": since.isoformat(), "until": until.isoformat()})
    new = new_job(kind, params, by=by, order=StartOptions(delay=timedelta(seconds=UNDO_SECONDS)))
    search_text = f"{title.casefold()} {new.search_text}"[: len(new.search_text)]
    [started] = store([replace(new, title=title, search_text=search_text)])
    said = {"instants": [since.isoformat(), until.isoformat()]}
    changing.note(schedule_id, act="run the missed ones", said=said, by=by)
    return started.job


def missed(schedule_id: int, *, since: datetime, until: datetime) -> list[datetime]:
    """Return the instants from `since` up to `until` that have no job, in order.

    Raises:
        NotFound: no such schedule.
        InvalidInput: the time is not past, or there are more than `MOST`.
        Unavailable: the database is away.
    """
    return _missed(stored(schedule_id), since, until)


def start_one(schedule_id: int, instant: datetime, *, by: Actor) -> JobSnapshot | None:
    """Start the job of an instant that has none. None: it has one by now. Safe to repeat.

    Raises:
        NotFound: no such schedule, or its kind is gone.
        InvalidInput: its params fit no more.
        Unavailable: the database is away.
    """
    row = stored(schedule_id)
    kind = startable(row.kind)
    order = StartOptions(schedule_id=schedule_id, scheduled_for=instant)
    new = new_job(kind, checked_again(kind.params_model, row.params), by=by, order=order)
    new = replace(new, then=followers_of(row, by=by))
    reason = f"It was run afterwards; {by.name} asked for it."
    planned = PlannedFire(instant=instant, outcome=FireOutcome.STARTED, reason=reason, new=new)
    started = announce(firing.make_up(schedule_id, planned))
    return started[0].job if started else None


def _missed(row: ScheduleRow, since: datetime, until: datetime) -> list[datetime]:
    assert row.id is not None
    if until > now():
        raise _refused("until", "This time is to come. Choose one that is past.")
    if since > until:
        raise _refused("since", "It begins after its end.")
    outcomes = fire_outcomes(row.id, since=since, until=until, limit=MOST * 10)
    found = {at for at, outcome in outcomes.items() if outcome == FireOutcome.SKIPPED}
    found |= _instants(row, since, until, outcomes)
    if len(found) > MOST:
        raise _refused("since", f"There are more than {MOST:,} instants; choose a shorter time.")
    return sorted(found)


def _instants(row: ScheduleRow, since: datetime, until: datetime, known: Mapping[datetime, Any]) -> set[datetime]:
    """Return the instants that the rule means now, and of which nothing is written."""
    rule = rule_of(row)
    found: set[datetime] = set()
    if rule.every_seconds is not None and not rule.is_aligned:
        return found  # each was counted from a start: nobody knows when it would have been
    for at in rule.coming(max(since, _FIRST) - timedelta(seconds=1)):
        if at > until or len(found) > MOST:
            break
        if at >= since and at not in known:
            found.add(at)
    return found


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput("Some values do not fit.", fields=[FieldError(field=field, message=message)])
