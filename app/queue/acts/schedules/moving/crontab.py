"""Crontabs: what cron (Debian's, and cronie where it has more) makes of each line. Nothing is run.

Fields are read as `entry.c` of Debian's cron 3.0pl1 does, also where that is odd: what follows a number that is no
range is passed over (5#2 is every Friday), and a range that goes down is empty.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.queue.acts.schedules.moving.cron_fields import read_fields
from app.queue.acts.schedules.moving.entry import Entry
from app.queue.acts.schedules.moving.users import is_system_form
from app.queue.calendar.cron import ALIASES
from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import find_zone

_VARIABLE = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^=\s"'#][^=\s]*))\s*=(.*)""")
_NAME_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A line that fires: its five fields or its nickname, the user of the system form, the command."""

    text: str
    when: str
    user: str
    command: str


@dataclass(slots=True)
class _Surroundings:
    """What the lines above say."""

    timezone: str
    is_zone_said: bool = False
    variables: dict[str, str] = field(default_factory=dict)


def read(text: str, *, timezone: str, is_system: bool | None = None) -> list[Entry]:
    """Read a crontab.

    Args:
        text: the file.
        timezone: that of the machine on which it is in use.
        is_system: whether the sixth word of a line is a user, as in /etc/crontab; None: told by the lines.

    Returns:
        An entry for each line that fires, and for each that cannot be read.
    """
    lines = [one.rstrip("\r") for one in text.split("\n")]
    firing = [one.split() for one in lines if not _is_silent(one) and not _VARIABLE.fullmatch(one)]
    if is_system is None:
        is_system = is_system_form([one[1 if one[0].startswith("@") else 5 :] for one in firing])
    around = _Surroundings(timezone=timezone)
    found = []
    for line in lines:
        if _is_silent(line):
            continue
        if (said := _VARIABLE.fullmatch(line)) is not None:
            name = next(one for one in said.groups()[:3] if one is not None)
            _note(around, name, _unquoted(said[4].strip()))
        else:
            found.append(_entry(line, around, is_system=is_system))
    return found


def _is_silent(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _unquoted(value: str) -> str:
    is_quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value


def _note(around: _Surroundings, name: str, value: str) -> None:
    if name == "CRON_TZ":
        around.timezone, around.is_zone_said = value, True
    else:
        around.variables[name] = value


def _entry(line: str, around: _Surroundings, *, is_system: bool) -> Entry:
    source = line.strip()
    found = _split(source, is_system=is_system)
    if found is None:
        return Entry(source=source, problem="It is no line of a crontab: five fields and a command are wanted.")
    nothing = Entry(source=source, name=_short(found.command))
    if found.when == "@reboot":
        why = "@reboot is no time: it ran when the machine started. Start the job from there: python3 main.py start."
        return replace(nothing, problem=why)
    if found.when.startswith("@") and found.when not in ALIASES:
        return replace(nothing, problem=f"{found.when} is not known; cron refuses the line.")
    if find_zone(around.timezone) is None:
        return replace(nothing, problem=f"There is no time zone {around.timezone!r} (CRON_TZ).")
    expression = ALIASES.get(found.when, found.when)
    try:
        fields = read_fields(expression)
        cron = fields.expression()
    except ValueError as error:  # a field that cron refuses, or for which there is no expression
        return replace(nothing, problem=str(error))
    return replace(
        nothing,
        kind="run_command",
        params=_params(found, around.variables),
        rule=Rule(cron=(cron,), timezone=around.timezone),
        policies={"misfire": "skip", "overlap": "allow"},
        there=Foreign(program="cron", timezone=around.timezone, rules=(fields.rule,)),
        remarks=[*fields.remarks, *_remarks(found, around)],
    )


def _split(line: str, *, is_system: bool) -> _Line | None:
    count = 1 if line.startswith("@") else 5
    words = line.split(None, count + is_system)
    if len(words) != count + is_system + 1:
        return None
    user = words[count] if is_system else ""
    return _Line(text=line, when=" ".join(words[:count]), user=user, command=words[-1])


def _params(line: _Line, variables: Mapping[str, str]) -> dict[str, Any]:
    command, given = _command(line.command)
    if given is not None:
        command = f"printf %s {shlex.quote(given)} | {{ {command}\n}}"
    shell = variables.get("SHELL", "/bin/sh")
    is_plain = shell in ("/bin/sh", "sh")
    params: dict[str, Any] = {"command": command if is_plain else shlex.join([shell, "-c", command])}
    params["shell"] = is_plain
    if folder := variables.get("HOME"):
        params["folder"] = folder
    kept = [f"{name}={value}" for name, value in variables.items() if name not in ("MAILTO", "MAILFROM", "SHELL")]
    if kept:
        params["environment"] = kept
    return params


def _command(text: str) -> tuple[str, str | None]:
    r"""Part a command from what it reads: after the first % that is not \%, where each further one ends a line."""
    parts = [one.replace(r"\%", "%") for one in re.split(r"(?<!\\)%", text)]
    if len(parts) == 1:
        return parts[0], None
    given = "\n".join(parts[1:])
    return parts[0], given if not given or given.endswith("\n") else f"{given}\n"


def _remarks(line: _Line, around: _Surroundings) -> Iterator[str]:
    variables = around.variables
    if around.is_zone_said:
        yield f"CRON_TZ={around.timezone} is obeyed, as cronie does; Debian's cron passes it over."
    if line.user:
        yield f"It ran as {line.user} in that one's home folder; here as the user of the workers, in theirs."
    if "TZ" in variables and not around.is_zone_said:
        yield f"TZ={variables['TZ']} is for the command alone; cron fires in the machine's zone, {around.timezone}."
    if mail := variables.get("MAILTO"):
        yield f"Its output went to {mail} by mail; here it is the log of each job."
    if "RANDOM_DELAY" in variables:
        yield f"It began up to {variables['RANDOM_DELAY']} min later, at random (RANDOM_DELAY); here it does not."


def _short(command: str) -> str:
    text = " ".join(one if one.isprintable() else "?" for one in command.split())
    return text if len(text) <= _NAME_CHARACTERS else f"{text[: _NAME_CHARACTERS - 1]}…"
