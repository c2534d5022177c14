"""Timers of systemd and the services that they start, from their unit files. Nothing is run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.queue.acts.schedules.moving.entry import Entry
from app.queue.acts.schedules.moving.on_calendar import Event, read_event, read_span
from app.queue.acts.schedules.moving.units import Unit, read_units, variables
from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.foreign.writing import written
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import find_zone, instant_at

_FROM_START = ("OnBootSec", "OnStartupSec", "OnActiveSec")
_REPEATS = ("OnUnitActiveSec", "OnUnitInactiveSec")
_SIGNS = re.compile(r"\$\$|\$\{[A-Za-z_]\w*\}|[$`\"\\]", re.ASCII)
"""What a shell makes something of between double quotes."""


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
    is_made_up = _is_said(timer, "Persistent")
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
    spans = [text for name in _REPEATS for text in timer.values("Timer", name)]
    if events and spans:
        raise _NotTaken("It goes by the calendar and by an interval at once: make two schedules by hand.")
    if len(spans) > 1:
        raise _NotTaken(f"It goes by several intervals at once ({', '.join(spans)}): make two schedules by hand.")
    if spans:
        seconds = read_span(spans[0]).total_seconds()
        if seconds < 1 or seconds != int(seconds):
            raise _NotTaken(f"{spans[0]} cannot be: a schedule here goes by whole seconds.")
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
        return Rule(at=instant_at(zone, once[0]), timezone=timezone), None
    walls = tuple(event.rule for event in events if event.rule is not None)
    rule = Rule(cron=tuple(dict.fromkeys(map(written, walls))), timezone=timezone)
    return rule, Foreign(program="systemd", timezone=timezone, rules=walls)


def _params(service: Unit) -> dict[str, Any]:
    command, needs_shell = _command(service)
    params: dict[str, Any] = {"command": command, "shell": needs_shell}
    folder = _filled((service.last("Service", "WorkingDirectory") or "").lstrip("-"), "WorkingDirectory")
    if folder and folder != "~":
        params["folder"] = folder
    try:
        if environment := variables(service):
            params["environment"] = [_filled(one, "Environment") for one in environment]
    except _NotTaken:
        raise
    except ValueError as error:
        raise _NotTaken("Its Environment has a quote that is not closed.") from error
    limit = service.last("Service", "TimeoutStartSec")
    if limit is not None and limit not in ("infinity", "0"):
        params["timeout"] = read_span(limit).total_seconds()
    return params


def _command(service: Unit) -> tuple[str, bool]:
    """Return what a service runs, and whether that needs a shell: for variables, or for one command after the other."""
    given = [part for text in service.values("Service", "ExecStart") for part in re.split(r"\s;(?:\s|$)", text)]
    commands = [one.strip().lstrip("-+!:|") for one in given if one.strip()]
    if not commands:
        raise _NotTaken(f"{service.name} has no ExecStart.")
    if any(one.startswith("@") for one in commands):
        raise _NotTaken("Its ExecStart gives the program another name (@), for which there is no word here.")
    filled = [_filled(one, "ExecStart") for one in commands]
    if len(filled) == 1 and "$" not in filled[0].replace("$$", ""):
        return filled[0].replace("$$", "$"), False
    try:
        return " && ".join(" ".join(map(_for_shell, shlex.split(one))) for one in filled), True
    except ValueError as error:
        raise _NotTaken("Its ExecStart has a quote that is not closed.") from error


def _for_shell(word: str) -> str:
    """Write a word so that a shell makes of it what systemd does: of all its signs only variables mean something."""
    if "$" not in word or re.fullmatch(r"\$[A-Za-z_]\w*", word, re.ASCII):  # one alone is split into words there, too
        return word if "$" in word else shlex.quote(word)
    return f'"{_SIGNS.sub(_plain_sign, word)}"'


def _plain_sign(found: re.Match[str]) -> str:
    sign = found[0]
    return sign if sign.startswith("${") else "\\$" if sign == "$$" else f"\\{sign}"


def _filled(text: str, setting: str) -> str:
    """Return a value with its %% as they are meant.

    Raises:
        _NotTaken: it has a word that systemd fills in, as %i or %h.
    """
    if odd := re.search(r"%[^%]", text.replace("%%", "")):
        raise _NotTaken(f"Its {setting} has {odd[0]}, which systemd fills in: write what it stands for.")
    return text.replace("%%", "%")


def _is_said(timer: Unit, name: str) -> bool:
    return (timer.last("Timer", name) or "no").lower() in ("yes", "y", "true", "t", "1", "on")


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
    if _is_said(timer, "WakeSystem"):
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
