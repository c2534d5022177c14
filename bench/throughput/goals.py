"""What the project promises of its speed, and whether the figures keep it. One place for the numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.throughput.contestant import BASE, SAME_PREFETCH
from bench.throughput.results import Results

_SQLITE, _POSTGRES = "jobdeck-sqlite", "jobdeck-postgresql"

_RATIOS = (
    (_SQLITE, BASE, 1.5, "raw Dramatiq at its defaults, SQLite"),
    (_SQLITE, SAME_PREFETCH, 0.6, "raw Dramatiq at prefetch 64, SQLite"),
    (_POSTGRES, SAME_PREFETCH, 0.5, "raw Dramatiq at prefetch 64, PostgreSQL"),
)
"""Whose jobs a second, divided by whose, have to be at least how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One promise. `found`: the median; None: it was not measured."""

    what: str
    goal: str
    found: float | None
    is_kept: bool


def verdicts(results: Results) -> Iterator[Verdict]:
    """Compare the medians with the promises."""
    for name, base, least, what in _RATIOS:
        yield _least(f"jobs/s ÷ {what}, drained", least, results.ratio(name, base, "drained", of="drained"))
    for started, figure in (("one by one", "per_second"), ("in bulk", "per_second_bulk")):
        for name, base, least, what in _RATIOS:
            yield _least(f"jobs/s ÷ {what}, started {started}", least, results.ratio(name, base, figure))
    for other in ("celery", "rq", "taskiq"):
        yield _least(f"jobs/s ÷ {other} with results, SQLite, one by one", 1.0, results.ratio(_SQLITE, other))
        drained = results.ratio(_SQLITE, other, "drained", of="drained")
        yield _least(f"jobs/s ÷ {other} with results, SQLite, drained", 1.0, drained)
    yield _least("starts/s, one by one, SQLite", 2_000, results.median(_SQLITE, "started"))
    yield _least("starts/s, 1,000 at once, SQLite", 15_000, results.median(_SQLITE, "started_bulk"))
    yield _most("pick-up, p50, ms, SQLite", 8, results.quantile(_SQLITE, 0.5))
    yield _most("pick-up, p95, ms, SQLite", 20, results.quantile(_SQLITE, 0.95))
    yield _most("ctx.progress, µs a call", 2, results.median(_SQLITE, "progress_us"))
    yield _most("ctx.track, µs an item", 1, results.median(_SQLITE, "track_us"))
    for shape, what in (("chain", "a chain of 1,000"), ("fan", "10,000 children and a fan-in")):
        figure = f"{shape}_per_second"
        yield _least(f"jobs/s ÷ Celery, {what}, SQLite", 1.0, results.ratio(_SQLITE, "celery", figure, of=figure))
        yield _least(f"jobs/s ÷ raw Dramatiq, {what}, SQLite", 0.5, results.ratio(_SQLITE, BASE, figure, of=figure))
        for name in (_SQLITE, _POSTGRES):
            yield _most(f"lost of {what}, a worker killed, {name}", 0, results.median(name, f"{shape}_lost"))
    yield _most("memory of everything, idle, 2 workers, MB", 300, results.memory())


def _least(what: str, goal: float, found: float | None) -> Verdict:
    return Verdict(what=what, goal=f"≥ {goal:,g}", found=found, is_kept=found is not None and found >= goal)


def _most(what: str, goal: float, found: float | None) -> Verdict:
    return Verdict(what=what, goal=f"≤ {goal:,g}", found=found, is_kept=found is not None and found <= goal)
