"""`schedule … --server URL`: work on the schedules of another machine."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from app.client import Jobdeck
from app.db.snapshots.schedule import Schedule
from app.processes.terminal import import_file, schedule
from app.processes.terminal.remote.arguments import read_params
from app.processes.terminal.screen import clean
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.zones import find_zone

_PAGE = 200


def work_on_schedules(deck: Jobdeck, asked: argparse.Namespace) -> int:
    """Do what was asked for. Returns the exit status.

    Raises:
        InvalidInput: something cannot be read.
        JobdeckError: the server refused it.
    """
    if schedule.is_of_expression(asked):
        return schedule.read_expression(asked)
    _ACTS[asked.act](deck, asked)
    return schedule.DONE


def _all(deck: Jobdeck) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    following: str | None = "0"
    while following is not None:
        page = deck.request("GET", "/schedules", limit=_PAGE, after=following)
        found, following = found + page["items"], page["next"]
    return found


def _list(deck: Jobdeck, asked: argparse.Namespace) -> None:
    found = _all(deck)
    if asked.json:
        _print_json(found)
        return
    schedule.print_table([_cells(one) for one in found])


def _show(deck: Jobdeck, asked: argparse.Namespace) -> None:
    one = deck.request("GET", f"/schedules/{_id(asked)}")
    if asked.json:
        _print_json(one)
        return
    _say(f"#{one['id']} {one['title']} ({one['kind']}): {one['sentence']} ({one['timezone']})")
    paused = f"Paused by {one['paused']['by']}: {one['paused']['reason']}" if one["paused"] else None
    late = one["overdue"]["sentence"] if one["overdue"] else None
    for text in (one["problem"], late, paused, *one["remarks"]):
        if text:
            _say(f"  {text}")
    _say(f"  next: {_local(one['next'], one['timezone']) or 'none'}")
    for fire in deck.request("GET", f"/schedules/{_id(asked)}/fires", limit=10)["items"]:
        what = f"job #{fire['job_id']} {fire['job_state'] or 'deleted'}" if fire["job_id"] else fire["outcome"]
        _say(f"  {_local(fire['instant'], one['timezone'])}  {what}  {fire['reason']}".rstrip())


def _add(deck: Jobdeck, asked: argparse.Namespace) -> None:
    params = read_params(deck, deck.kind(asked.target).schema_, asked.values)
    made = deck.request("POST", "/schedules", {"kind": asked.target, **_wish(asked), "params": params})
    sys.stdout.write(f"{made['id']}\n")
    sys.stderr.write(f"{made['sentence']} ({made['timezone']}).\n")


def _edit(deck: Jobdeck, asked: argparse.Namespace) -> None:
    wish = _wish(asked)
    if asked.values:
        wish["params"] = _merged(deck, asked)
    changed = deck.request("PATCH", f"/schedules/{_id(asked)}", wish)
    _say(f"#{changed['id']}: {changed['sentence']} ({changed['timezone']}).")


def _pause(deck: Jobdeck, asked: argparse.Namespace) -> None:
    body = {"reason": asked.reason}
    if asked.until:
        body["until"] = to_jsonable_python(schedule.instant(asked.until, "until", "UTC"))
    paused = deck.request("POST", f"/schedules/{_id(asked)}/pause", body)["paused"]
    _say(f"#{asked.target}: Paused by {paused['by']}")


def _resume(deck: Jobdeck, asked: argparse.Namespace) -> None:
    deck.request("POST", f"/schedules/{_id(asked)}/resume")
    _say(f"#{asked.target} fires again.")


def _run(deck: Jobdeck, asked: argparse.Namespace) -> None:
    body: dict[str, Any] = {"params": _merged(deck, asked)} if asked.values else {}
    if asked.yes:
        body["confirmed"] = True
    sys.stdout.write(f"{deck.request('POST', f'/schedules/{_id(asked)}/run', body)['id']}\n")


def _remove(deck: Jobdeck, asked: argparse.Namespace) -> None:
    deck.request("DELETE", f"/schedules/{_id(asked)}")
    _say(f"#{asked.target} was removed; what it started is kept.")


def _next(deck: Jobdeck, asked: argparse.Namespace) -> None:
    one = _state(deck.request("GET", f"/schedules/{_id(asked)}"))
    schedule.print_coming(rule_of(one.schedule), asked.count)


def _export(deck: Jobdeck, asked: argparse.Namespace) -> None:
    """Print a crontab whose lines start their jobs there; whoever runs it has the token in `JOBDECK_TOKEN`."""
    program = [sys.executable, str(Path(sys.argv[0]).resolve()), "start", "--server", asked.server]
    schedule.print_crontab([_state(one) for one in _all(deck)], program)


def _state(one: dict[str, Any]) -> ScheduleState:
    """Read a schedule as the terminal's own commands know it: what it does, not how it went."""
    paused = one["paused"] or {}
    cron = one["cron"]
    values = {
        **one,
        "cron": [cron] if isinstance(cron, str) else cron or [],
        "is_aligned": one["aligned"],
        "declared_cron": one["declared"] and one["declared"]["cron"],
        "declared_timezone": one["declared"] and one["declared"]["timezone"],
        "is_declared": one["source"] == "code",
        **{f"paused_{name}": paused.get(name) for name in ("at", "by", "reason", "until")},
        "next_at": one["next"],
    }
    return ScheduleState(
        schedule=Schedule.model_validate({name: values[name] for name in Schedule.model_fields}),
        title=one["title"],
        sentence=one["sentence"],
        remarks=one["remarks"],
        next=datetime.fromisoformat(one["next"]) if one["next"] else None,
        problem=one["problem"],
        runs=(),
        usual_seconds=one["usual_seconds"],
        success_ratio=one["success_ratio"],
        overdue=None,
    )


