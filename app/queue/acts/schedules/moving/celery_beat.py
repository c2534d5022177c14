"""Celery beat schedules: a Python file, read from its syntax tree and never run, or JSON."""

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import isfinite
from typing import Any

from app.errors import FieldError, InvalidInput
from app.queue.acts.schedules.moving.celery_fields import NAMES, BadCrontab, by_fields, wall_rule
from app.queue.acts.schedules.moving.entry import Entry
from app.queue.acts.schedules.moving.python_literals import Call, NotWritten, dotted, not_written, value_of
from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.foreign.writing import written
from app.queue.calendar.rule import Rule
from app.queue.calendar.zones import find_zone

_SCHEDULES = frozenset({"beat_schedule", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"})
_ZONES = frozenset({"timezone", "CELERY_TIMEZONE"})
_MOST_DEPTH = 20
"""So many names may stand for each other before a dict comes."""
_SPANS = frozenset({"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"})
_BY_PLACE = ("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """One entry as it is written. `value`: None where `problem` says why it cannot be read. `timezone`: its own."""

    name: str
    source: str
    value: Any = None
    problem: str | None = None
    timezone: str = ""


def read(text: str, *, timezone: str = "UTC") -> list[Entry]:
    """Read the entries of a beat schedule. `timezone`: where the text does not say it; Celery's own default is UTC.

    Raises:
        InvalidInput: it is neither JSON nor Python.
    """
    try:
        return _read(text, timezone)
    except RecursionError as error:
        raise _unreadable("It has too many brackets in one another.") from error


def _read(text: str, timezone: str) -> list[Entry]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return [_entry(one, timezone) for one in _of_json(text)]
        except json.JSONDecodeError as error:
            raise _unreadable(f"The JSON breaks off at line {error.lineno}: {error.msg}.") from error
        except ValueError as error:  # a number of thousands of digits
            raise _unreadable("It is no JSON that can be read.") from error
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, MemoryError) as error:
        line = f" at line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        raise _unreadable(f"It is neither Python{line} nor JSON.") from error
    known = dict(_assigned(tree))
    zone = next((_literal(node, known) for name, node in _settings(tree) if name in _ZONES), None)
    return [_entry(one, zone if isinstance(zone, str) else timezone) for one in _of_python(tree, known)]


def _unreadable(message: str) -> InvalidInput:
    return InvalidInput("The text cannot be read.", fields=[FieldError(field="text", message=message)])


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Give the module's own names and what they stand for."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _settings(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Give every setting, however it is made: `NAME = …`, `app.conf.NAME = …`, `app.conf["NAME"] = …`,
    `app.conf.update(NAME=…)`, and what is added to one: `app.conf.NAME.update(…)`, `NAME |= …`.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((_named(target), value) for target in targets)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
                yield _named(target), value
            case ast.Call(func=ast.Attribute(attr="update", value=of), args=given, keywords=named):
                yield from _updated(_named(of), given, named)


def _named(target: ast.expr) -> str:
    """Return the setting that is meant: the last of a dotted name, or the text in brackets."""
    match target:
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return dotted(target).rpartition(".")[2]


def _updated(name: str, given: list[ast.expr], named: list[ast.keyword]) -> Iterator[tuple[str, ast.expr]]:
    if name in _SCHEDULES:
        yield from ((name, one) for one in given)
        yield from ((name, ast.Dict([ast.Constant(one.arg)], [one.value])) for one in named if one.arg)
    elif name == "conf":
        yield from ((one.arg or "", one.value) for one in named)
        for one in given:
            if isinstance(one, ast.Dict):
                yield from (
                    (str(key.value), value)
                    for key, value in zip(one.keys, one.values, strict=True)
                    if isinstance(key, ast.Constant)
                )


def _literal(node: ast.expr, known: Mapping[str, ast.expr]) -> Any:
    try:
        return value_of(node, known)
    except NotWritten:
        return None


def _of_python(tree: ast.Module, known: Mapping[str, ast.expr]) -> Iterator[_Given]:
    for name, node in _settings(tree):
        if name in _SCHEDULES:
            yield from _entries(node, known, depth=0)
    for found in ast.walk(tree):
        match found:
            case ast.Assign(targets=[ast.Subscript(value=of, slice=key)], value=value):
                if _named(of) in _SCHEDULES:
                    yield _given(key, value, known)
            case ast.Call(func=ast.Attribute(attr="add_periodic_task")) as call:
                yield _periodic(call, known)


def _entries(node: ast.expr, known: Mapping[str, ast.expr], *, depth: int) -> Iterator[_Given]:
    """Give the entries of a dict, however it is put together; one with the reason where that is not written out."""

    def inner(one: ast.expr) -> Iterator[_Given]:
        return _entries(one, known, depth=depth + 1)

    match node:
        case ast.Name(id=name) if name in known and depth < _MOST_DEPTH:
            yield from inner(known[name])
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                yield from [_given(key, value, known)] if key is not None else inner(value)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from inner(left)
            yield from inner(right)
        case ast.Call(func=ast.Name(id="dict"), args=given, keywords=named):
            for one in given:
                yield from inner(one)
            for each in named:
                yield from [_given(ast.Constant(each.arg), each.value, known)] if each.arg else inner(each.value)
        case ast.Constant(value=None):
            return
        case _:
            text = ast.unparse(node)
            yield _Given(name=text[:80], source=text, problem=not_written(node))


def _given(key: ast.expr, node: ast.expr, known: Mapping[str, ast.expr]) -> _Given:
    name = str(_literal(key, known) or ast.unparse(key))
    made = _Given(name=name, source=f"{name}: {ast.unparse(node)}")
    try:
        return replace(made, value=value_of(node, known))
    except NotWritten as error:
        return replace(made, problem=str(error))


def _periodic(node: ast.Call, known: Mapping[str, ast.expr]) -> _Given:
    """Read `sender.add_periodic_task(10.0, task.s(1), name="…")`."""
    made = _Given(name="", source=ast.unparse(node))
    try:
        call = value_of(node, known)
        schedule, signature = call.arguments[:2]
        if not isinstance(signature, Call) or not signature.name.endswith((".s", ".si")):
            return replace(made, problem="What it starts is not written as task.s(…).")
        task = signature.name.rpartition(".")[0]
        value = {"task": task, "schedule": schedule, "args": signature.arguments, "kwargs": signature.named}
        return replace(made, name=str(call.named.get("name") or task), value=value)
    except (NotWritten, ValueError) as error:
        return replace(made, problem=str(error) if isinstance(error, NotWritten) else "It has too few arguments.")


def _of_fixture(rows: list[Any]) -> Iterator[_Given]:
    """Give the tasks of django-celery-beat, as `manage.py dumpdata django_celery_beat` writes them."""
    tables: dict[str, dict[Any, dict[str, Any]]] = {}
    for row in rows:
        tables.setdefault(str(row["model"]).rpartition(".")[2], {})[row.get("pk")] = dict(row["fields"])
    for task in tables.get("periodictask", {}).values():
        made = _Given(name=str(task.get("name") or task["task"]), source=json.dumps(task, ensure_ascii=False))
        crontab, interval = (tables.get(f"{one}schedule", {}).get(task.get(one)) for one in ("crontab", "interval"))
        zone = str(crontab.pop("timezone", "") or "") if crontab is not None else ""
        given = {"crontab": crontab} if crontab is not None else interval
        named = {name: json.loads(task.get(name) or "null") for name in ("args", "kwargs")}
        problem = "It fires once, or by the sun: make it by hand." if given is None or task.get("one_off") else None
        problem = problem if task.get("enabled", True) else "It is switched off there."
        yield replace(made, value={"task": task["task"], "schedule": given, **named}, timezone=zone, problem=problem)


def _is_fixture(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, dict) and {"model", "fields"} <= one.keys() for one in found)


def _of_json(text: str) -> list[_Given]:
    found = json.loads(text)
    if found and _is_fixture(found):
        try:
            return list(_of_fixture(found))
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable("It is no fixture of django-celery-beat that can be read.") from error
    for name in ("beat_schedule", "CELERY_BEAT_SCHEDULE"):
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    pairs = found.items() if isinstance(found, dict) else [("", one) for one in found]
    return [
        _Given(
            name=str(name or (value.get("name", "") if isinstance(value, dict) else "")),
            source=f"{name}: {json.dumps(value, ensure_ascii=False)}"
            if name
            else json.dumps(value, ensure_ascii=False),
            value=value,
        )
        for name, value in pairs
    ]


def _entry(given: _Given, timezone: str) -> Entry:
    name, source = (one.encode(errors="replace").decode() for one in (given.name, given.source))
    nothing, timezone = Entry(source=source, name=name), given.timezone or timezone
    if given.problem is not None:
        return replace(nothing, problem=given.problem)
    value = given.value
    if not isinstance(value, dict) or not isinstance(value.get("task"), str) or "schedule" not in value:
        return replace(nothing, problem="It is no entry of a beat schedule: a task and a schedule are wanted.")
    if find_zone(timezone) is None:
        return replace(nothing, problem=f"There is no time zone {timezone!r}.")
    try:
        rule, there = _rule(value["schedule"], timezone)
    except (ValueError, OverflowError) as error:  # BadCrontab, or no expression says it
        return replace(nothing, problem=str(error))
    named, arguments = value.get("kwargs") or {}, value.get("args") or ()
    if not isinstance(named, dict) or not isinstance(arguments, list | tuple):
        return replace(nothing, problem="Its args or kwargs are no list and no dict.")
    if not _is_plain([named, list(arguments), value["task"]]):
        return replace(nothing, problem="Its args or kwargs hold what is no JSON: make it by hand.")
    return replace(
        nothing,
        kind=value["task"],
        params=named,
        arguments=arguments,
        rule=rule,
        there=there,
        policies={"misfire": "once", "overlap": "allow"},
        remarks=list(_remarks(value, rule)),
    )


def _is_plain(value: Any) -> bool:
    """Say whether a value is JSON that can be stored: no call, no bytes, no half of a sign."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(key) and _is_plain(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, str):
        return value.isascii() or value == value.encode(errors="replace").decode()
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))


def _rule(given: Any, timezone: str) -> tuple[Rule, Foreign | None]:
    if isinstance(given, Call) and given.name.rpartition(".")[2] == "schedule":  # celery.schedules.schedule
        return _rule(given.named.get("run_every", *given.arguments[:1] or (None,)), timezone)
    crontab = _crontab(given)
    if crontab is not None:
        wall = wall_rule(crontab)
        expression = _in_own_words(crontab, written(wall))
        there = Foreign(program="Celery", timezone=timezone, rules=(wall,))
        return Rule(cron=(expression,), timezone=timezone), there
    seconds = _seconds(given)
    if not isfinite(seconds) or seconds < 1 or seconds != int(seconds):
        raise BadCrontab(f"Every {seconds:g} s cannot be: a schedule here goes by whole seconds.")
    return Rule(every_seconds=int(seconds), is_aligned=False, timezone=timezone), None


def _crontab(given: Any) -> dict[str, Any] | None:
    """Return the arguments of a crontab; None: it is something else."""
    if isinstance(given, str):
        return by_fields(given)
    if isinstance(given, Call):
        if given.name.endswith("crontab.from_string") and given.arguments:
            return by_fields(str(given.arguments[0]))
        if given.name.rpartition(".")[2] == "crontab":
            return {**dict(zip(NAMES, given.arguments, strict=False)), **given.named}
    if isinstance(given, dict):
        inner = given.get("crontab", given)
        if isinstance(inner, str):
            return by_fields(inner)
        if isinstance(inner, dict) and (inner is not given or inner.keys() & set(NAMES)):
            return {name: value for name, value in inner.items() if not name.startswith("_")}
    return None


def _in_own_words(crontab: Mapping[str, Any], written_out: str) -> str:
    """Keep steps and names as they were written, where our cron reads them so."""
    order = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    fields = [crontab.get(name, "*") for name in order]
    is_plain = all(isinstance(one, int) or str(one).replace("*/", "").isdecimal() or one == "*" for one in fields)
    both_days = fields[2] != "*" and fields[4] != "*"
    return " ".join(map(str, fields)) if is_plain and not both_days else written_out


def _seconds(given: Any) -> float:
    if isinstance(given, bool):
        raise BadCrontab(f"{given!r} is no schedule.")
    if isinstance(given, int | float):
        return float(given)
    if isinstance(given, Call) and given.name.rpartition(".")[2] == "timedelta":
        given = {**dict(zip(_BY_PLACE, given.arguments, strict=False)), **given.named}
    if isinstance(given, dict) and "every" in given:
        given = {given.get("period", "seconds"): given["every"]}
    try:
        if isinstance(given, dict) and given and given.keys() <= _SPANS:
            return timedelta(**given).total_seconds()
    except (TypeError, ValueError, OverflowError) as error:
        raise BadCrontab("Its timedelta cannot be read.") from error
    what = given.name if isinstance(given, Call) else str(given)[:80]
    hint = " The sun is not known here." if what.endswith("solar") else ""
    raise BadCrontab(f"{what} cannot be read as a schedule.{hint}")


def _remarks(value: Mapping[str, Any], rule: Rule) -> Iterator[str]:
    if rule.every_seconds is not None:
        yield "It is counted from the start before, there as here: the first comes that long after the import."
    if options := value.get("options"):
        names = ", ".join(sorted(options)) if isinstance(options, dict) else str(options)
        yield f"Its options ({names}) are not taken over: the kind says them here."
    if value.get("relative"):
        yield "Its “relative” is not taken over: it fires at full steps there."
