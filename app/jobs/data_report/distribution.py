"""How the numbers of a column are spread: mean, deviation, quantiles and histogram, all exact.

Dates and times count as numbers too: they are measured as days, microseconds or nanoseconds and written as
dates and times again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from app.jobs.data_report.moments import day_text, time_text
from app.jobs.data_report.table.staging import Staging
from app.jobs.data_report.value_type import MICROSECONDS, Type, ValueType

PROBABILITIES = (0.05, 0.25, 0.5, 0.75, 0.95)
LEAST_BARS, MOST_BARS = 5, 30
# Up to here the distinct values are walked through in Python; above, they are sorted by the engine, on disk if needed.
FEW_VALUES = 50_000
DAY_SECONDS = 86_400

Value: TypeAlias = int | float | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a histogram: values from `low` to below `high` (the last bar holds `high` too)."""

    low: Value
    high: Value
    count: int


class Distribution:
    """The `count` values of a column that have a place on an axis.

    `axes` is SQL for one place per row, in a column `axis`; table `counted` holds each distinct value `v` and its
    count `n`.
    """

    def __init__(self, stage: Staging, found: ValueType, *, axes: str, count: int, distinct: int) -> None:
        """Measure nothing yet."""
        self._stage = stage
        self._found = found
        self._axes = axes
        self._counted = f"(SELECT {found.axis} AS axis, n FROM counted) WHERE axis IS NOT NULL"
        self._count = count
        self._distinct = distinct

    def mean_and_std(self, exact: int | None) -> tuple[Value, float | None]:
        """Return the mean and the sample standard deviation (of numbers only).

        `exact` is the sum of all places where that is a whole number; the sum of others is compensated (Kahan).
        """
        query = f"SELECT fsum(axis::DOUBLE), stddev_samp(axis::DOUBLE) FROM {self._axes}"
        total, spread = self._stage.ask(query, start=0.65, end=0.75)[0]
        is_number = self._found.type in {Type.INTEGER, Type.NUMBER}
        std = spread if is_number and spread is not None and math.isfinite(spread) else None
        if exact is None:
            if not math.isfinite(total):
                query = f"SELECT fsum(axis::DOUBLE / {self._count}) FROM {self._axes}"
                return self._stage.ask(query)[0][0], std
            return total / self._count, std
        mean = Fraction(exact, self._count)
        return float(mean) if self._found.type is Type.INTEGER else value_at(self._found, mean), std

    def quantiles(self) -> dict[str, Value]:
        """Return the quantiles, interpolated between neighbours (type 7 of Hyndman and Fan, as in NumPy and R)."""
        places = {probability: Fraction(str(probability)) * (self._count - 1) for probability in PROBABILITIES}
        ranks = {math.floor(place) for place in places.values()} | {math.ceil(place) for place in places.values()}
        at = self._at_ranks(sorted(ranks))
        result: dict[str, Value] = {}
        for probability, place in places.items():
            low, high, share = at[math.floor(place)], at[math.ceil(place)], place - math.floor(place)
            if self._found.type is Type.NUMBER:
                between = float(low) * float(1 - share) + float(high) * float(share)
                result[str(probability)] = low if low == high else between
            else:
                result[str(probability)] = value_at(self._found, low + (high - low) * share)
        return result

    def _at_ranks(self, ranks: list[int]) -> dict[int, int | float]:
        """Return the places that stand at these ranks (from 0) when all are sorted."""
        ask = self._stage.ask
        if self._distinct <= FEW_VALUES:
            return self._walk(ranks)
        ask("SET preserve_insertion_order = true")  # so that the number of a row is its rank
        query = f"""CREATE OR REPLACE TEMP TABLE sorted AS
            SELECT axis FROM {self._axes} WHERE axis IS NOT NULL ORDER BY axis"""
        ask(query, start=0.75, end=0.9)
        wanted = ", ".join(map(str, ranks))
        at: dict[int, int | float] = dict(ask(f"SELECT rowid, axis FROM sorted WHERE rowid IN ({wanted})"))
        ask("DROP TABLE sorted")
        ask("SET preserve_insertion_order = false")
        return at

    def _walk(self, ranks: list[int]) -> dict[int, int | float]:
        found: dict[int, int | float] = {}
        waiting = list(reversed(ranks))
        passed = 0
        for place, times in self._stage.ask(f"SELECT axis, n FROM {self._counted} ORDER BY axis"):
            passed += times
            while waiting and waiting[-1] < passed:
                found[waiting.pop()] = place
        return found

    def histogram(self, low: int | float, high: int | float) -> list[Bar]:
        """Return bars of equal width from `low` to `high`; those of whole numbers and dates are whole numbers wide.

        Empty when the numbers lie too far apart for the width to be a number.
        """
        wanted = min(MOST_BARS, max(LEAST_BARS, math.ceil(math.sqrt(self._count))))
        if self._found.type is Type.NUMBER:
            low, high = float(low), float(high)
            if not math.isfinite(high - low):
                return []
            numbers = _edges(low, high, wanted)
            edges: Sequence[Value] = numbers
            place = _bar_of_number(numbers)
        else:
            step = -(-(int(high) - int(low) + 1) // wanted)
            bars = (int(high) - int(low)) // step + 1
            edges = [value_at(self._found, Fraction(int(low) + step * number)) for number in range(bars + 1)]
            place = "0" if bars == 1 else f"((axis::HUGEINT - ({low})::HUGEINT) // ({step})::HUGEINT)::INTEGER"
        bars = len(edges) - 1
        query = f"SELECT {place} AS place, sum(n) FROM {self._counted} GROUP BY place"
        counts = {int(number): int(times) for number, times in self._stage.ask(query, start=0.9, end=0.95)}
        return [Bar(low=edges[bar], high=edges[bar + 1], count=counts.get(bar, 0)) for bar in range(bars)]


def value_at(found: ValueType, place: int | float | Fraction) -> Value:
    """Return what stands at `place` on the axis: a whole number, a date, a time, or the number between two."""
    if found.type is Type.INTEGER:
        return int(place) if place == int(place) else float(place)
    if found.type is Type.DATE and place == int(place):
        return day_text(int(place))
    ticks = MICROSECONDS if found.type is Type.DATE else found.ticks_per_second
    moment = math.floor(place * DAY_SECONDS * ticks if found.type is Type.DATE else place)
    return time_text(moment, ticks_per_second=ticks) + ("Z" if found.has_zone else "")


def _edges(low: float, high: float, bars: int) -> list[float]:
    """Return the edges of `bars` bars, computed as `numpy.linspace` does; of one bar where all numbers are equal."""
    step = (high - low) / bars
    return [low + step * number for number in range(bars)] + [high] if high > low else [low, high]


def _bar_of_number(edges: Sequence[float], first: int = 0, last: int | None = None) -> str:
    """Return SQL for the bar, from `first` to `last`, in which a number stands: by halves, as in a search.

    A number is held against the edges themselves, as `numpy.histogram` does: dividing by the width puts one that lies
    on an edge into the wrong bar.
    """
    last = len(edges) - 2 if last is None else last
    if first == last:
        return str(first)
    middle = (first + last + 1) // 2
    below, above = _bar_of_number(edges, first, middle - 1), _bar_of_number(edges, middle, last)
    return f"CASE WHEN axis < {edges[middle]!r}::DOUBLE THEN {below} ELSE {above} END"
