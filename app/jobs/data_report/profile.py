"""The profile of one column: every figure exact, from a table of its distinct values and their counts."""

import math
from dataclasses import dataclass, field
from decimal import Decimal

from app.jobs.data_report.distribution import Bar, Distribution, Value
from app.jobs.data_report.loading import Column, Loaded
from app.jobs.data_report.staging import Staging
from app.jobs.data_report.value_type import Type, ValueType, find_type

TOP_VALUES = 10
LONGEST_TEXT = 2_000


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
    distinct, missing = stage.ask("SELECT count(v), coalesce(sum(n) FILTER (v IS NULL), 0) FROM counted")[0]
    result.distinct, result.missing = int(distinct), int(missing)
    if result.distinct:
        _measure(stage, values, found, result)
    stage.ask("DROP TABLE counted")
    return result


def _measure(stage: Staging, values: str, found: ValueType, result: Profile) -> None:
    top = f"SELECT v, n FROM counted WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {TOP_VALUES}"
    if found.type is Type.TIMESTAMP:
        top = f"SELECT v::VARCHAR, n FROM ({top})"
    result.top = [(_plain(value, found.type), int(count)) for value, count in stage.ask(top, start=0.6, end=0.65)]
    if found.axis:
        _measure_numbers(stage, values, found, result)
    elif found.type is Type.BOOLEAN:
        result.min, result.max = stage.ask("SELECT min(v), max(v) FROM counted")[0]
    elif found.type is not Type.EMPTY:
        low, high, shortest, longest, letters = stage.ask(
            "SELECT min(v), max(v), min(length(v)), max(length(v)), sum(length(v) * n) FROM counted WHERE v IS NOT NULL"
        )[0]
        rows = int(stage.ask("SELECT sum(n) FROM counted WHERE v IS NOT NULL")[0][0])
        result.lengths = (int(shortest), int(longest), int(letters) / rows)
        if found.type is Type.TEXT:
            result.min, result.max = _plain(low, found.type), _plain(high, found.type)


def _measure_numbers(stage: Staging, values: str, found: ValueType, result: Profile) -> None:
    axis = found.axis
    limits = "min(v)::VARCHAR, max(v)::VARCHAR" if found.type is Type.TIMESTAMP else "min(v), max(v)"
    least, most, low, high, count, infinite = stage.ask(
        f"""SELECT {limits}, min(axis), max(axis), sum(n), (SELECT sum(n) FROM counted WHERE v IS NOT NULL) - sum(n)
            FROM (SELECT v, n, {axis} AS axis FROM counted) WHERE axis IS NOT NULL"""
    )[0]
    if count is None:
        result.infinite = int(stage.ask("SELECT sum(n) FROM counted WHERE v IS NOT NULL")[0][0])
        return
    result.infinite = int(infinite)
    result.min, result.max = _plain(least, found.type), _plain(most, found.type)
    shape = Distribution(stage, found, axes=f"(SELECT {axis} AS axis FROM {values})", count=int(count))
    result.mean, result.std = shape.mean_and_std()
    result.quantiles = shape.quantiles()
    result.histogram = shape.histogram(low, high)


def _plain(value: object, type: Type) -> Value:
    """Return a value of the engine as one of JSON."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if type is Type.TIMESTAMP:
        return str(value).replace(" ", "T").replace("+00", "Z")
    text = str(value)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
