"""Values that a Python file writes out, read from its syntax tree: nothing is imported or run."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MOST = 10**12
_MOST_DEPTH, _MOST_PARTS = 50, 100_000
_APP = "app"
"""What Celery's schedules take beside their times: it says nothing of them, and is never written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that is written, as `crontab(hour=3)`. `name`: with its dots."""

    name: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]


class NotWritten(ValueError):
    """A value is computed elsewhere; the message is a sentence for people."""


def value_of(node: ast.expr, known: Mapping[str, ast.expr]) -> Any:
    """Return what an expression says: numbers, texts, lists, dicts, sums of them, and calls as `Call`.

    Args:
        node: the expression.
        known: what names stand for.

    Raises:
        NotWritten: it cannot be told without running it, or it is too much: names may stand for each other.
    """
    return _value(node, known, depth=0, budget=[_MOST_PARTS])


def _value(node: ast.expr, known: Mapping[str, ast.expr], *, depth: int, budget: list[int]) -> Any:
    """Return what an expression says. `budget`: how many parts may still be read, as its only item."""
    budget[0] -= 1
    if depth > _MOST_DEPTH or budget[0] < 0:
        raise NotWritten(not_written(node))

    def inner(one: ast.expr) -> Any:
        return _value(one, known, depth=depth + 1, budget=budget)

    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in known:
            return inner(known[name])
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [inner(one) for one in items]
        case ast.Dict(keys=keys, values=values) if all(keys):
            pairs = zip(keys, values, strict=True)
            return {_key(inner(key), node): inner(value) for key, value in pairs if key is not None}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(inner(operand), node)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _compute(_OPERATORS[type(op)], _number(inner(left), node), _number(inner(right), node), node)
        case ast.Call(func=function, args=arguments, keywords=named) if all(one.arg for one in named):
            return _plain(
                Call(
                    name=dotted(function),
                    arguments=tuple(inner(one) for one in arguments),
                    named={one.arg: inner(one.value) for one in named if one.arg not in (None, _APP)},
                ),
                node,
            )
    raise NotWritten(not_written(node))


def dotted(node: ast.expr) -> str:
    """Return a name with its dots, as `app.conf.beat_schedule`; empty where it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def _plain(call: Call, node: ast.expr) -> Any:
    """Return what a call of Python's own types makes, as `range(8, 18, 2)`; any other call as it is."""
    match call:
        case Call(name="range", arguments=bounds) if bounds and all(type(one) is int for one in bounds):
            try:
                found = range(*bounds)
            except (TypeError, ValueError) as error:
                raise NotWritten(not_written(node)) from error
            if len(found) > _MOST_PARTS:
                raise NotWritten(not_written(node))
            return list(found)
        case Call(name="list" | "tuple" | "set" | "frozenset", arguments=[list() as items]):
            return items
        case Call(name="dict", arguments=(), named=named):
            return dict(named)
    return call


def _key(value: Any, node: ast.expr) -> Any:
    if not isinstance(value, str | int | float | bool | None):
        raise NotWritten(not_written(node))
    return value


def _number(value: Any, node: ast.expr) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _MOST:
        raise NotWritten(not_written(node))
    return value


def _compute(act: Callable[[Any, Any], Any], left: float, right: float, node: ast.expr) -> Any:
    try:
        return act(left, right)
    except (ArithmeticError, ValueError) as error:
        raise NotWritten(not_written(node)) from error


def not_written(node: ast.expr) -> str:
    """Say that what an expression gives is not told by the text."""
    text = ast.unparse(node)
    return f"{text[:80]} is not written out: the file is read, not run. Write the value, or make the schedule by hand."
