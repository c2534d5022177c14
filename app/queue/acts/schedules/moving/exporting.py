"""Schedules for others: as a crontab, and their next instants as a calendar (RFC 5545)."""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.queue.acts.schedules.outlook import look_ahead
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar import cron
from app.queue.calendar.rule import Rule

if TYPE_CHECKING:
    from icalendar import Event

DAYS = 28
"""So far ahead the calendar goes. Calendars read it again by themselves."""
_PLAIN = re.compile(r"[\d*,/A-Za-z-]+", re.ASCII)


class _NoLine(ValueError):
    """A crontab cannot say it; the message is a sentence for people."""


def calendar(states: Sequence[ScheduleState], *, at: datetime) -> bytes:
    """Return the instants of the coming `DAYS` as a calendar file: as long as a job usually takes, a minute at least.

    What fires more than 300 times in this time is left out. Times are in UTC: a fixed offset and the second of the
    repeated hours of autumn have no form in a calendar with zones.
    """
    from icalendar import Calendar  # 3 MB in the web process, where few ask for it

    made = Calendar()
    made.add("prodid", "-//Jobdeck//Schedules//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", "Jobdeck")
    made.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for line in look_ahead(states, since=at, length=timedelta(days=DAYS)).lines:
        for start in line.starts:
            made.add_component(_event(line.state, start, seconds=line.seconds, at=at))
    written: bytes = made.to_ical()
    return written


def _event(state: ScheduleState, start: datetime, *, seconds: float, at: datetime) -> "Event":
    from icalendar import Event  # as above

    event = Event()
    event.add("uid", f"schedule-{state.schedule.id}-{int(start.timestamp())}@jobdeck")
    event.add("dtstamp", at.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", start.astimezone(UTC))
    event.add("duration", timedelta(seconds=round(seconds)))
    event.add("summary", state.title)
    event.add("description", f"{state.sentence} ({state.schedule.timezone})")
    event.add("transp", "TRANSPARENT")
    return event


def crontab(states: Sequence[ScheduleState], *, program: Sequence[str]) -> str:
    """Return schedules as a crontab for cronie, which knows CRON_TZ; what it cannot say stands there as a comment.

    Args:
        states: which schedules.
        program: what starts a job of a kind, as words: `python main.py start`.
    """
    lines = ["# Schedules of Jobdeck. CRON_TZ is obeyed by cronie; Debian's cron passes it over.", "SHELL=/bin/sh"]
    for state in states:
        one = state.schedule
        lines += ["", f"# #{one.id} {_line(state.title)}: {_line(state.sentence)} ({one.timezone})"]
        try:
            fields, command = _fields(rule_of(one)), _command(state, program)
        except _NoLine as error:
            lines.append(f"# Left out: {error}")
            continue
        lines += [f"# {words}" for words in _lost(state)]
        is_off = state.problem is not None or one.paused_at is not None
        lines.append(f"CRON_TZ={'UTC' if one.every_seconds is not None else one.timezone}")
        lines += [f"{'# paused: ' if is_off else ''}{each} {command}" for each in fields]
    return "\n".join(lines) + "\n"


def _fields(rule: Rule) -> list[str]:
    if rule.at is not None:
        raise _NoLine("it fires once; use at(1).")
    if rule.every_seconds is None:
        return [_expression(text) for text in rule.cron]
    minutes, rest = divmod(rule.every_seconds, 60)
    if not rule.is_aligned:
        raise _NoLine("it is counted from the start before.")
    if rest == 0 and minutes < 60 and 60 % minutes == 0:
        return [f"*/{minutes} * * * *"]
    if rest == 0 and minutes % 60 == 0 and 24 % (minutes // 60) == 0:
        return [f"0 */{minutes // 60} * * *"]
    raise _NoLine("its interval does not divide the hour or the day.")


def _expression(text: str) -> str:
    read = cron.read(text)
    if read.fields[0] != "0":
        raise _NoLine("cron knows no seconds.")
    fields = read.fields[1:]
    # cron refuses 5/15, and does not know L, LW, 5L and 5#2.
    if any("L" in field.upper().replace("JUL", "") or not _PLAIN.fullmatch(field) for field in fields) or any(
        re.search(r"(?:^|,)\w+/", field) for field in fields
    ):
        raise _NoLine(f"cron reads {text} in another way.")
    return " ".join(fields)


def _command(state: ScheduleState, program: Sequence[str]) -> str:
    one = state.schedule
    if SECRET_SHOWN_AS in json.dumps(one.params, ensure_ascii=False):
        raise _NoLine("its params hold a secret.")
    if one.kind == "run_command":
        command = _shell_command(one.params)
    else:
        values = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in one.params.items()]
        command = shlex.join([*program, one.kind, *values])
    if "\n" in command:
        raise _NoLine("its command has several lines.")
    return command.replace("%", r"\%")


def _shell_command(params: dict[str, Any]) -> str:
    command = str(params.get("command", ""))
    if not params.get("shell"):
        command = shlex.join(shlex.split(command))
    if environment := params.get("environment"):
        command = f"export {shlex.join(environment)}; {command}"
    if folder := params.get("folder"):
        command = f"cd {shlex.quote(str(folder))} && {command}"
    return command


def _lost(state: ScheduleState) -> Iterator[str]:
    """Say what of a schedule cron does not do."""
    one = state.schedule
    if one.exclude or one.not_between:
        yield "Not said to cron: the days and hours without it."
    if one.overlap != "allow":
        yield f"Not said to cron: while a job is unfinished, {one.overlap}."
    if one.misfire != "skip":
        yield "Cron does not make up for what was missed."


def _line(text: str) -> str:
    return " ".join(text.split())
