"""The figures of all rounds, and what is made of them: medians, ranges, ratios within a round."""

import statistics
from collections import defaultdict
from typing import Any

Rounds = dict[int, dict[str, float]]


class Results:
    """Figures by contestant and round. A figure that could not be had leaves its reason."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._figures: dict[str, Rounds] = defaultdict(lambda: defaultdict(dict))
        self._pick_ups: dict[str, list[float]] = defaultdict(list)
        self._memory: list[dict[str, float]] = []
        self._failures: dict[tuple[str, str], list[str]] = {}

    def add(self, name: str, round_number: int, figures: dict[str, float]) -> None:
        """Take in the figures of one run."""
        self._figures[name][round_number].update(figures)

    def add_pick_ups(self, name: str, milliseconds: list[float]) -> None:
        """Take in the samples of one run."""
        self._pick_ups[name].extend(milliseconds)

    def add_memory(self, megabytes: dict[str, float]) -> None:
        """Take in the processes of one run."""
        self._memory.append(megabytes)

    def add_failure(self, name: str, part: str, reason: str) -> None:
        """Note that a run has no figures."""
        parts = self._failures.setdefault((name, reason), [])
        if part not in parts:
            parts.append(part)

    def failures(self) -> list[str]:
        """Return a sentence for each reason that a contestant has no figures."""
        return [f"{name}, no figures for {', '.join(parts)}: {why}" for (name, why), parts in self._failures.items()]

    def values(self, name: str, figure: str) -> list[float]:
        """Return a figure of every round that has it."""
        return [figures[figure] for figures in self._figures[name].values() if figure in figures]

    def median(self, name: str, figure: str) -> float | None:
        """Return the median over the rounds; None: no round has the figure."""
        values = self.values(name, figure)
        return statistics.median(values) if values else None

    def ratios(self, name: str, base: str, figure: str = "per_second", *, of: str = "per_second") -> list[float]:
        """Return the ratio of a figure to the figure `of` of another contestant, in every round that has both."""
        mine, others = self._figures[name], self._figures[base]
        return [
            mine[number][figure] / others[number][of]
            for number in mine
            if figure in mine[number] and of in others[number]
        ]

    def ratio(self, name: str, base: str, figure: str = "per_second", *, of: str = "per_second") -> float | None:
        """Return the median of the ratios; None: no round has both."""
        ratios = self.ratios(name, base, figure, of=of)
        return statistics.median(ratios) if ratios else None

    def quantile(self, name: str, share: float) -> float | None:
        """Return a quantile of all pick-ups, in milliseconds; None: there are none."""
        samples = sorted(self._pick_ups[name])
        return samples[min(len(samples) - 1, int(share * len(samples)))] if samples else None

    def pick_ups(self, name: str) -> int:
        """Return how many samples there are."""
        return len(self._pick_ups[name])

    def memory(self) -> float | None:
        """Return the median of the sums, in MB; None: it was not measured."""
        return statistics.median(sum(one.values()) for one in self._memory) if self._memory else None

    def memory_parts(self) -> dict[str, float]:
        """Return the processes of the last run, in MB."""
        return self._memory[-1] if self._memory else {}

    def raw(self) -> dict[str, Any]:
        """Return everything, to be kept as JSON."""
        return {
            "figures": {name: dict(rounds) for name, rounds in self._figures.items()},
            "pick_ups_ms": dict(self._pick_ups),
            "memory_mb": self._memory,
            "failures": self.failures(),
        }
