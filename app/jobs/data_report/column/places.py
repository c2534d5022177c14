"""Where the values of a column stand on an axis: counted here where they are few, in the engine where they are many.

A question to the engine costs some milliseconds, however small the table is. A file of a thousand columns and fifty
rows is therefore asked once for each column. What is asked of many values may spill to the disk.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, chain, pairwise, repeat
from operator import mul
from typing import TypeAlias

from app.jobs.data_report.table.staging import Staging

Place: TypeAlias = int | float
# Of more different numbers the sum is rounded once, which takes a tenth of the time.
MOST_EXACT = 1_000


class FewPlaces:
    """Each place once, in the order of the axis, and how often it occurs."""

    def __init__(self, places: Sequence[Place], times: Sequence[int]) -> None:
        """Both are equally long, and not empty."""
        self._places = places
        self._times = times
        self._up_to = list(accumulate(times))
        self.count = self._up_to[-1]
        self.low, self.high = places[0], places[-1]
        self._mean = self._exact_mean() if len(places) <= MOST_EXACT else self._total() / self.count

    def _exact_mean(self) -> Fraction:
        """Return the mean. Places of one denominator are added as whole numbers, which is fast."""
        numerators: dict[int, int] = {}
        for place, times in zip(self._places, self._times, strict=True):
            numerator, denominator = place.as_integer_ratio()
            numerators[denominator] = numerators.get(denominator, 0) + numerator * times
        common = max(numerators)  # each is a power of two
        total = sum(top * (common // below) for below, top in numerators.items())
        return Fraction(total, common * self.count)

    def _total(self) -> Fraction:
        """Return the sum of all places: of whole numbers exactly, of others rounded once."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return Fraction(sum(map(mul, self._places, self._times)))
        each = map(repeat, self._places, self._times)
        try:
            return Fraction(math.fsum(chain.from_iterable(each)))
        except OverflowError:
            return self._exact_mean() * self.count

    def mean(self) -> Fraction:
        """Return the mean: exactly, or of very many numbers from their sum, rounded once."""
        return self._mean

    def deviation(self) -> float | None:
        """Return the sample standard deviation; None where there is none."""
        if self.count < 2:
            return None
        mean = float(self._mean)
        distances = [float(place) - mean for place in self._places]
        try:
            spread = math.fsum(map(mul, map(mul, distances, distances), self._times)) / (self.count - 1)
        except OverflowError:
            return None
        return math.sqrt(spread) if math.isfinite(spread) else None

    def at_ranks(self, ranks: Sequence[int]) -> dict[int, Place]:
        """Return the places that stand at these ranks (from 0) when all are sorted."""
        return {rank: self._places[bisect_right(self._up_to, rank)] for rank in ranks}

    def between(self, edges: Sequence[float]) -> dict[int, int]:
        """Return how many stand between each two edges, as `numpy.histogram` counts them; the last edge belongs."""
        ends = [bisect_left(self._places, edge) for edge in edges[1:-1]]
        return self._counts(ends)

    def in_steps(self, low: int, step: int) -> dict[int, int]:
        """Return how many stand in each step of whole numbers from `low` on."""
        edges = range(low + step, int(self.high) + 1, step)
        return self._counts([bisect_left(self._places, edge) for edge in edges])

    def _counts(self, ends: Sequence[int]) -> dict[int, int]:
        """Return how many stand before each of these positions, and behind the last, since the one before."""
        up_to = [self._up_to[end - 1] if end else 0 for end in ends]
        return {bar: after - before for bar, (before, after) in enumerate(pairwise([0, *up_to, self.count]))}


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
