"""Timers of systemd and the services that they start, from their unit files. Nothing is run."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from typing import Any

from app.queue.acts.schedules.moving.entry import Entry
from app.queue.acts.schedules.moving.on_calendar import Event, read_event, read_span
from app.queue.acts.schedules.moving.units import Unit, read_units, variables
from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.foreign.writing import written
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import find_zone, first_valid

_FROM_START = ("OnBootSec", "OnStartupSec", "OnActiveSec")
_REPEATS = ("OnUnitActiveSec", "OnUnitInactiveSec")


class _NotTaken(ValueError):
    """Nothing can be made of a timer; the message is a sentence for people."""


def read(text: str, *, timezone: str) -> list[Entry]:
    """Read the timers among units that stand one after the other, as `systemctl cat` prints them.

    Args:
        text: the units (`units.read_units`).
        timezone: that of the machine on which they are in use.
    """
    units = read_units(text)
    return [_entry(unit, units, timezone) for name, unit in units.items() if name.endswith(".timer")]


def _entry(timer: Unit, units: dict[str, Unit], timezone: str) -> Entry:
    stem = timer.name.removesuffix(".timer")
    nothing = Entry(source=timer.text.strip(), name=stem)
    service = units.get(timer.last("Timer", "Unit") or f"{stem}.service")
    try:
        rule, there = _rule(timer, timezone)
        if service is None:
            raise _NotTaken(
                f"The unit that it starts is not there: {timer.last('Timer', 'Unit') or stem + '.service'}."
            )
        params = _params(service)
    except ValueError as error:  # _NotTaken, or what an expression or a number is refused for
        return replace(nothing, problem=str(error))
    is_made_up = (timer.last("Timer", "Persistent") or "no").lower() in ("yes", "true", "1", "on")
    return replace(
        nothing,
        kind="run_command",
        params=params,
        rule=rule,
        there=there,
        policies={"misfire": "once" if is_made_up else "skip", "overlap": "skip"},
        remarks=[*_remarks_of_timer(timer), *_remarks_of_service(service)],
    )


def _rule(timer: Unit, timezone: str) -> tuple[Rule, Foreign | None]:
    events = [read_event(text) for text in timer.values("Timer", "OnCalendar")]
    spans = [(name, text) for name in _REPEATS if (text := timer.last("Timer", name)) is not None]
    if events and spans:
        raise _NotTaken("It goes by the calendar and by an interval at once: make two schedules by hand.")
    if spans:
        seconds = read_span(spans[0][1]).total_seconds()
        if seconds < 1 or seconds != int(seconds):
            raise _NotTaken(f"{spans[0][1]} cannot be: a schedule here goes by whole seconds.")
        return Rule(every_seconds=int(seconds), is_aligned=False, timezone=timezone), None
    if not events:
        raise _NotTaken("It starts once after the machine does, which is no schedule.")
    zones = {event.timezone or timezone for event in events}
    if len(zones) > 1 or find_zone(min(zones)) is None:
        raise _NotTaken(f"Its zones are {', '.join(sorted(zones))}; a schedule here has one that is known.")
    return _of_events(events, zones.pop())


def _of_events(events: list[Event], timezone: str) -> tuple[Rule, Foreign | None]:
    zone = find_zone(timezone)
    assert zone is not None
    once = [event.once for event in events if event.once is not None]
    if once:
        if len(events) > 1:
            raise _NotTaken("It names a single date beside others: make two schedules by hand.")
        return Rule(at=first_valid(zone, once[0]).replace(tzinfo=UTC), timezone=timezone), None
    walls = tuple(event.rule for event in events if event.rule is not None)
    rule = Rule(cron=tuple(dict.fromkeys(map(written, walls))), timezone=timezone)
    return rule, Foreign(program="systemd", timezone=timezone, rules=walls)


def _params(service: Unit) -> dict[str, Any]:
    commands = [one.lstrip("-+!:|") for one in service.values("Service", "ExecStart")]
    if not commands:
        raise _NotTaken(f"{service.name} has no ExecStart.")
    if any(one.startswith("@") for one in commands):
        raise _NotTaken("Its ExecStart gives the program another name (@), for which there is no word here.")
    if odd := re.findall(r"%[^%]", " ".join(commands).replace("%%", "")):
        raise _NotTaken(f"Its ExecStart has {odd[0]}, which systemd fills in: write what it stands for.")
    plain = [one.replace("%%", "%") for one in commands]
    has_variables = any("$" in one.replace("$$", "") for one in plain)
    if not has_variables:
        plain = [one.replace("$$", "$") for one in plain]
    params: dict[str, Any] = {"command": " && ".join(plain), "shell": len(plain) > 1 or has_variables}
    folder = (service.last("Service", "WorkingDirectory") or "").lstrip("-")
    if folder and folder != "~":
        params["folder"] = folder
    try:
        if environment := variables(service):
            params["environment"] = environment
    except ValueError as error:
        raise _NotTaken("Its Environment has a quote that is not closed.") from error
    limit = service.last("Service", "TimeoutStartSec")
    if limit is not None and limit not in ("infinity", "0"):
        params["timeout"] = read_span(limit).total_seconds()
    return params


def _remarks_of_timer(timer: Unit) -> Iterator[str]:
    for name in _FROM_START:
        if text := timer.last("Timer", name):
            yield f"{name}={text} is not taken over: nothing is started because the machine was."
    if text := timer.last("Timer", "OnUnitInactiveSec"):
        yield f"{text} were counted from the end of the run before; here they are from its start, and never overlap."
    elif timer.last("Timer", "OnUnitActiveSec"):
        yield "It is counted from the start before, there as here: the first comes that long after the import."
    if text := timer.last("Timer", "RandomizedDelaySec"):
        yield f"It began up to {text} later, at random (RandomizedDelaySec); here it does not."
    if timer.values("Timer", "OnCalendar"):
        exact = timer.last("Timer", "AccuracySec") or "1min"
        yield f"systemd may fire up to {exact} later than it says (AccuracySec); here it fires at the second."
    if (timer.last("Timer", "WakeSystem") or "no").lower() in ("yes", "true", "1", "on"):
        yield "It woke the machine (WakeSystem); here it does not."


def _remarks_of_service(service: Unit) -> Iterator[str]:
    if user := service.last("Service", "User"):
        yield f"It ran as {user}; here it runs as the user of the workers."
    else:
        yield "It ran as root, unless it is a timer of a user; here it runs as the user of the workers."
    if any(one.startswith("-") for one in service.values("Service", "ExecStart")):
        yield "Its exit status was passed over (-); here another than 0 fails the job."
    taken = ("ExecStart", "Type", "Environment", "WorkingDirectory", "TimeoutStartSec", "User")
    if others := [name for name in service.sections.get("Service", {}) if name not in taken]:
        yield f"Not taken over: {', '.join(others)}."
    if len(service.values("Service", "ExecStart")) > 1:
        yield "Its commands run one after the other, as long as each succeeds."
