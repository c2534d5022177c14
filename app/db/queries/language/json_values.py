"""Conditions on values inside a JSON column, on both databases: the value at a path, or an element of a list there."""

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    Float,
    String,
    and_,
    case,
    cast,
    collate,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.elements import ColumnElement

from app.db.queries.language.folding import fold, folded
from app.db.queries.language.tree import Operator
from app.db.queries.language.values import Pattern, has_neighbours, read_number
from app.db.sql.engine import engine

_ORDERS = {Operator.MORE: "__gt__", Operator.AT_LEAST: "__ge__", Operator.LESS: "__lt__", Operator.AT_MOST: "__le__"}
_IS_PLACE = re.compile(r"0|[1-9][0-9]*")
_HAS_NO_PLACE = re.compile(r'^(0|[1-9][0-9]*)$|^$|["\\\x00-\x1f]')
"""Keys that SQLite's paths cannot name: before 3.45 none with a quote or a backslash; a number may be a place, too."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A value of JSON: where it comes from, its type, the text that it is, and, where it is a number, that."""

    source: Any
    kind: ColumnElement[str]
    text: ColumnElement[str]
    number: ColumnElement[float]


def has_value(column: Any, path: tuple[str, ...], operator: Operator, wanted: Pattern) -> ColumnElement[bool]:
    """Say whether a column's JSON has a value that compares so, at a path.

    Args:
        column: holds JSON.
        path: the keys from the top; none: the column itself.
        operator: numbers are compared as numbers, all else as text.
        wanted: what to compare with; a text matches whatever its case.
    """
    if engine().dialect.name == "postgresql":
        found = _on_postgresql(column, path)
    elif not any(map(_HAS_NO_PLACE.search, path)) and not _may_be_object(operator, wanted):
        return _has_plain(column, path, operator, wanted)
    else:
        found = _on_sqlite(column, path)
    return select(1).select_from(found.source).where(_compares(found, operator, wanted)).exists()


def _compares(found: _Found, operator: Operator, wanted: Pattern) -> ColumnElement[bool]:
    kind, text = found.kind, found.text
    if wanted.is_anything:
        return kind != "null"
    number = None if wanted.is_pattern else read_number(wanted.text)
    is_number = kind.in_(("number", "integer", "real"))
    if operator is not Operator.EQUALS:
        if number is not None:
            return case((is_number, getattr(found.number, _ORDERS[operator])(number)), else_=false())
        return and_(kind.not_in(("object", "array")), _in_order(text, operator, wanted.text))
    if wanted.is_pattern:
        pattern = fold(wanted.as_like())
        return folded(text, pattern).like(pattern, escape="/")
    same = folded(text, fold(wanted.text)) == fold(wanted.text)
    if fold(wanted.text) == "null":
        return or_(same, kind == "null")
    if number is None or has_neighbours(number):
        return same
    return case((is_number, found.number == number), else_=same)  # SQLite writes 0.1 + 0.2 as 0.3


def _in_order(text: Any, operator: Operator, wanted: str) -> ColumnElement[bool]:
    """Compare texts sign by sign, as SQLite does: the order of a language may leave out blanks and hyphens."""
    compared = text if engine().dialect.name == "sqlite" else collate(text, "C")
    found: ColumnElement[bool] = getattr(compared, _ORDERS[operator])(wanted)
    return found


def _may_be_object(operator: Operator, wanted: Pattern) -> bool:
    return operator is Operator.EQUALS and (wanted.is_pattern or wanted.text.startswith("{"))


def _has_plain(column: Any, path: tuple[str, ...], operator: Operator, wanted: Pattern) -> ColumnElement[bool]:
    """Look where SQLite looks soonest, which is among the values of an object, too: those are of other paths."""
    place = _place(path)
    found = _each(func.json_each(column, place))
    # Of the few that are as wanted: to ask for the type of all takes half as long again.
    is_it = case((_compares(found, operator, wanted), func.json_type(column, place) != "object"), else_=false())
    return select(1).select_from(found.source).where(is_it).exists()


def _place(path: tuple[str, ...]) -> str:
    return "".join(["$", *(f'."{key}"' for key in path)])


def _each(values: Any) -> _Found:
    found = values.table_valued("value", "type", name="found")
    kind, value = found.c.type, found.c.value
    text = case((kind.in_(("true", "false")), kind), else_=cast(value, String))
    return _Found(found, kind, text, cast(value, Float))


def _on_sqlite(column: Any, path: tuple[str, ...]) -> _Found:
    if not any(map(_HAS_NO_PLACE.search, path)):
        return _each(func.json_each(_at(column, path)))
    source, elements = _by_steps(column, path)
    found = _each(func.json_each(elements))
    return replace(found, source=source.join(found.source, true()))


def _at(column: Any, path: tuple[str, ...]) -> ColumnElement[Any]:
    """Return the list at a path, or a list with what else is there."""
    place = _place(path)
    kind = func.json_type(column, place)
    # Asked for two places it makes a list, in which true stays true; that the value is there twice does no harm.
    twice = func.json_extract(column, place, place)
    return case((kind == "array", func.json_extract(column, place)), (kind.is_(None), "[]"), else_=twice)


def _by_steps(column: Any, path: tuple[str, ...]) -> tuple[Any, ColumnElement[Any]]:
    """Return as `_at` what is at a path with keys that SQLite cannot name, or numbers: a key, or a place in a list."""
    source: Any = None
    inside: Any = column
    elements: ColumnElement[Any] = literal("[]")
    for number, key in enumerate(path):
        step = func.json_each(inside).table_valued("key", "value", "type", name=f"step_{number}")
        source = step if source is None else source.join(step, true())
        is_it, kind = cast(step.c.key, String) == key, step.c.type
        inside = case((and_(is_it, kind.in_(("object", "array"))), step.c.value), else_="{}")
        alone = case(
            (kind.in_(("true", "false")), kind), (kind == "object", step.c.value), else_=func.json_quote(step.c.value)
        )
        elements = case((not_(is_it), "[]"), (kind == "array", step.c.value), else_=literal("[") + alone + literal("]"))
    return source, elements


def _on_postgresql(column: Any, path: tuple[str, ...]) -> _Found:
    at = column
    for key in path:
        # The first takes a place in a list, too, but also -1 or 01 for one, which are none on SQLite.
        at = (func.json_extract_path if _IS_PLACE.fullmatch(key) else func.json_object_field)(at, key)
    none: ColumnElement[Any] = literal_column("'[]'::json")
    elements = case((func.json_typeof(at) == "array", at), (at.is_(None), none), else_=func.json_build_array(at))
    found = func.json_array_elements(elements).table_valued("value")
    text = found.c.value.op("#>>", return_type=String())(literal_column("'{}'"))
    return _Found(found, func.json_typeof(found.c.value), text, cast(text, Float))
