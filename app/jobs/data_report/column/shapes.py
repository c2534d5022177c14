"""What the text of a column may look like, the narrowest first: truth values, numbers, times, amounts, days.

`shape.py` says what a shape is; `numbers.py` and `days.py` have those of their kind.
"""

from collections.abc import Sequence
from functools import cache, partial

from app.jobs.data_report.column import reading
from app.jobs.data_report.column.days import TIMES, dates
from app.jobs.data_report.column.numbers import amounts, below_zero, numbers, percentages, spaced
from app.jobs.data_report.column.shape import Shape, Type
from app.jobs.data_report.table.columns import Column

TRUTH = Shape(
    type=Type.BOOLEAN,
    pattern="true|false|True|False|TRUE|FALSE",
    cast="TRY_CAST({text} AS BOOLEAN)",
    read=partial(reading.truth, yes="true"),
)


def shapes(column: Column) -> Sequence[Shape]:
    """Return what the text of a column may look like, the narrowest first."""
    return _shapes(column.decimal, column.is_grouped, column.is_literal, column.dates)


@cache
def _shapes(decimal: str, is_grouped: bool, is_literal: bool, order: str) -> tuple[Shape, ...]:
    found = [TRUTH, *numbers(decimal, is_grouped=is_grouped), *TIMES]
    if not is_literal:
        found += [*_YES_AND_NO, *percentages(decimal), *amounts(decimal), *spaced(decimal), *below_zero(decimal)]
    if order != "iso":
        found += dates(order)
    return tuple(found)


def _truth(yes: str, no: str) -> Shape:
    """Return the shape of a column in which both words stand, and no other."""
    return Shape(
        type=Type.BOOLEAN,
        pattern=f" *(?i:{yes}|{no}) *",
        cast=f"(CASE lower(trim({{text}})) WHEN '{yes}' THEN true WHEN '{no}' THEN false END)",
        note=f"“{yes}” is read as true, “{no}” as false.",
        looks=f"{yes} and {no}",
        needs=frozenset({yes, no}),
        read=partial(reading.truth, yes=yes),
    )


_PAIRS = "yes no, y n, t f, on off, ja nein, j n, oui non, o n, si no, sí no"
_YES_AND_NO = tuple(_truth(*pair.split()) for pair in _PAIRS.split(", "))
