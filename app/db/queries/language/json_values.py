"""Conditions on values inside a JSON column, on both databases: the value at a path, or an element of a list there."""

from typing import Any

from sqlalchemy import Float, String, case, cast, false, func, literal_column, or_, select
from sqlalchemy.sql.elements import ColumnElement

from app.db.queries.language.tree import Operator
from app.db.queries.language.values import Pattern, read_number
from app.db.sql.engine import engine

_ORDERS = {Operator.MORE: "__gt__", Operator.AT_LEAST: "__ge__", Operator.LESS: "__lt__", Operator.AT_MOST: "__le__"}


def has_value(column: Any, path: tuple[str, ...], operator: Operator, wanted: Pattern) -> ColumnElement[bool]:
    """Say whether a column's JSON has a value that compares so, at a path.

    Args:
        column: holds JSON.
        path: the keys from the top; none: the column itself.
        operator: numbers are compared as numbers, all else as text.
        wanted: what to compare with; a text matches whatever its case.
    """
    on_sqlite = engine().dialect.name == "sqlite"
    source, kind, text = _on_sqlite(column, path) if on_sqlite else _on_postgresql(column, path)
    return select(1).select_from(source).where(_compares(kind, text, operator, wanted)).exists()


def _compares(
    kind: ColumnElement[str], text: ColumnElement[str], operator: Operator, wanted: Pattern
) -> ColumnElement[bool]:
    if wanted.is_anything:
        return kind != "null"
    number = None if wanted.is_pattern else read_number(wanted.text)
    is_number = kind.in_(("number", "integer", "real"))
    if operator is not Operator.EQUALS:
        if number is not None:
            return case((is_number, getattr(cast(text, Float), _ORDERS[operator])(number)), else_=false())
        return getattr(text, _ORDERS[operator])(wanted.text)  # type: ignore[no-any-return]  # a comparison of columns
    folded = func.lower(text)
    if wanted.is_pattern:
        return folded.like(func.lower(wanted.as_like()), escape="/")
    same = folded == func.lower(wanted.text)
    if number is None:
        return same
    return or_(same, case((is_number, cast(text, Float) == number), else_=false()))


def _on_sqlite(column: ColumnElement[Any], path: tuple[str, ...]) -> tuple[Any, ColumnElement[str], ColumnElement[str]]:
    found = func.json_each(column, "".join(["$", *(f'."{key}"' for key in path)])).table_valued("value", "type")
    kind, value = found.c.type, found.c.value
    return found, kind, case((kind.in_(("true", "false")), kind), else_=cast(value, String))


def _on_postgresql(column: Any, path: tuple[str, ...]) -> tuple[Any, ColumnElement[str], ColumnElement[str]]:
    at = func.json_extract_path(column, *path) if path else column
    elements = case((func.json_typeof(at) == "array", at), else_=func.json_build_array(at))
    found = func.json_array_elements(elements).table_valued("value")
    return found, func.json_typeof(found.c.value), found.c.value.op("#>>")(literal_column("'{}'"))
