"""Where the values of a column stand on an axis: counted here where they are few, in the engine where they are many.

A question to the engine costs some milliseconds, however small the table is. A file of a thousand columns and fifty
rows is therefore asked once for each column. What is asked of many values may spill to the disk.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeAlias

from app.jobs.data_report.table.staging import Staging

Place: TypeAlias = int | float


class FewPlaces:
    """Each place and how often it occurs, in the order of the axis."""

    def __init__(self, counted: Sequence[tuple[Place, int]]) -> None:
        """`counted` is not empty."""
        self._counted = counted
        self.count = sum(times for _, times in counted)
        self.low, self.high = counted[0][0], counted[-1][0]
        self._mean = _total(counted) / self.count

    def mean(self) -> Fraction:
        """Return the mean, exactly."""
        return self._mean

    def deviation(self) -> float | None:
        """Return the sample standard deviation; None where there is none."""
        if self.count < 2:
            return None
        mean = float(self._mean)
        squares = ((float(place) - mean, times) for place, times in self._counted)
        try:
            spread = math.fsum(distance * distance * times for distance, times in squares) / (self.count - 1)
        except OverflowError:
            return None
        return math.sqrt(spread) if math.isfinite(spread) else None

    def at_ranks(self, ranks: Sequence[int]) -> dict[int, Place]:
        """Return the places that stand at these ranks (from 0, rising) when all are sorted."""
        found: dict[int, Place] = {}
        waiting = list(reversed(ranks))
        passed = 0
        for place, times in self._counted:
            passed += times
            while waiting and waiting[-1] < passed:
                found[waiting.pop()] = place
        return found

    def between(self, edges: Sequence[float]) -> dict[int, int]:
        """Return how many stand between each two edges, as `numpy.histogram` counts them; the last edge belongs."""
        return self._sums((min(bisect_right(edges, place), len(edges) - 1) - 1, n) for place, n in self._counted)

    def in_steps(self, low: int, step: int) -> dict[int, int]:
        """Return how many stand in each step of whole numbers from `low` on."""
        return self._sums(((int(place) - low) // step, times) for place, times in self._counted)

    def _sums(self, bars: Iterator[tuple[int, int]]) -> dict[int, int]:
        found: dict[int, int] = {}
        for bar, times in bars:
            found[bar] = found.get(bar, 0) + times
        return found


def _total(counted: Sequence[tuple[Place, int]]) -> Fraction:
    """Return the sum of all places, exactly. Those of one denominator are added as whole numbers, which is fast."""
    numerators: dict[int, int] = {}
    for place, times in counted:
        numerator, denominator = place.as_integer_ratio()
        numerators[denominator] = numerators.get(denominator, 0) + numerator * times
    return sum((Fraction(top, below) for below, top in numerators.items()), Fraction())


class ManyPlaces:
    """Places that only the engine holds.

    `axes` is SQL for one place per row, in a column `axis`; `counted` is SQL for each distinct place `axis` and its
    count `n`. `total`: the sum of all places, where that is a whole number.
    """

    def __init__(
        self, stage: Staging, *, axes: str, counted: str, count: int, low: Place, high: Place, total: int | None
    ) -> None:
        """Measure nothing yet."""
        self._stage = stage
        self._axes = axes
        self._counted = f"({counted}) WHERE axis IS NOT NULL"
        self._total = total
        self.count = count
        self.low, self.high = low, high

    def mean(self) -> Fraction | float:
        """Return the mean: exactly of whole numbers, of others from a compensated sum (Kahan)."""
        if self._total is not None:
            return Fraction(self._total, self.count)
        total = float(self._stage.ask(f"SELECT fsum(axis::DOUBLE) FROM {self._axes}", start=0.65, end=0.7)[0][0])
        if math.isfinite(total):
            return total / self.count
        return float(self._stage.ask(f"SELECT fsum(axis::DOUBLE / {self.count}) FROM {self._axes}")[0][0])

    def deviation(self) -> float | None:
        """Return the sample standard deviation; None where there is none."""
        spread = self._stage.ask(f"SELECT stddev_samp(axis::DOUBLE) FROM {self._axes}", start=0.7, end=0.75)[0][0]
        return spread if spread is not None and math.isfinite(spread) else None

    def at_ranks(self, ranks: Sequence[int]) -> dict[int, Place]:
        """Return the places that stand at these ranks (from 0) when all are sorted, on disk if needed."""
        ask = self._stage.ask
        ask("SET preserve_insertion_order = true")  # so that the number of a row is its rank
        query = f"""CREATE OR REPLACE TEMP TABLE sorted AS
            SELECT axis FROM {self._axes} WHERE axis IS NOT NULL ORDER BY axis"""
        ask(query, start=0.75, end=0.9)
        wanted = ", ".join(map(str, ranks))
        at: dict[int, Place] = dict(ask(f"SELECT rowid, axis FROM sorted WHERE rowid IN ({wanted})"))
        ask("DROP TABLE sorted")
        ask("SET preserve_insertion_order = false")
        return at

    def between(self, edges: Sequence[float]) -> dict[int, int]:
        """Return how many stand between each two edges, as `numpy.histogram` counts them; the last edge belongs."""
        return self._bars(_bar_of_number(edges))

    def in_steps(self, low: int, step: int) -> dict[int, int]:
        """Return how many stand in each step of whole numbers from `low` on."""
        return self._bars(f"((axis::HUGEINT - ({low})::HUGEINT) // ({step})::HUGEINT)::INTEGER")

    def _bars(self, bar: str) -> dict[int, int]:
        query = f"SELECT {bar} AS bar, sum(n) FROM {self._counted} GROUP BY bar"
        return {int(number): int(times) for number, times in self._stage.ask(query, start=0.9, end=0.95)}


Places: TypeAlias = FewPlaces | ManyPlaces


def _bar_of_number(edges: Sequence[float], first: int = 0, last: int | None = None) -> str:
    """Return SQL for the bar, from `first` to `last`, in which a number stands: by halves, as in a search.

    A number is held against the edges themselves: dividing by the width puts one that lies on an edge into the wrong
    bar.
    """
    last = len(edges) - 2 if last is None else last
    if first == last:
        return str(first)
    middle = (first + last + 1) // 2
    below, above = _bar_of_number(edges, first, middle - 1), _bar_of_number(edges, middle, last)
    return f"CASE WHEN axis < {edges[middle]!r}::DOUBLE THEN {below} ELSE {above} END"
