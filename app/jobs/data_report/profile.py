"""The profile of one column: every figure exact, from a table of its distinct values and their counts."""

import math
from dataclasses import dataclass, field
from decimal import Decimal

from app.jobs.data_report.distribution import FEW_VALUES, Bar, Distribution, Value, value_at
from app.jobs.data_report.table.loading import Column, Loaded
from app.jobs.data_report.table.staging import Staging
from app.jobs.data_report.value_type import Type, ValueType, find_type

TOP_VALUES = 10
LONGEST_TEXT = 2_000
MOST_COMPARED = 100


@dataclass(slots=True, kw_only=True)
class Profile:
    """What is known of a column; None where a figure makes no sense for its type."""

    name: str
    type: Type
    missing: int = 0
    distinct: int = 0
    infinite: int = 0
    min: Value = None
    max: Value = None
    mean: Value = None
    std: float | None = None
    quantiles: dict[str, Value] = field(default_factory=dict)
    top: list[tuple[Value, int]] = field(default_factory=list)
    histogram: list[Bar] = field(default_factory=list)
    lengths: tuple[int, int, float] | None = None  # shortest, longest, mean; of text, in characters
    marks: dict[str, int] = field(default_factory=dict)
    note: str = ""


def expected_costs(stage: Staging, loaded: Loaded) -> list[float]:
    """Return how long each column will take compared with the others, so that the bar gives each its share.

    Measured with `bench/data_report.py`: few distinct values 0.3 s, many 4 s, all distinct 6 to 11 s (10 million rows).
    """
    if not loaded.rows or len(loaded.columns) > MOST_COMPARED:
        return [1.0] * len(loaded.columns)
    counts = ", ".join(f"approx_count_distinct({column.value})" for column in loaded.columns)
    distinct = stage.ask(f"SELECT {counts} FROM {loaded.table}", end=1.0)[0]
    return [1 + 6 * (count > FEW_VALUES) + 6 * min(count / loaded.rows, 1) for count in distinct]


def profile(stage: Staging, loaded: Loaded, column: Column) -> Profile:
    """Measure one column; fills the present step of the stage's meter.

    Raises:
        JobCancelled: the job is to stop.
    """
    found = find_type(stage, loaded.table, column)
    result = Profile(name=column.name, type=found.type, marks=found.marks, note=found.note)
    values = f"(SELECT {found.value} AS v FROM {loaded.table})"
    query = f"CREATE OR REPLACE TEMP TABLE counted AS SELECT v, count(*) AS n FROM {values} GROUP BY v"
    stage.ask(query, start=0.25, end=0.6)
    if found.axis:
        _measure_numbers(stage, loaded.rows, found, result, values=values)
    else:
        _measure_words(stage, loaded.rows, found, result)
    if result.distinct:
        result.top = _top(stage, found)
    return result


def _top(stage: Staging, found: ValueType) -> list[tuple[Value, int]]:
    """Return the most frequent values and their counts; of equal ones the lesser value comes first."""
    # A date of another calendar than Python's, such as one before Christ, is written by its place on the axis.
    shown, axis = ("v::VARCHAR", found.axis) if found.is_moment else ("v", "NULL")
    query = f"SELECT {shown}, n, {axis} FROM counted WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {TOP_VALUES}"
    return [
        (_plain(value) if place is None else value_at(found, place), int(count))
        for value, count, place in stage.ask(query, start=0.95, end=1.0)
    ]


def _measure_words(stage: Staging, rows: int, found: ValueType, result: Profile) -> None:
    length = "NULL" if found.type is Type.BOOLEAN else "length(v)"
    distinct, missing, low, high, shortest, longest, letters = stage.ask(
        f"""SELECT count(v), coalesce(sum(n) FILTER (v IS NULL), 0), min(v), max(v),
            min({length}), max({length}), sum({length} * n) FROM counted""",
        start=0.6,
        end=0.95,
    )[0]
    result.distinct, result.missing = int(distinct), int(missing)
    if found.type in {Type.TEXT, Type.BOOLEAN}:
        result.min, result.max = _plain(low), _plain(high)
    if longest is not None:
        result.lengths = (int(shortest), int(longest), int(letters) / (rows - result.missing))


def _measure_numbers(stage: Staging, rows: int, found: ValueType, result: Profile, *, values: str) -> None:
    is_whole = found.type is not Type.NUMBER and not found.is_wide
    shown = "::VARCHAR" if found.is_moment else ""
    distinct, missing, count, least, most, low, high, total = stage.ask(
        f"""SELECT count(v), coalesce(sum(n) FILTER (v IS NULL), 0), coalesce(sum(n) FILTER (axis IS NOT NULL), 0),
            (min(v) FILTER (axis IS NOT NULL)){shown}, (max(v) FILTER (axis IS NOT NULL)){shown}, min(axis), max(axis),
            {"sum(axis::HUGEINT * n)" if is_whole else "NULL"} FROM (SELECT v, n, {found.axis} AS axis FROM counted)"""
    )[0]
    result.distinct, result.missing = int(distinct), int(missing)
    result.infinite = rows - result.missing - int(count)
    if not count:
        return
    if found.is_moment:
        result.min, result.max = value_at(found, low), value_at(found, high)
    else:
        result.min, result.max = _plain(least), _plain(most)
    axes = f"(SELECT {found.axis} AS axis FROM {values})"
    shape = Distribution(stage, found, axes=axes, count=int(count), distinct=result.distinct)
    result.mean, result.std = shape.mean_and_std(None if total is None else int(total))
    result.quantiles = shape.quantiles()
    result.histogram = shape.histogram(low, high)


def _plain(value: object) -> Value:
    """Return a value of the engine as one of JSON."""
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"


def _decimal(value: Decimal) -> Value:
    """Return a decimal as a number of JSON, or as text where a number of JSON would round it."""
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    return number if Decimal(repr(number)) == value else format(value, "f").rstrip("0")
