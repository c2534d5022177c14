"""`python main.py schedule`: list, show, add, edit, pause, resume, run and remove schedules; read an expression.

What may be written after it is in `schedule_arguments.py`, which every command reads and which loads nothing.
"""

import argparse
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, cast

from app.actor import local
from app.db.clock import now
from app.db.queries.jobs import MAX_ID
from app.db.queries.schedules import get_schedule, list_fires
from app.db.snapshots.schedule import Schedule
from app.errors import AppError, FieldError, InvalidInput
from app.processes.terminal.arguments import read_params, require_confirmed
from app.processes.terminal.import_file import import_file
from app.processes.terminal.place import a_place, find_instance
from app.processes.terminal.screen import clean, complain, write_no_more
from app.queue.acts.bulk import UNDO_SECONDS
from app.queue.acts.schedules import backfilling, changing, reading
from app.queue.acts.schedules.changing import Wish
from app.queue.acts.schedules.moving import exporting
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import read_day, read_time, rule_of
from app.queue.calendar.coming import coming
from app.queue.calendar.days_off import BadDays, calendar_days, public_holidays
from app.queue.calendar.remarks import remarks
from app.queue.calendar.rule import Rule, problems
from app.queue.calendar.sentences import sentence
from app.queue.calendar.zones import instant_at
from app.queue.kinds.registry import registry
from app.settings import Settings

DONE = 0
MOST = 10_000
_BY = local("terminal")
_PAGE = 500


def run(settings: Settings, asked: argparse.Namespace) -> int:
    """Do what was asked for. Returns the exit status."""
    if not settings.is_given("log_level"):
        logging.getLogger().setLevel(logging.CRITICAL)  # what goes wrong is said in sentences here
    try:
        if is_of_expression(asked):
            return read_expression(asked)
        _load(settings)
        with a_place(settings, starts=False):
            if asked.act == "export":
                _export(settings)
            else:
                _ACTS[asked.act](asked)
    except BrokenPipeError:
        write_no_more()
        return DONE
    except AppError as error:
        return complain(error)
    return DONE


def is_of_expression(asked: argparse.Namespace) -> bool:
    """Say whether an expression is to be read: that needs no schedules."""
    return asked.act == "lint" or (asked.act == "next" and not asked.target.isdigit())


def _load(settings: Settings) -> None:
    running = find_instance(settings)
    switched_on = settings.switched_on if running is None else frozenset(running.switched_on)
    registry.load(
        list(dict.fromkeys([*(running.jobs if running else ()), *settings.absolute_jobs])), switched_on=switched_on
    )


def _list(asked: argparse.Namespace) -> None:
    found = _all()
    if asked.json:
        _print_json([_as_json(one) for one in found])
        return
    print_table([_cells(one) for one in found])


def print_table(rows: list[tuple[str, str, str, str, str]]) -> None:
    """Print schedules: number, title, state, next instant, what is said of each."""
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for one, title, state, following, words in rows:
        line = f"{one:>{widths[0]}}  {title:<{widths[1]}}  {state:<{widths[2]}}  {following:<{widths[3]}}  {words}"
        _say(line.rstrip())
    sys.stderr.write(f"{len(rows):,} schedule{'s' * (len(rows) != 1)}.\n")


def _all() -> list[ScheduleState]:
    found: list[ScheduleState] = []
    while page := reading.list_states(after=found[-1].schedule.id if found else 0, limit=_PAGE):
        found += page
    return found


def _show(asked: argparse.Namespace) -> None:
    state = reading.get_state(number(asked))
    if asked.json:
        _print_json(_as_json(state))
        return
    one = state.schedule
    _say(f"#{one.id} {state.title} ({one.kind}): {state.sentence} ({one.timezone})")
    for text in (state.problem, state.overdue and state.overdue.sentence, _pause_words(one), *state.remarks):
        if text:
            _say(f"  {text}")
    _next(asked)
    for fire in list_fires(one.id, limit=10):
        what = f"job #{fire.job_id} {fire.job_state or 'deleted'}" if fire.job_id else str(fire.outcome)
        _say(f"  {fire.instant.astimezone(rule_of(one).zone):%Y-%m-%d %H:%M:%S}  {what}  {fire.reason}".rstrip())


