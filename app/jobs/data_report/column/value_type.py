"""What type the values of a column have: decided by all of them, not by the first few. `shapes.py` says how each
looks.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import Any

from app.jobs.data_report.column.shapes import NUMBERS, TIMES, TRUTH, Shape, Type, most_fitting, shapes
from app.jobs.data_report.column.tally import Tally
from app.jobs.data_report.table.columns import Column, Origin
from app.jobs.data_report.table.staging import Staging, quoted
from app.reports.words import clipped

# In a column of numbers, dates or truth values these words mean "missing"; in a column of text they are text.
MARKS = ("NA", "N/A", "n/a", "n.a.", "N.A.", "#N/A", "<NA>", "NaN", "nan", "NAN", "null", "NULL", "None")
SAMPLED_VALUES = 500
# From this share of the values on, the others are named as what makes a column text.
LEAST_FITTING, MOST_ODD = 0.6, 3
MICROSECONDS, NANOSECONDS = 1_000_000, 1_000_000_000  # in a second
LONGEST_BIGINT, LONGEST_INTEGER = 18, 38  # digits


# SQL over `v`, the typed value: a number that stands for it on an axis.
_AXES = {
    Type.INTEGER: "v",
    Type.NUMBER: "CASE WHEN isfinite(v::DOUBLE) THEN v::DOUBLE END",
    Type.DATE: "datediff('day', DATE '1970-01-01', v)",
    Type.TIMESTAMP: "epoch_us(v)",
}
_NANOSECONDS_AXIS = "epoch_ns(v)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueType:
    """The type of a column. `value` is SQL for the typed value, NULL where missing; `note` says what else is to know.

    `marks`: how often each word for "missing" stands in the column (NaN of a Parquet file counts as one).
    """

    type: Type
    value: str
    marks: dict[str, int] = field(default_factory=dict)
    note: str = ""
    is_wide: bool = False  # whole numbers beyond 64 bits
    has_zone: bool = False  # times that name their zone; shown in UTC
    ticks_per_second: int = MICROSECONDS  # of times: what their axis counts
    tally: Mapping[Any, int] | None = None  # the typed values with how often they occur, where they were counted

    @property
    def is_moment(self) -> bool:
        """Whether the values are dates or times."""
        return self.type in {Type.DATE, Type.TIMESTAMP}

    @property
    def axis(self) -> str | None:
        """SQL over `v` for its place on an axis; None where there is none."""
        if self.ticks_per_second == NANOSECONDS:
            return _NANOSECONDS_AXIS
        return _AXES.get(self.type)


_LOOKS = {
    Type.BOOLEAN: "true and false",
    Type.INTEGER: "whole numbers",
    Type.NUMBER: "numbers",
    Type.DATE: "dates",
    Type.TIMESTAMP: "times",
}


def find_type(stage: Staging, column: Column, tally: Tally | None = None) -> ValueType:
    """Return the narrowest type that every value of the column has; `tally`: its values, where they were counted."""
    if column.origin is Origin.TYPED:
        return _declared(stage, column)
    if column.origin is Origin.JSON:
        return _of_json(stage, column)
    if column.missing:
        return _with_chosen_marks(stage, column, tally)
    return _of_text(stage, column.table, column.value, shapes(column), tally=tally)


def _with_chosen_marks(stage: Staging, column: Column, tally: Tally | None) -> ValueType:
    """Take the words that were chosen for missing, whatever type the column has."""
    marks = _marked(stage, column.table, column.value, column.missing, tally)
    words = _words(column.missing)
    value = f"(CASE WHEN {column.value} NOT IN {words} THEN {column.value} END)"
    left = None if tally is None else {text: count for text, count in tally.items() if text not in column.missing}
    return replace(_of_text(stage, column.table, value, shapes(column), marks=(), tally=left), marks=marks)


def _marked(stage: Staging, table: str, text: str, marks: Sequence[str], tally: Tally | None) -> dict[str, int]:
    """Return how often each of some words stands in the column."""
    if tally is not None:
        return {word: tally[word] for word in sorted(marks) if word in tally}
    query = f"SELECT {text} AS x, count(*) FROM {table} WHERE x IN {_words(marks)} GROUP BY x ORDER BY x"
    return {str(word): int(count) for word, count in stage.ask(query)}


def _of_text(
    stage: Staging,
    table: str,
    text: str,
    looks: Sequence[Shape],
    marks: Sequence[str] = MARKS,
    tally: Tally | None = None,
) -> ValueType:
    if tally is None:
        query = f"SELECT DISTINCT {text} AS x FROM {table} WHERE x IS NOT NULL LIMIT {SAMPLED_VALUES}"
        seen = [str(value) for (value,) in stage.ask(query, end=0.05)]
    else:
        seen = list(islice((value for value in tally if value is not None), SAMPLED_VALUES))
    sample = [value for value in seen if value not in marks]
    is_all = len(seen) < SAMPLED_VALUES
    likely = [shape for shape in looks if shape.fits(sample)]
    as_it_is = ValueType(type=Type.TEXT, value=text, tally=tally)
    if not seen:
        return replace(as_it_is, type=Type.EMPTY)
    if not sample or not likely:
        return replace(as_it_is, note=_why_text(stage, table, text, sample, looks, marks, tally))
    if tally is not None:
        for shape in takewhile(NUMBERS.__contains__, likely):
            if (numbers := _numbers_of(tally, shape, marks)) is not None:
                counts = _marked(stage, table, text, marks, tally)
                return replace(as_it_is, type=shape.type, tally=numbers, marks=counts)
    longest, fitting = _fitting(stage, f"(SELECT {text} AS x FROM {table})", sample if is_all else None, likely, marks)
    if fitting is None:
        return replace(as_it_is, note=_why_text(stage, table, text, sample, looks, marks, tally))
    if fitting.type is Type.TEXT:
        return replace(as_it_is, note=fitting.note)
    if fitting.type is Type.INTEGER and longest > LONGEST_INTEGER:
        note = f"Whole numbers of more than {LONGEST_INTEGER} digits are treated as text."
        return replace(as_it_is, note=note)
    counts = {}
    value = fitting.cast.format(text=text, integer="BIGINT" if longest <= LONGEST_BIGINT else "HUGEINT")
    if marks and (not is_all or len(sample) < len(seen)):
        counts = _marked(stage, table, text, marks, tally)
        value = f"CASE WHEN {text} NOT IN {_words(marks)} THEN {value} END" if counts else value
    return ValueType(
        type=fitting.type,
        value=value,
        marks=counts,
        note=fitting.note,
        is_wide="HUGEINT" in value,
        has_zone="TIMESTAMPTZ" in value,
    )


def _numbers_of(tally: Tally, shape: Shape, marks: Sequence[str]) -> Mapping[Any, int] | None:
    """Return the numbers of counted text with how often they occur; None: not all are of this shape, or too large."""
    numbers: Counter[int | float] = Counter()
    for text, times in tally.items():
        if text is None or text in marks:
            continue
        if not shape.fits((text,)) or len(text) > LONGEST_INTEGER:
            return None
        number = int(text) if shape.type is Type.INTEGER else float(text)
        if not math.isfinite(number):
            return None
        numbers[number] += times
    return numbers


def _fitting(
    stage: Staging, values: str, sample: list[str] | None, likely: Sequence[Shape], marks: Sequence[str]
) -> tuple[int, Shape | None]:
    """Return the length of the longest value and the first shape that all have; `sample`: all values there are."""
    if sample is not None and not likely[0].is_checked:
        return max(len(value.strip()) for value in sample), likely[0]
    source = values if sample is None else "(SELECT unnest(?) AS x)"
    condition = f" WHERE x NOT IN {_words(marks)}" if marks else ""
    tests = ", ".join(f"count(*) FILTER (NOT coalesce({_test(shape)}, false))" for shape in likely)
    query = f"SELECT max(length(trim(x))), {tests} FROM (SELECT x FROM {source} WHERE x IS NOT NULL){condition}"
    longest, *misses = stage.ask(query, [sample] if sample is not None else [], start=0.05, end=0.25)[0]
    return int(longest), next((shape for shape, count in zip(likely, misses, strict=True) if count == 0), None)


def _why_text(
    stage: Staging,
    table: str,
    text: str,
    sample: Sequence[str],
    looks: Sequence[Shape],
    marks: Sequence[str],
    tally: Tally | None,
) -> str:
    """Name the values that keep a column from another type, where it nearly has one; else return nothing."""
    nearest = most_fitting(looks, sample, least=LEAST_FITTING * len(sample))
    if nearest is None or nearest.type is Type.TEXT:
        return ""
    if tally is not None and (nearest in NUMBERS or not nearest.is_checked):
        others = (value for value in tally if value is not None and value not in marks and not nearest.fits((value,)))
        odd: Sequence[tuple[Any, ...]] = sorted(((value, tally[value]) for value in others), key=_by_count)
    else:
        ignored = f" AND x NOT IN {_words(marks)}" if marks else ""
        odd = stage.ask(
            f"""SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table})
                WHERE x IS NOT NULL{ignored} AND NOT coalesce({_test(nearest)}, false)
                GROUP BY x ORDER BY n DESC, x LIMIT {MOST_ODD + 1}"""
        )
    if not odd:
        return ""
    named = ", ".join(f"“{clipped(str(value), longest=30)}” ({count:,})" for value, count in odd[:MOST_ODD])
    more = " and others" if len(odd) > MOST_ODD else ""
    return f"Text because of {named}{more}; the rest looks like {nearest.looks or _LOOKS[nearest.type]}."


def _by_count(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _words(marks: Sequence[str]) -> str:
    return f"({', '.join(map(quoted, marks))})"


def _test(shape: Shape) -> str:
    test = f"regexp_full_match(x, {quoted(shape.pattern)})"
    return f"{test} AND {shape.cast.format(text='x')} IS NOT NULL" if shape.is_checked else test


def _of_json(stage: Staging, column: Column) -> ValueType:
    found = {
        str(kind) for (kind,) in stage.ask(f"SELECT DISTINCT json_type({column.value}) FROM {column.table}") if kind
    }
    text = f"json_extract_string({column.value}, '$')"
    if not found:
        return ValueType(type=Type.EMPTY, value=column.value)
    if found <= {"BIGINT", "UBIGINT", "HUGEINT", "DOUBLE"}:
        return _of_text(stage, column.table, column.value, NUMBERS)
    if found == {"BOOLEAN"}:
        return _of_text(stage, column.table, column.value, (TRUTH,), marks=())
    if found == {"VARCHAR"}:
        return _of_text(stage, column.table, text, TIMES, marks=())
    kinds = {"ARRAY": Type.LIST, "OBJECT": Type.OBJECT}
    only = kinds.get(found.pop(), Type.MIXED) if len(found) == 1 else Type.MIXED
    return ValueType(type=only, value=text)


def _declared(stage: Staging, column: Column) -> ValueType:
    declared, value = column.declared, column.value
    if declared in {"FLOAT", "DOUBLE"}:
        count = int(stage.ask(f"SELECT count(*) FILTER (isnan({value})) FROM {column.table}")[0][0])
        marks = {"NaN": count} if count else {}
        return ValueType(type=Type.NUMBER, value=f"CASE WHEN NOT isnan({value}) THEN {value}::DOUBLE END", marks=marks)
    if declared.startswith("DECIMAL"):
        return ValueType(type=Type.NUMBER, value=value)
    if declared.removeprefix("U") in {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}:
        return ValueType(type=Type.INTEGER, value=value, is_wide="HUGE" in declared)
    if declared in {"BOOLEAN", "DATE"}:
        return ValueType(type=Type(declared.lower()), value=value)
    if declared.startswith("TIMESTAMP"):
        has_zone = "ZONE" in declared or declared.startswith("TIMESTAMPTZ")
        ticks = NANOSECONDS if declared.endswith("_NS") else MICROSECONDS
        return ValueType(type=Type.TIMESTAMP, value=value, has_zone=has_zone, ticks_per_second=ticks)
    if declared.endswith("]"):
        return ValueType(type=Type.LIST, value=f"to_json({value})::VARCHAR")
    if declared.startswith(("STRUCT", "MAP", "UNION")):
        return ValueType(type=Type.OBJECT, value=f"to_json({value})::VARCHAR")
    return ValueType(type=Type.TEXT, value=f"{value}::VARCHAR")
