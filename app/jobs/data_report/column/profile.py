"""The profile of one column: every figure exact, from its distinct values and their counts."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from heapq import nlargest, nsmallest
from itertools import chain, islice
from operator import mul
from typing import Any

from app.jobs.data_report.column.counted import find_counted_type
from app.jobs.data_report.column.distribution import Bar, Value, deviation, histogram, mean, quantiles, value_at
from app.jobs.data_report.column.places import FewPlaces, ManyPlaces, Places
from app.jobs.data_report.column.shape import Type
from app.jobs.data_report.column.tally import Guess
from app.jobs.data_report.column.value_type import ValueType, find_type
from app.jobs.data_report.table.columns import Column, Loaded, Tally
from app.jobs.data_report.table.staging import Staging

TOP_VALUES = 10
LONGEST_TEXT = 2_000
# Up to so many distinct values are fetched and counted here: numbers and times, and texts, which take more memory.
FEW_VALUES, FEW_WORDS = 50_000, 10_000


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


def expected_costs(loaded: Loaded, guessed: Sequence[Guess]) -> list[float]:
    """Return how long each column will take compared with the others, so that the bar gives each its share.

    Measured with `bench/data_report.py`: few distinct values 0.3 s, many 4 s, all distinct 6 to 11 s (10 million rows).
    """
    if not guessed:
        return [1.0] * len(loaded.columns)
    return [1 + 6 * (guess.distinct > FEW_VALUES) + 6 * min(guess.distinct / loaded.rows, 1) for guess in guessed]


def profile(stage: Staging, loaded: Loaded, column: Column, tally: Tally | None = None) -> Profile:
    """Measure one column; fills the present step of the stage's meter. `tally`: its values, where they were counted.

    Raises:
        JobCancelled: the job is to stop.
    """
    found = find_type(stage, column) if tally is None else find_counted_type(stage, column, tally)
    result = Profile(name=column.name, type=found.type, marks=found.marks, note=found.note)
    if found.tally is not None:
        _measure_tally(loaded.rows, found, result, found.tally)
        return result
    values = f"(SELECT {found.value} AS v FROM {column.table})"
    counted = f"(SELECT v, count(*) AS n FROM {values} GROUP BY v)"
    few = FEW_VALUES if found.axis else FEW_WORDS
    if loaded.rows > few:
        query = f"CREATE OR REPLACE TEMP TABLE counted AS SELECT v, n FROM {counted}"
        is_few = int(stage.ask(query, start=0.25, end=0.6)[0][0]) <= few
        counted = "counted"
    else:
        is_few = True
    if found.axis:
        measure = _measure_few_numbers if is_few else _measure_many_numbers
        measure(stage, loaded.rows, found, result, values=values, counted=counted)
    else:
        (_measure_few_words if is_few else _measure_many_words)(stage, loaded.rows, found, result, counted=counted)
    return result


def _measure_tally(rows: int, found: ValueType, result: Profile, tally: Mapping[Any, int]) -> None:
    values = list(tally)
    if None in tally:
        values.remove(None)
    values.sort()
    counts = list(map(tally.__getitem__, values))
    shown = partial(value_at, found) if found.is_moment else _plain
    result.distinct, result.missing = len(values), rows - sum(counts)
    result.top = [(shown(value), times) for value, times in _most_often(values, counts)]
    if found.axis:
        # Numbers that are infinite stand at the ends.
        first, end = (
            bisect(values, math.copysign(math.inf, side)) for side, bisect in ((-1, bisect_right), (1, bisect_left))
        )
        result.infinite = sum(counts[:first]) + sum(counts[end:])
        if first < end:
            result.min, result.max = shown(values[first]), shown(values[end - 1])
            _spread(found, FewPlaces(values[first:end], counts[first:end]), result)
        return
    if values and found.type in {Type.TEXT, Type.BOOLEAN}:
        result.min, result.max = _plain(values[0]), _plain(values[-1])
    if values and found.type is not Type.BOOLEAN:
        lengths = list(map(len, values))
        result.lengths = (min(lengths), max(lengths), sum(map(mul, lengths, counts)) / sum(counts))


def _most_often(values: Sequence[Any], counts: Sequence[int]) -> Iterator[tuple[Any, int]]:
    """Yield the most frequent values with their counts; of equal ones in the order of `values`."""
    least = min(nlargest(TOP_VALUES, counts), default=0)
    more = sorted([pair for pair in zip(values, counts, strict=True) if pair[1] > least], key=lambda pair: -pair[1])
    equal = (pair for pair in zip(values, counts, strict=True) if pair[1] == least)
    return islice(chain(more, equal), TOP_VALUES)


def _measure_few_words(stage: Staging, rows: int, found: ValueType, result: Profile, *, counted: str) -> None:
    is_text = found.type is not Type.BOOLEAN
    value, length = (f"left(v, {LONGEST_TEXT + 1})", "length(v)") if is_text else ("v", "NULL")
    pairs = stage.ask(f"SELECT {value}, n, {length} FROM {counted} ORDER BY n DESC, v", start=0.6, end=1.0)
    present = [(value, int(times), letters) for value, times, letters in pairs if value is not None]
    _measure_counted_words(rows, found, result, present)


def _measure_counted_words(
    rows: int, found: ValueType, result: Profile, present: Sequence[tuple[Any, int, int]]
) -> None:
    """Measure values of a column in the order of their counts: (value, how often, how many letters)."""
    result.distinct = len(present)
    result.missing = rows - sum(times for _, times, _ in present)
    result.top = [(_plain(value), times) for value, times, _ in present[:TOP_VALUES]]
    if present and found.type in {Type.TEXT, Type.BOOLEAN}:
        result.min, result.max = (
            _plain(min(value for value, *_ in present)),
            _plain(max(value for value, *_ in present)),
        )
    if present and found.type is not Type.BOOLEAN:
        lengths = [letters for *_, letters in present]
        letters = sum(times * length for _, times, length in present)
        result.lengths = (min(lengths), max(lengths), letters / (rows - result.missing))


def _measure_many_words(stage: Staging, rows: int, found: ValueType, result: Profile, *, counted: str) -> None:
    distinct, missing, low, high, shortest, longest, letters = stage.ask(
        f"""SELECT count(v), coalesce(sum(n) FILTER (v IS NULL), 0), min(v), max(v),
            min(length(v)), max(length(v)), sum(length(v) * n) FROM {counted}""",
        start=0.6,
        end=0.95,
    )[0]
    result.distinct, result.missing = int(distinct), int(missing)
    if found.type is Type.TEXT:
        result.min, result.max = _plain(low), _plain(high)
    result.lengths = (int(shortest), int(longest), int(letters) / (rows - result.missing))
    result.top = _top(stage, found, counted)


def _measure_few_numbers(
    stage: Staging, rows: int, found: ValueType, result: Profile, *, values: str, counted: str
) -> None:
    shown = "NULL" if found.is_moment else "v"
    query = f"SELECT {shown}, n, {found.axis} AS axis, v IS NULL, {_text(found)} FROM {counted} ORDER BY axis, v"
    pairs = stage.ask(query, start=0.6, end=1.0)
    present = [(text or value, int(times), place) for value, times, place, is_missing, text in pairs if not is_missing]
    _measure_counted_numbers(rows, found, result, present)


def _measure_counted_numbers(
    rows: int, found: ValueType, result: Profile, present: Sequence[tuple[Any, int, int | float | None]]
) -> None:
    """Measure values of a column in their order: (value, how often, where on the axis)."""

    def shown(value: object, place: int | float | None) -> Value:
        return value_at(found, place) if found.is_moment and place is not None else _plain(value)

    result.distinct = len(present)
    result.missing = rows - sum(times for _, times, _ in present)
    most = nsmallest(TOP_VALUES, present, key=lambda one: -one[1])  # keeps the order of equal ones
    result.top = [(shown(value, place), times) for value, times, place in most]
    placed = [(value, times, place) for value, times, place in present if place is not None]
    result.infinite = sum(times for _, times, place in present if place is None)
    if placed:
        result.min, result.max = (shown(value, place) for value, _, place in (placed[0], placed[-1]))
        _spread(found, FewPlaces([place for *_, place in placed], [times for _, times, _ in placed]), result)


def _text(found: ValueType) -> str:
    """Return SQL for what is shown of a moment without a place, such as an infinite one; NULL of all others."""
    return f"CASE WHEN {found.axis} IS NULL THEN v::VARCHAR END" if found.is_moment else "NULL"


def _measure_many_numbers(
    stage: Staging, rows: int, found: ValueType, result: Profile, *, values: str, counted: str
) -> None:
    is_whole = found.type is not Type.NUMBER and not found.is_wide
    shown = "::VARCHAR" if found.is_moment else ""
    distinct, missing, count, least, most, low, high, total = stage.ask(
        f"""SELECT count(v), coalesce(sum(n) FILTER (v IS NULL), 0), coalesce(sum(n) FILTER (axis IS NOT NULL), 0),
            (min(v) FILTER (axis IS NOT NULL)){shown}, (max(v) FILTER (axis IS NOT NULL)){shown}, min(axis), max(axis),
            {"sum(axis::HUGEINT * n)" if is_whole else "NULL"}
            FROM (SELECT v, n, {found.axis} AS axis FROM {counted})"""
    )[0]
    result.distinct, result.missing = int(distinct), int(missing)
    result.infinite = rows - result.missing - int(count)
    result.top = _top(stage, found, counted)
    if not count:
        return
    if found.is_moment:
        result.min, result.max = value_at(found, low), value_at(found, high)
    else:
        result.min, result.max = _plain(least), _plain(most)
    places = ManyPlaces(
        stage,
        axes=f"(SELECT {found.axis} AS axis FROM {values})",
        counted=f"SELECT {found.axis} AS axis, n FROM {counted}",
        count=int(count),
        low=low,
        high=high,
        total=None if total is None else int(total),
    )
    _spread(found, places, result)


def _spread(found: ValueType, places: Places, result: Profile) -> None:
    result.mean, result.std = mean(found, places), deviation(found, places)
    result.quantiles = quantiles(found, places)
    result.histogram = histogram(found, places)


def _top(stage: Staging, found: ValueType, counted: str) -> list[tuple[Value, int]]:
    """Return the most frequent values and their counts; of equal ones the lesser value comes first."""
    # A date of another calendar than Python's, such as one before Christ, is written by its place on the axis.
    shown, axis = ("v::VARCHAR", found.axis) if found.is_moment else ("v", "NULL")
    query = f"SELECT {shown}, n, {axis} FROM {counted} WHERE v IS NOT NULL ORDER BY n DESC, v LIMIT {TOP_VALUES}"
    return [
        (_plain(value) if place is None else value_at(found, place), int(count))
        for value, count, place in stage.ask(query, start=0.95, end=1.0)
    ]


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