def _add(asked: argparse.Namespace) -> None:
    kind = registry.get(asked.target)
    made = changing.create(kind.name, wish(asked, params=read_params(kind, asked.values)), by=_BY)
    sys.stdout.write(f"{made.id}\n")
    sys.stderr.write(f"{sentence(rule_of(made))} ({made.timezone}).\n")


def _edit(asked: argparse.Namespace) -> None:
    before = get_schedule(number(asked))
    params = None
    if asked.values:
        kind = registry.get(before.kind)
        params = read_params(kind, asked.values, standing=before.params)
    changed = changing.edit(before.id, wish(asked, params=params), by=_BY)
    _say(f"#{changed.id}: {sentence(rule_of(changed))} ({changed.timezone}).")


def _pause(asked: argparse.Namespace) -> None:
    until = instant(asked.until, "until", "UTC") if asked.until else None
    _say(f"#{asked.target}: {_pause_words(changing.pause(number(asked), until=until, reason=asked.reason, by=_BY))}")


def _resume(asked: argparse.Namespace) -> None:
    changing.resume(number(asked), by=_BY)
    _say(f"#{asked.target} fires again.")


def _run(asked: argparse.Namespace) -> None:
    one = get_schedule(number(asked))
    kind = registry.get(one.kind)
    params = read_params(kind, asked.values, standing=one.params) if asked.values else None
    if not asked.yes:
        require_confirmed(kind, params or one.params)
        for follower in one.then:
            require_confirmed(registry.get(follower.kind), follower.params)
    sys.stdout.write(f"{changing.run_now(one.id, params=params, confirmed=True, by=_BY).id}\n")


def _remove(asked: argparse.Namespace) -> None:
    changing.delete(number(asked), by=_BY)
    _say(f"#{asked.target} was removed; what it started is kept.")


def _backfill(asked: argparse.Namespace) -> None:
    one = get_schedule(number(asked))
    since, until = (
        instant(text, field, one.timezone)
        for text, field in ((asked.since or "", "since"), (asked.until or "", "until"))
    )
    job = backfilling.ask(one.id, since=since, until=until, by=_BY)
    sys.stdout.write(f"{job.id}\n")
    sys.stderr.write(f"{job.title}, in {UNDO_SECONDS} s.\n")


def _export(settings: Settings) -> None:
    """Print a crontab whose lines start their jobs in this Jobdeck, not in another one on the usual data folder."""
    program = [sys.executable, str(Path(sys.argv[0]).resolve()), "start"]
    if settings.is_given("data_dir"):
        program += ["--data-dir", str(settings.data_dir)]
    for one in settings.absolute_jobs:
        program += ["--jobs", one]
    print_crontab(_all(), program)


def print_crontab(states: list[ScheduleState], program: list[str]) -> None:
    """Print schedules as a crontab; `program` are the words that start a job."""
    for line in exporting.crontab(states, program=program).splitlines():
        _say(line)


def _next(asked: argparse.Namespace) -> None:
    one = get_schedule(number(asked))
    print_coming(rule_of(one), asked.count)


def read_expression(asked: argparse.Namespace) -> int:
    """Read an expression: `next` its instants, `lint` what surprises about it."""
    rule = Rule(cron=(asked.target,), timezone=asked.zone or "UTC")
    if wrong := problems(rule, after=now()):
        raise InvalidInput("This cannot be a schedule.", fields=wrong)
    _say(f"{sentence(rule)} ({rule.timezone})")
    if asked.act == "lint":
        for text in remarks(rule, after=now()):
            _say(f"  {text}")
    else:
        print_coming(rule, asked.count)
    return DONE


_ACTS: dict[str, Callable[[argparse.Namespace], object]] = {
    "list": _list,
    "show": _show,
    "add": _add,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "run": _run,
    "remove": _remove,
    "next": _next,
    "lint": read_expression,
    "import": import_file,
    "backfill": _backfill,
}


