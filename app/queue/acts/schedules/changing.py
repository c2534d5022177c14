"""What people and programs ask for about schedules: create, edit, pause, resume, run now, put back, delete."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any, TypedDict, get_args

from app.actor import Actor
from app.db import JobSnapshot
from app.db.audit.refusals import kept_if_refused
from app.db.clock import LAST_INSTANT, now
from app.db.models.schedules import ScheduleRow
from app.db.queries.schedules import stored
from app.db.schedules import changing
from app.db.snapshots.schedule import Misfire, Overlap, Schedule
from app.db.snapshots.secrets import mask
from app.errors import FieldError, InvalidInput, WrongState
from app.queue.acts.confirming import require_confirmed
from app.queue.acts.schedules.following import FollowerWish, checked_followers, followers_of, unkept
from app.queue.acts.schedules.rules import columns_of, rule_of, written
from app.queue.acts.starting import StartOptions, check, new_job, startable, store
from app.queue.calendar.rule import Rule, problems
from app.queue.events.publisher import publish
from app.queue.events.types import SchedulesChanged
from app.queue.kinds.registry import registry
from app.queue.params.checked import Checked, checked_again, checked_edit
from app.rights import Act, require

MAX_NAME_LENGTH = 200
MAX_REASON_LENGTH = 500
MAX_SECONDS = 10 * 365 * 24 * 3600
MAX_FAILURES = 1000
_UNFIT = "Some values do not fit."
_log = logging.getLogger(__name__)


class Wish(TypedDict, total=False):
    """What somebody wants of a schedule; what is left out stays as it is, or is the default.

    One of `cron`, `every_seconds` and `at` says when it fires: where one is given, the other two go.
    """

    name: str
    params: Mapping[str, Any]
    cron: tuple[str, ...]
    every_seconds: int | None
    aligned: bool
    at: datetime | None
    timezone: str
    exclude: tuple[date, ...]
    not_between: tuple[tuple[time, time], ...]
    misfire: str
    misfire_after_seconds: int
    overlap: str
    late_after_seconds: int | None
    pause_after_failures: int | None
    then: Sequence[FollowerWish]


@kept_if_refused("create schedule", "kind")
def create(kind: str, wish: Wish, *, is_enabled: bool = True, by: Actor) -> Schedule:
    """Make a schedule; it fires from now on.

    Args:
        kind: what it starts.
        wish: when, with what, and how.
        is_enabled: whether it fires; else it is paused from the beginning.
        by: who asks.

    Raises:
        NotFound: no such kind.
        Forbidden: the kind is off here, or acts on many jobs, or who asks may not.
        InvalidInput: the rule, a policy or a param does not fit; names the fields. Nothing was stored.
        Unavailable: the database is away.
    """
    values = check_new(kind, wish, by=by)
    return _told(changing.create(values if is_enabled else {**values, **_pause(by, reason="", until=None)}, by=by))


def check_new(kind: str, wish: Wish, *, by: Actor) -> dict[str, Any]:
    """Return what a new schedule would be stored as, column → value. Stores nothing.

    Raises:
        AppError: as `create`, but for the database.
    """
    known = startable(kind)
    require(by, Act.SCHEDULE)
    rule = _rule(wish, Rule())
    _check(wish, rule)
    params = check(known, wish.get("params", {}))
    _refuse_unkept(params)
    new_job(known, params, by=by)  # whatever else a start would refuse is told now, not at night
    return {
        "kind": known.name,
        "params": params.stored,
        "next_at": rule.next_after(now()),
        "followed_by": checked_followers(wish.get("then", ()), by=by),
        **columns_of(rule),
        **_policies(wish),
    }


@kept_if_refused("edit", "schedule")
def edit(schedule_id: int, wish: Wish, *, shown: Schedule | None = None, by: Actor) -> Schedule:
    """Change a schedule. Where it was declared by its kind's file, the change is kept and shown as such.

    Args:
        schedule_id: which.
        wish: what is wanted otherwise.
        shown: what who asks was shown of it; None: only what is wished is meant, whatever else was changed.
        by: who asks.

    Raises:
        ChangedMeanwhile: it is not what was shown. Nothing was stored.
        Forbidden: who asks may not.
        NotFound: no such schedule, or params are given and its kind is gone.
        InvalidInput: as `create`.
        Unavailable: the database is away.
    """
    row = _changeable(schedule_id, by)
    before = rule_of(row)
    rule = _rule(wish, before)
    _check(wish, rule, has_rule=rule != before)
    values: dict[str, Any] = _policies(wish)
    if "params" in wish:
        kind = startable(row.kind)
        params = checked_edit(kind.params_model, wish["params"], row.params)
        _refuse_unkept(params)
        values["params"] = params.stored
    if "then" in wish:
        values["followed_by"] = checked_followers(wish["then"], before=row.followed_by, by=by)
    if rule != before:
        values |= {**columns_of(rule), "next_at": rule.next_after(now())}
    said = _said(row, values)
    if not said:
        return Schedule.from_row(row)
    return _told(changing.change(schedule_id, values, act="edit", said=said, shown=shown, by=by))


@kept_if_refused("put back", "schedule")
def put_back(schedule_id: int, *, by: Actor) -> Schedule:
    """Let a schedule fire again as its kind's file says.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such schedule.
        WrongState: no file declared it.
        Unavailable: the database is away.
    """
    row = _changeable(schedule_id, by)
    if row.declared_cron is None or row.declared_timezone is None:
        raise WrongState(f"Schedule #{schedule_id} was not made by the file of its kind: there is nothing to put back.")
    rule = Rule(cron=(row.declared_cron,), timezone=row.declared_timezone)
    values = {**columns_of(rule), "next_at": rule.next_after(now())}
    said = _said(row, values)
    if not said:
        return Schedule.from_row(row)
    return _told(changing.change(schedule_id, values, act="put back", said=said, by=by))


@kept_if_refused("pause", "schedule")
def pause(schedule_id: int, *, until: datetime | None = None, reason: str = "", by: Actor) -> Schedule:
    """Let a schedule start nothing; each of its instants is kept as skipped, with this reason.

    Args:
        schedule_id: which.
        until: when it goes on by itself; None: when somebody resumes it.
        reason: said beside it and with each skipped instant.
        by: who asks.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such schedule.
        InvalidInput: the time is past or has no zone, or the reason is too long.
        Unavailable: the database is away.
    """
    _changeable(schedule_id, by)
    wrong = []
    if len(reason) > MAX_REASON_LENGTH:
        wrong.append(FieldError(field="reason", message=f"At most {MAX_REASON_LENGTH} characters."))
    if until is not None and until.tzinfo is None:
        wrong.append(FieldError(field="until", message="Say the time zone, as in 2026-01-31T08:30:00Z."))
    elif until is not None and until <= now():
        wrong.append(FieldError(field="until", message="This time is past. Choose one that is to come."))
    elif until is not None and until >= LAST_INSTANT:
        wrong.append(FieldError(field="until", message=f"Choose a time before the year {LAST_INSTANT.year}."))
    if wrong:
        raise InvalidInput(_UNFIT, fields=wrong)
    said: dict[str, Any] = {"paused": [None, reason or "paused"]}
    if until is not None:
        said["until"] = [None, until.isoformat()]
    return _told(changing.change(schedule_id, _pause(by, reason=reason, until=until), act="pause", said=said, by=by))


@kept_if_refused("resume", "schedule")
def resume(schedule_id: int, *, by: Actor) -> Schedule:
    """Let a schedule fire again, from now on. Nothing happens to one that is not paused.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such schedule.
        Unavailable: the database is away.
    """
    row = _changeable(schedule_id, by)
    if row.paused_at is None:
        return Schedule.from_row(row)
    values = {
        "paused_at": None,
        "paused_by": None,
        "paused_reason": None,
        "paused_until": None,
        "failures_counted_from": now(),
    }
    said = {"paused": [row.paused_reason or "paused", None]}
    return _told(changing.change(schedule_id, values, act="resume", said=said, by=by))


@kept_if_refused("run", "schedule")
def run_now(
    schedule_id: int, *, params: Mapping[str, Any] | None = None, confirmed: bool = False, by: Actor
) -> JobSnapshot:
    """Start a job as a schedule would, now; its next instant stays.

    Args:
        schedule_id: which.
        params: other values than the schedule's, for this job alone; secrets that stay dots are taken over.
        confirmed: whether it is meant, where its kind, or one of those that follow, wants to be confirmed.
        by: who asks.

    Raises:
        NotFound: no such schedule, or its kind is not declared any more.
        Forbidden: the kind is off here, or who asks may not.
        Unconfirmed: it has to be confirmed and is not.
        InvalidInput: the params do not fit.
        Unavailable: the database is away.
    """
    row = _changeable(schedule_id, by)
    kind = registry.get(row.kind)
    if not confirmed:
        following = [registry.get(one["kind"]) for one in row.followed_by]
        require_confirmed(kind, *following, stored=row.params if params is None else None)
    model = kind.params_model
    values = checked_again(model, row.params) if params is None else checked_edit(model, params, row.params)
    new = new_job(kind, values, by=by, order=StartOptions(schedule_id=schedule_id))
    [started] = store([replace(new, then=followers_of(row, by=by))])
    return started.job


@kept_if_refused("delete", "schedule")
def delete(schedule_id: int, *, by: Actor) -> None:
    """Let a schedule fire no more; what it started and skipped is kept.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such schedule.
        WrongState: the file of its kind declares it.
        Unavailable: the database is away.
    """
    row = _changeable(schedule_id, by)
    if row.declared_cron is not None and row.is_declared:
        hint = f"Pause it, or take schedule= out of the file of {row.kind}."
        raise WrongState(f"Schedule #{schedule_id} is declared by the file of its kind.", hint=hint)
    changing.delete(schedule_id, at=now(), by=by)
    publish([SchedulesChanged(schedule_ids=[schedule_id])])
    _log.info("Schedule #%d was deleted by %s.", schedule_id, by.name)


def _told(schedule: Schedule) -> Schedule:
    """Tell the open pages that it changed."""
    publish([SchedulesChanged(schedule_ids=[schedule.id])])
    return schedule


def _changeable(schedule_id: int, by: Actor) -> ScheduleRow:
    """Return a schedule that somebody may change: they may start its kind, too."""
    require(by, Act.SCHEDULE)
    row = stored(schedule_id)
    kind = registry.find(row.kind)
    require(by, Act.SCHEDULE, requires=kind.requires if kind is not None else None)
    return row


def _rule(wish: Wish, before: Rule) -> Rule:
    """Return a rule with what is wished of it."""
    is_new = any(wish.get(name) for name in ("cron", "every_seconds", "at"))
    return Rule(
        timezone=wish.get("timezone", before.timezone),
        cron=wish.get("cron", () if is_new else before.cron),
        every_seconds=wish.get("every_seconds", None if is_new else before.every_seconds),
        is_aligned=wish.get("aligned", before.is_aligned),
        at=wish.get("at", None if is_new else before.at),
        exclude=wish.get("exclude", before.exclude),
        not_between=wish.get("not_between", before.not_between),
    )


def _check(wish: Wish, rule: Rule, *, has_rule: bool = True) -> None:
    wrong = problems(rule, after=now()) if has_rule else []
    name = wish.get("name", "")
    if len(name) > MAX_NAME_LENGTH or not name.isprintable():
        wrong.append(FieldError(field="name", message=f"A line of at most {MAX_NAME_LENGTH} characters."))
    for field, choices in (("misfire", get_args(Misfire)), ("overlap", get_args(Overlap))):
        if wish.get(field, choices[0]) not in choices:
            wrong.append(FieldError(field=field, message=f"One of {', '.join(choices)}."))
    for field, least, most in (
        ("misfire_after_seconds", 1, MAX_SECONDS),
        ("late_after_seconds", 1, MAX_SECONDS),
        ("pause_after_failures", 1, MAX_FAILURES),
    ):
        value = wish.get(field)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            wrong.append(FieldError(field=field, message=f"A whole number from {least} to {most:,}."))
    if wrong:
        raise InvalidInput(_UNFIT, fields=wrong)


def _refuse_unkept(params: Checked) -> None:
    if fields := list(unkept(params)):
        raise InvalidInput(_UNFIT, fields=fields)


def _policies(wish: Wish) -> dict[str, Any]:
    names = ("name", "misfire", "misfire_after_seconds", "overlap", "late_after_seconds", "pause_after_failures")
    return {name: wish[name] for name in names if name in wish}  # type: ignore[literal-required]  # names of a Wish


def _pause(by: Actor, *, reason: str, until: datetime | None) -> dict[str, Any]:
    return {"paused_at": now(), "paused_by": by.name, "paused_reason": reason, "paused_until": until}


def _said(row: ScheduleRow, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return field → [before, after] of what changes, as people read it; secrets stay dots."""
    said = {}
    for column, value in values.items():
        before = getattr(row, column)
        if column == "next_at" or before == value:
            continue
        if column == "params":
            before, value = mask(before), mask(value)
        if column == "followed_by":  # their params are told by nobody: they may not be for everybody
            column, before, value = "then", _named(before), _named(value)
        said[column] = [_readable(before), _readable(value)]
    return said


def _named(followers: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{one['kind']} ({one['when']})" for one in followers]


def _readable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return written(value) if isinstance(value, time) else value
