"""`python main.py schedule import FILE`: show what the schedules of another program become; make them with --yes."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

from app.actor import local
from app.errors import FieldError, InvalidInput
from app.processes.terminal.screen import clean
from app.queue.acts.schedules.moving import importing
from app.queue.acts.schedules.moving.importing import Format, Import, Item
from app.queue.acts.schedules.moving.units import join
from app.queue.calendar.foreign.comparing import Difference
from app.queue.calendar.zones import find_zone

MOST_BYTES = 4_000_000
"""More is no file of schedules."""
_MOST_DIFFERENCES = 5
_BY = local("terminal")


def import_file(asked: argparse.Namespace) -> None:
    """Show what each entry becomes and where its instants differ; with `--yes` make the schedules.

    Raises:
        InvalidInput: the file cannot be read.
    """
    what = wanted(asked)
    items = importing.take_over(what, by=_BY) if asked.yes else importing.look(what, by=_BY)
    if asked.json:
        sys.stdout.write(json.dumps([_as_json(one) for one in items], ensure_ascii=False, indent=2) + "\n")
        return
    for item in items:
        _show(item)
    fit = sum(one.problem is None for one in items)
    done = (
        f"{fit:,} of {len(items):,} were made." if asked.yes else f"{fit:,} of {len(items):,} can be made: add --yes."
    )
    sys.stderr.write(f"{done}\n")


def wanted(asked: argparse.Namespace) -> Import:
    if asked.target == "-":
        text, guess = _piped(), "crontab"
    else:
        text, guess = _read(Path(asked.target))
    chosen = asked.format or guess
    if chosen not in get_args(Format):
        raise _refused("format", f"One of {', '.join(get_args(Format))}.")
    kinds = dict(map(_stands_for, asked.kind))
    is_system = True if asked.system or asked.target.startswith(("/etc/crontab", "/etc/cron.d/")) else None
    return Import(text=text, format=cast("Format", chosen), timezone=asked.zone, is_system=is_system, kinds=kinds)


def _stands_for(text: str) -> tuple[str, str]:
    task, sign, kind = text.partition("=")
    if not (task and sign and kind):
        raise _refused("kind", f"{text!r} says no task and no kind; write it as TASK=KIND.")
    return task, kind


def _piped() -> str:
    try:
        return sys.stdin.read(MOST_BYTES)
    except ValueError as error:
        raise _refused("FILE", "What is piped in is no text in UTF-8.") from error


def _read(path: Path) -> tuple[str, str]:
    """Return the text of a file or of a folder of units, and what it seems to be."""
    try:
        path = path.expanduser()
        if path.is_dir():
            found = sorted([*path.rglob("*.timer"), *path.rglob("*.service"), *path.rglob("*.d/*.conf")])
            if not any(one.suffix == ".timer" for one in found):
                raise _refused("FILE", f"There is no timer of systemd in {path}.")
            return join({str(one): _text(one) for one in found}), "systemd"
        if path.suffix == ".timer":
            beside = [path, path.with_suffix(".service")]
            return join({str(one): _text(one) for one in beside if one.exists()}), "systemd"
        return _text(path), "celery" if path.suffix in (".py", ".json") else "crontab"
    except RuntimeError as error:  # of expanduser
        raise _refused("FILE", f"{path} cannot be read: there is no such user.") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text in UTF-8"
        raise _refused("FILE", f"{path} cannot be read: {why}.") from error


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MOST_BYTES).decode()


def _refused(field: str, message: str) -> InvalidInput:
    return InvalidInput("Nothing was imported.", fields=[FieldError(field=field, message=message)])


def _show(item: Item) -> None:
    for line in item.source.split("\n"):
        _say(line)
    if item.rule is not None:
        number = f"#{item.schedule_id} " if item.schedule_id is not None else ""
        when = "; ".join(item.rule.cron) or item.sentence
        _say(f"  → {number}{item.kind} {json.dumps(dict(item.shown_params), ensure_ascii=False)}")
        _say(f"    {when} ({item.rule.timezone}): {item.sentence}" if item.rule.cron else f"    {when}")
    if item.problem is not None:
        _say(f"    Not made: {item.problem}")
    for remark in item.remarks:
        _say(f"    {remark}")
    _show_differences(item.differs, item)
    _say("")


def _show_differences(found: Sequence[Difference], item: Item) -> None:
    if item.rule is None:
        return
    zone = find_zone(item.rule.timezone)
    for one in found[:_MOST_DIFFERENCES]:
        there, here = (
            f"{at.astimezone(zone):%a %Y-%m-%d %H:%M:%S %Z}" if at is not None else "not at all"
            for at in (one.instant_there, one.instant_here)
        )
        _say(f"    differs: there {there}, here {here}. {one.why}")
    if more := len(found) - _MOST_DIFFERENCES:
        if more > 0:
            _say(f"    and {more} more instants differ.")


def _as_json(item: Item) -> dict[str, Any]:
    rule = item.rule
    return {
        "source": item.source,
        "schedule": None
        if rule is None
        else {
            "id": item.schedule_id,
            "name": item.name,
            "kind": item.kind,
            "params": dict(item.shown_params),
            "cron": list(rule.cron),
            "every_seconds": rule.every_seconds,
            "at": rule.at.isoformat() if rule.at else None,
            "timezone": rule.timezone,
            "sentence": item.sentence,
            **item.policies,
        },
        "differs": [
            {
                "instant_there": one.instant_there.isoformat() if one.instant_there else None,
                "instant_here": one.instant_here.isoformat() if one.instant_here else None,
                "why": one.why,
            }
            for one in item.differs
        ],
        "remarks": item.remarks,
        "problem": item.problem,
    }


def _say(text: str) -> None:
    sys.stdout.write(clean(text) + "\n")
