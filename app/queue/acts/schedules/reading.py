"""Schedules as people and programs see them: with their sentence, what comes next, how it went, and what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from app.db import State
from app.db.clock import now
from app.db.queries import schedules
from app.db.queries.jobs import LEARNED_FROM, longer_than
from app.db.snapshots.schedule import Fire, Schedule
from app.errors import AppError
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.remarks import is_at_full_hour, remarks
from app.queue.calendar.rule import Rule
from app.queue.calendar.sentences import sentence
from app.queue.kinds.registry import registry
from app.queue.params.checked import checked_again

UNDECIDED = timedelta(seconds=30)
"""So long after its instant a schedule of which nothing became is overdue: no scheduler runs."""
UNSTARTED = timedelta(minutes=5)
"""So long after its instant a job that has not begun is overdue, where nobody set a limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A schedule whose job did not start, did not end, or takes far longer than it usually does."""

    what: str
    sentence: str
    expected_at: datetime
    job_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleState:
    """A schedule and all that is said about it.

    Attributes:
        schedule: the schedule.
        title: what people call it.
        sentence: its rule in words.
        remarks: what a person should know of the rule.
        next: its next instant that is not skipped by a pause; None: it fires no more, or until somebody resumes it.
        problem: why it starts no job, as a sentence; None: nothing keeps it from that.
        runs: its last instants for which a job was started, the latest first.
        usual_seconds: how long its jobs run, the median of the last that succeeded; None: too few did.
        success_ratio: how many of its last finished jobs succeeded; None: none has finished.
        overdue: what is late; None: nothing.
    """

    schedule: Schedule
    title: str
    sentence: str
    remarks: list[str]
    next: datetime | None
    problem: str | None
    runs: Sequence[Fire]
    usual_seconds: float | None
    success_ratio: float | None
    overdue: Overdue | None


def list_states(*, kind: str | None = None, after: int = 0, limit: int = 1000) -> list[ScheduleState]:
    """Return schedules by id, of one kind or all. `after`: only those with a higher id.

    Raises:
        Unavailable: the database is away.
    """
    return _states(schedules.list_by_id(kind=kind, after=after, limit=limit))


def get_state(schedule_id: int) -> ScheduleState:
    """Return a schedule.

    Raises:
        NotFound: no such schedule.
        Unavailable: the database is away.
    """
    found = schedules.get_schedule(schedule_id)
    [state] = _states([found])
    return replace(state, problem=unfit, next=None) if (unfit := _unfit_params(found)) else state


def list_overdue(*, limit: int = 1000) -> list[ScheduleState]:
    """Return the schedules that are overdue, by id; only those of which something is under way are looked at.

    Raises:
        Unavailable: the database is away.
    """
    found = schedules.in_progress(due_before=now() - UNDECIDED, limit=limit)
    return [one for one in _states(found) if one.overdue is not None] if found else []


def list_next(*, limit: int = 5) -> list[Schedule]:
    """Return the schedules that fire soonest; those that are paused are left out."""
    at = now()
    soon = schedules.list_schedules(only_active=True)
    return [one for one in soon if not one.is_paused(one.next_at or at)][:limit]


def title_of(schedule: Schedule) -> str:
    """Return what people call a schedule: its name, or the title of its kind."""
    kind = registry.find(schedule.kind)
    return schedule.name or (kind.title if kind is not None else schedule.kind)


def zone_of(schedule: Schedule) -> ZoneInfo:
    """Return the zone in which a schedule is meant."""
    return rule_of(schedule).zone


def crowd(*, beside: Schedule | None = None) -> int:
    """Count the schedules that fire at the full hour and at few other times. `beside`: all but this one.

    Raises:
        Unavailable: the database is away.
    """
    number = sum(_is_at_full_hour(lines) for lines in schedules.expressions())
    is_one = beside is not None and beside.next_at is not None and _is_at_full_hour("\n".join(beside.cron))
    return number - is_one


def problem_of(schedule: Schedule) -> str | None:
    """Say why a schedule starts no job; None: nothing keeps it from that."""
    kind = registry.find(schedule.kind)
    if kind is None:
        return f"It is broken and starts nothing. {registry.why_missing(schedule.kind)}"
    if not schedule.is_declared:
        return f"The file of {schedule.kind} declares it no more: it does not fire."
    return registry.off_because(kind)


def _states(found: Sequence[Schedule]) -> list[ScheduleState]:
    at = now()
    others = crowd() - 1
    recent = schedules.recent_fires([one.id for one in found])
    return [_state(one, recent.get(one.id, []), at, others) for one in found]


def _is_at_full_hour(lines: str) -> bool:
    return is_at_full_hour(Rule(cron=tuple(lines.split("\n"))))


def _state(schedule: Schedule, runs: Sequence[Fire], at: datetime, others: int) -> ScheduleState:
    rule = rule_of(schedule)
    ran = [one.run_seconds for one in runs if one.job_state is State.SUCCEEDED and one.run_seconds is not None]
    usual = median(ran) if len(ran) >= LEARNED_FROM else None
    finished = [one.job_state for one in runs if one.job_state is not None and one.finished_at is not None]
    problem = problem_of(schedule)
    return ScheduleState(
        schedule=schedule,
        title=title_of(schedule),
        sentence=sentence(rule),
        remarks=remarks(rule, after=at, others=others),
        next=_next(schedule) if problem is None else None,
        problem=problem,
        runs=runs,
        usual_seconds=usual,
        success_ratio=finished.count(State.SUCCEEDED) / len(finished) if finished else None,
        overdue=_overdue(schedule, runs, usual, at, starts=problem is None),
    )


def _next(schedule: Schedule) -> datetime | None:
    if schedule.next_at is None or not schedule.is_paused(schedule.next_at):
        return schedule.next_at
    if schedule.paused_until is None:
        return None
    return rule_of(schedule).next_after(schedule.paused_until - timedelta(microseconds=1))


def _unfit_params(schedule: Schedule) -> str | None:
    kind = registry.find(schedule.kind)
    if kind is None:
        return None
    try:
        checked_again(kind.params_model, schedules.stored(schedule.id).params)
    except AppError as error:
        return f"Its params fit the kind no more. {error}"
    return None


def _overdue(
    schedule: Schedule, runs: Sequence[Fire], usual: float | None, at: datetime, *, starts: bool
) -> Overdue | None:
    """Say what is late; None: nothing. `starts`: whether nothing keeps it from starting jobs."""
    due = schedule.next_at
    is_expected = due is not None and starts and not schedule.is_paused(due)
    if due is not None and is_expected and at - due > UNDECIDED:
        said = f"Expected {_clock(due, schedule)}, and nothing became of it: is a scheduler running?"
        return Overdue(what="undecided", sentence=said, expected_at=due, job_id=None)
    unfinished = [one for one in runs if one.job_state is not None and one.finished_at is None]
    late = (_late(schedule, one, usual, at) for one in reversed(unfinished))
    return next((one for one in late if one is not None), None)


def _late(schedule: Schedule, last: Fire, usual: float | None, at: datetime) -> Overdue | None:
    """Say what is late about a job of a schedule; None: nothing."""
    expected = f"Expected {_clock(last.instant, schedule)}"
    limit = timedelta(seconds=schedule.late_after_seconds) if schedule.late_after_seconds is not None else None
    waits_since = max(last.instant, last.decided_at)  # one that was made up for, or run afterwards, begins anew
    if last.started_at is None:
        if at - waits_since <= (limit or UNSTARTED):
            return None
        said = f"{expected}, not started for {_span((at - last.instant).total_seconds())}."
        return Overdue(what="not started", sentence=said, expected_at=last.instant, job_id=last.job_id)
    runs_for = (at - last.started_at).total_seconds()
    is_long = (longer := longer_than(usual)) is not None and runs_for > longer
    if at - waits_since > limit if limit is not None else is_long:
        usually = f"usually {_span(usual)}, " if usual is not None else ""
        said = f"{expected}, started {_clock(last.started_at, schedule)}, {usually}running {_span(runs_for)}."
        return Overdue(what="not ended", sentence=said, expected_at=last.instant, job_id=last.job_id)
    return None


def _clock(at: datetime, schedule: Schedule) -> str:
    return f"{at.astimezone(rule_of(schedule).zone):%H:%M}"


def _span(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