def wish(asked: argparse.Namespace, *, params: dict[str, Any] | None) -> Wish:
    """Return what the options say."""
    zone = asked.zone or "UTC"
    said = {
        "params": params,
        "name": asked.name,
        "cron": tuple(asked.cron) if asked.cron else None,
        "every_seconds": asked.every,
        "at": instant(asked.at, "at", zone) if asked.at else None,
        "timezone": asked.zone,
        "exclude": tuple(_days_off(asked)) or None,
        "not_between": tuple(_window(one) for one in asked.not_between or ()) or None,
        "aligned": False if asked.from_start else True if asked.every else None,
        "misfire": asked.misfire,
        "misfire_after_seconds": asked.misfire_after,
        "overlap": asked.overlap,
    }
    bounds = {"late_after_seconds": asked.late_after, "pause_after_failures": asked.pause_after_failures}
    off = {name: value or None for name, value in bounds.items() if value is not None}
    return cast("Wish", {name: value for name, value in said.items() if value is not None} | off)


def _days_off(asked: argparse.Namespace) -> Iterator[date]:
    """Give the days without a fire that were named, and those of holidays and of a calendar file."""
    yield from (_parsed(read_day, one, "exclude") for one in asked.exclude or ())
    zone = Rule(timezone=asked.zone or "UTC").zone
    today = now().astimezone(zone).date()
    try:
        if asked.holidays:
            yield from public_holidays(asked.holidays, begin=today)
        if asked.calendar:
            yield from calendar_days(Path(asked.calendar).read_text(encoding="utf-8"), zone=zone, begin=today)
    except (BadDays, OSError, ValueError) as error:
        raise InvalidInput(fields=[FieldError(field="exclude", message=str(error))]) from error


def _parsed(read: Callable[[str], Any], text: str, field: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        message = f"{text!r} cannot be read; write it as {_FORMS[field]}."
        raise InvalidInput(fields=[FieldError(field=field, message=message)]) from error


_FORMS = {
    "exclude": "2027-12-24",
    "not_between": "22:00-06:00",
    "at": "2027-01-31T08:30",
    "since": "2027-01-31T08:30",
    "until": "2027-01-31T08:30",
    "id": "7",
}


def _window(text: str) -> tuple[time, time]:
    def read(text: str) -> tuple[time, time]:
        begin, end = text.split("-")
        return read_time(begin), read_time(end)

    window: tuple[time, time] = _parsed(read, text, "not_between")
    return window


def instant(text: str, field: str, zone: str) -> datetime:
    """Read a time; one without a zone is meant in that of the schedule."""

    def read(text: str) -> datetime:
        at = datetime.fromisoformat(text)
        return instant_at(Rule(timezone=zone).zone, at) if at.tzinfo is None else _in_utc(at)

    found: datetime = _parsed(read, text, field)
    return found


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("before the first year, or after the last") from error


def number(asked: argparse.Namespace) -> int:
    """Return the number of the schedule that was named."""

    def read(text: str) -> int:
        if not re.fullmatch("[0-9]{1,19}", text) or int(text) > MAX_ID:
            raise ValueError("no number of a schedule")
        return int(text)

    found: int = _parsed(read, asked.target.removeprefix("#"), "id")
    return found


def print_coming(rule: Rule, count: int) -> None:
    """Print the next instants of a rule."""
    for one in coming(rule, after=now(), count=max(1, min(count, MOST))):
        _say(f"  {one.local:%a %Y-%m-%d %H:%M:%S %z}  {one.remark or ''}".rstrip())


def _cells(state: ScheduleState) -> tuple[str, str, str, str, str]:
    one = state.schedule
    word = "broken" if state.problem else "paused" if one.is_paused(now()) else "late" if state.overdue else ""
    following = f"{state.next.astimezone(rule_of(one).zone):%Y-%m-%d %H:%M:%S}" if state.next else ""
    return f"#{one.id}", state.title, word, following, f"{state.sentence} ({one.timezone})"


def _as_json(state: ScheduleState) -> dict[str, Any]:
    values = state.schedule.model_dump(mode="json")
    return {
        **values,
        "title": state.title,
        "sentence": state.sentence,
        "remarks": state.remarks,
        "problem": state.problem,
        "next": state.next.isoformat() if state.next else None,
        "overdue": state.overdue.sentence if state.overdue else None,
    }


def _pause_words(one: Schedule) -> str | None:
    if not one.is_paused(now()):
        return None
    until = f" until {one.paused_until:%Y-%m-%d %H:%M} UTC" if one.paused_until else ""
    because = f": {one.paused_reason}" if one.paused_reason else ""
    return f"Paused by {one.paused_by}{until}{because}"


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _say(text: str) -> None:
    sys.stdout.write(clean(text) + "\n")
