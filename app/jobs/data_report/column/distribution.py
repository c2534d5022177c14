"""How the numbers of a column are spread: mean, deviation, quantiles and histogram, all exact.

Dates and times count as numbers too: they are measured as days, microseconds or nanoseconds and written as
dates and times again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from app.jobs.data_report.column.moments import day_text, time_text
from app.jobs.data_report.column.places import Places
from app.jobs.data_report.column.shape import Type
from app.jobs.data_report.column.value_type import MICROSECONDS, ValueType

PERCENTILES = (5, 25, 50, 75, 95)
LEAST_BARS, MOST_BARS = 5, 30
DAY_SECONDS = 86_400

Value: TypeAlias = int | float | str | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar of a histogram: values from `low` to below `high` (the last bar holds `high` too)."""

    low: Value
    high: Value
    count: int


def mean(found: ValueType, places: Places) -> Value:
    """Return the mean."""
    exact = places.mean()
    return value_at(found, exact) if found.is_moment else float(exact)


def deviation(found: ValueType, places: Places) -> float | None:
    """Return the sample standard deviation; None of dates and times, and where there is none."""
    return None if found.is_moment else places.deviation()


def quantiles(found: ValueType, places: Places) -> dict[str, Value]:
    """Return the quantiles, interpolated between neighbours (`app.reports.words.PERCENTILE_RULE`)."""
    # Of each its rank, and how many hundredths of the way to the next one.
    ranks = {percentile: divmod(percentile * (places.count - 1), 100) for percentile in PERCENTILES}
    at = places.at_ranks(sorted({rank + step for rank, part in ranks.values() for step in (0, part > 0)}))
    result: dict[str, Value] = {}
    for percentile, (rank, part) in ranks.items():
        low, high = at[rank], at[rank + (part > 0)]
        if found.type is Type.NUMBER:
            between = float(low) * ((100 - part) / 100) + float(high) * (part / 100)
            value: Value = low if low == high else between
        else:
            value = value_at(found, low if low == high else low + (high - low) * Fraction(part, 100))
        result[str(percentile / 100)] = value
    return result


def histogram(found: ValueType, places: Places) -> list[Bar]:
    """Return bars of equal width over all places; those of whole numbers and dates are whole numbers wide.

    Empty when the numbers lie too far apart for the width to be a number.
    """
    wanted = min(MOST_BARS, max(LEAST_BARS, math.ceil(math.sqrt(places.count))))
    edges: Sequence[Value]
    if found.type is Type.NUMBER:
        low, high = float(places.low), float(places.high)
        if not math.isfinite(high - low):
            return []
        edges = numbers = _edges(low, high, wanted)
        counts = places.between(numbers)
    else:
        first, span = int(places.low), int(places.high) - int(places.low)
        step = -(-(span + 1) // wanted)
        edges = [value_at(found, first + step * number) for number in range(span // step + 2)]
        counts = places.in_steps(first, step)
    return [Bar(low=edges[bar], high=edges[bar + 1], count=counts.get(bar, 0)) for bar in range(len(edges) - 1)]


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