def _backfill(deck: Jobdeck, asked: argparse.Namespace) -> None:
    zone = deck.request("GET", f"/schedules/{_id(asked)}")["timezone"]
    times = {name: schedule.instant(getattr(asked, name) or "", name, zone) for name in ("since", "until")}
    job = deck.request("POST", f"/schedules/{_id(asked)}/backfill", to_jsonable_python(times))
    sys.stdout.write(f"{job['id']}\n")


def _import(deck: Jobdeck, asked: argparse.Namespace) -> None:
    what = import_file.wanted(asked)
    body = {
        "text": what.text,
        "format": what.format,
        "timezone": what.timezone,
        "system": what.is_system,
        "kinds": dict(what.kinds or {}),
        "dry_run": not asked.yes,
    }
    items = deck.request("POST", "/schedules/import", body)["items"]
    if asked.json:
        _print_json(items)
        return
    for one in items:
        made = one["schedule"]
        _say(one["source"])
        _say(f"  → {made['kind']}: {made['sentence']}" if made else f"    Not made: {one['problem']}")
        for text in [*one["remarks"], *([f"{len(one['differs']):,} instants differ."] if one["differs"] else [])]:
            _say(f"    {text}")


_ACTS: dict[str, Callable[[Jobdeck, argparse.Namespace], None]] = {
    "list": _list,
    "show": _show,
    "add": _add,
    "edit": _edit,
    "pause": _pause,
    "resume": _resume,
    "run": _run,
    "remove": _remove,
    "next": _next,
    "export": _export,
    "backfill": _backfill,
    "import": _import,
}


def _wish(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what the options say, as JSON."""
    wish: dict[str, Any] = to_jsonable_python(schedule.wish(asked, params=None))
    return wish


def _merged(deck: Jobdeck, asked: argparse.Namespace) -> dict[str, Any]:
    """Return the params of a schedule with those that were given in their place; dots keep a secret."""
    one = deck.request("GET", f"/schedules/{_id(asked)}")
    return {**one["params"], **read_params(deck, deck.kind(one["kind"]).schema_, asked.values, fills=False)}


def _cells(one: dict[str, Any]) -> tuple[str, str, str, str, str]:
    word = "broken" if one["problem"] else "late" if one["overdue"] else "" if one["enabled"] else "paused"
    words = f"{one['sentence']} ({one['timezone']})"
    return f"#{one['id']}", one["title"], word, _local(one["next"], one["timezone"]), words


def _local(text: str | None, zone: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(find_zone(zone)):%Y-%m-%d %H:%M:%S}" if text else ""


def _id(asked: argparse.Namespace) -> str:
    return str(schedule.number(asked))


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def _say(text: str) -> None:
    for line in text.split("\n"):
        sys.stdout.write(clean(line) + "\n")
