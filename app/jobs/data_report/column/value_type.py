"""What type the values of a column have: decided by all of them, not by the first few. `shapes.py` says how each
looks; `counted.py` does the same with values that were counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.jobs.data_report.column.days import TIMES
from app.jobs.data_report.column.numbers import NUMBERS
from app.jobs.data_report.column.shape import Shape, Type, most_fitting
from app.jobs.data_report.column.shapes import TRUTH, shapes
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
TOO_LONG = f"Whole numbers of more than {LONGEST_INTEGER} digits are treated as text."


# SQL over `v`, the typed value: a number that stands for it on an axis.
AXES = {
    Type.INTEGER: "v",
    Type.NUMBER: "CASE WHEN isfinite(v::DOUBLE) THEN v::DOUBLE END",
    Type.DATE: "datediff('day', DATE '1970-01-01', v)",
    Type.TIMESTAMP: "epoch_us(v)",
}
NANOSECONDS_AXIS = "epoch_ns(v)"


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
    tally: Mapping[Any, int] | None = None  # where the values were counted: they, or their places on the axis

    @property
    def is_moment(self) -> bool:
        """Whether the values are dates or times."""
        return self.type in {Type.DATE, Type.TIMESTAMP}

    @property
    def axis(self) -> str | None:
        """SQL over `v` for its place on an axis; None where there is none."""
        if self.ticks_per_second == NANOSECONDS:
            return NANOSECONDS_AXIS
        return AXES.get(self.type)


_LOOKS = {
    Type.BOOLEAN: "true and false",
    Type.INTEGER: "whole numbers",
    Type.NUMBER: "numbers",
    Type.DATE: "dates",
    Type.TIMESTAMP: "times",
}


def find_type(stage: Staging, column: Column) -> ValueType:
    """Return the narrowest type that every value of the column has."""
    if column.origin is Origin.TYPED:
        return _declared(stage, column)
    if column.origin is Origin.JSON:
        return _of_json(stage, column)
    if column.missing:
        return _with_chosen_marks(stage, column)
    return _of_text(stage, column.table, column.value, shapes(column))


def _with_chosen_marks(stage: Staging, column: Column) -> ValueType:
    """Take the words that were chosen for missing, whatever type the column has."""
    marks = _marked(stage, column.table, column.value, column.missing)
    words = _words(column.missing)
    value = f"(CASE WHEN {column.value} NOT IN {words} THEN {column.value} END)"
    return replace(_of_text(stage, column.table, value, shapes(column), marks=()), marks=marks)


def _marked(stage: Staging, table: str, text: str, marks: Sequence[str]) -> dict[str, int]:
    """Return how often each of some words stands in the column."""
    query = f"SELECT {text} AS x, count(*) FROM {table} WHERE x IN {_words(marks)} GROUP BY x ORDER BY x"
    return {str(word): int(count) for word, count in stage.ask(query)}


def _of_text(
    stage: Staging,
    table: str,
    text: str,
    looks: Sequence[Shape],
    marks: Sequence[str] = MARKS,
) -> ValueType:
    query = f"SELECT DISTINCT {text} AS x FROM {table} WHERE x IS NOT NULL LIMIT {SAMPLED_VALUES}"
    seen = [str(value) for (value,) in stage.ask(query, end=0.05)]
    sample = [value for value in seen if value not in marks]
    is_all = len(seen) < SAMPLED_VALUES
    likely = [shape for shape in looks if shape.fits(sample)]
    as_it_is = ValueType(type=Type.TEXT, value=text)
    if not seen:
        return replace(as_it_is, type=Type.EMPTY)
    if not sample or not likely:
        return replace(as_it_is, note=_why_text(stage, table, text, sample, looks, marks))
    longest, fitting = _fitting(stage, f"(SELECT {text} AS x FROM {table})", sample if is_all else None, likely, marks)
    if fitting is None:
        return replace(as_it_is, note=_why_text(stage, table, text, sample, looks, marks))
    if fitting.type is Type.TEXT:
        return replace(as_it_is, note=fitting.note)
    if fitting.type is Type.INTEGER and longest > LONGEST_INTEGER:
        return replace(as_it_is, note=TOO_LONG)
    counts = {}
    value = fitting.cast.format(text=text, integer="BIGINT" if longest <= LONGEST_BIGINT else "HUGEINT")
    if marks and (not is_all or len(sample) < len(seen)):
        counts = _marked(stage, table, text, marks)
        value = f"CASE WHEN {text} NOT IN {_words(marks)} THEN {value} END" if counts else value
    return ValueType(
        type=fitting.type,
        value=value,
        marks=counts,
        note=fitting.note,
        is_wide="HUGEINT" in value,
        has_zone=fitting.has_zone,
        ticks_per_second=NANOSECONDS if fitting.counts_nanoseconds else MICROSECONDS,
    )


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
    stage: Staging, table: str, text: str, sample: Sequence[str], looks: Sequence[Shape], marks: Sequence[str]
) -> str:
    """Name the values that keep a column from another type, where it nearly has one; else return nothing."""
    nearest = most_fitting(looks, sample, least=LEAST_FITTING * len(sample))
    if nearest is None or nearest.type is Type.TEXT:
        return ""
    ignored = f" AND x NOT IN {_words(marks)}" if marks else ""
    odd = stage.ask(
        f"""SELECT x, count(*) AS n FROM (SELECT {text} AS x FROM {table})
            WHERE x IS NOT NULL{ignored} AND NOT coalesce({_test(nearest)}, false)
            GROUP BY x ORDER BY n DESC, x LIMIT {MOST_ODD + 1}"""
    )
    return text_because_of(odd, nearest)


def text_because_of(odd: Sequence[tuple[Any, ...]], nearest: Shape) -> str:
    """Return what is said of a column that is text because of some values: the most frequent, each with its count."""
    if not odd:
        return ""
    named = ", ".join(f"“{clipped(str(value), longest=30)}” ({count:,})" for value, count in odd[:MOST_ODD])
    more = " and others" if len(odd) > MOST_ODD else ""
    return f"Text because of {named}{more}; the rest looks like {nearest.looks or _LOOKS[nearest.type]}."


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
