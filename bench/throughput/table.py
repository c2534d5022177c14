"""The table that is printed: Markdown, to be pasted into docs/performance.md."""

from collections.abc import Iterator, Sequence

from bench.throughput.contestant import BASE, SAME_PREFETCH, Contestant
from bench.throughput.goals import verdicts
from bench.throughput.machine import Machine
from bench.throughput.results import Results

_CPU = ("cpu_client", "cpu_workers", "cpu_server", "cpu_database")
_HEADINGS = (
    "",
    "jobs/s",
    "÷ raw Dramatiq",
    "÷ at prefetch 64",
    "jobs/s, started in bulk",
    "drained jobs/s",
    "CPU µs a job: client + workers + Redis (+ PostgreSQL)",
    "started/s",
    "started/s in bulk",
    "pick-up ms p50 / p95",
    "n",
    "runs",
    "workers",
    "what is kept of a job",
)


_FLOW_HEADINGS = (
    "flows",
    "chain of 1,000: jobs/s",
    "10,000 children, one fan-in: jobs/s",
    "a worker killed: lost of the chain",
    "run twice",
    "seconds",
    "lost of the fan",
    "run twice",
    "seconds",
)
_FLOW_FIGURES = (
    *("chain_per_second", "fan_per_second", "chain_lost", "chain_twice", "chain_killed_seconds"),
    *("fan_lost", "fan_twice", "fan_killed_seconds"),
)


def lines(results: Results, contestants: Sequence[Contestant], machine: Machine) -> Iterator[str]:
    """Write the table, what could not be measured, and the goals."""
    yield machine.sentence()
    yield ""
    if machine.is_busy:
        yield from _warning(machine)
    yield _row(_HEADINGS)
    yield _row(["---"] * len(_HEADINGS))
    for one in contestants:
        yield _row(_cells(results, one))
    yield ""
    yield from _flows(results, contestants)
    yield from results.failures()
    yield from _goals(results)
    if machine.is_busy:
        yield from _warning(machine)


def _flows(results: Results, contestants: Sequence[Contestant]) -> Iterator[str]:
    """Write the table of flows; nothing where none was measured."""
    if not any(results.values(one.name, "chain_per_second") for one in contestants):
        return
    yield _row(_FLOW_HEADINGS)
    yield _row(["---"] * len(_FLOW_HEADINGS))
    for one in contestants:
        if one.has_flows:
            figures = [_spread(results.values(one.name, name)) for name in _FLOW_FIGURES]
            yield _row([f"**{one.shown}**" if one.database else one.shown, *figures])
    yield ""


def _cells(results: Results, one: Contestant) -> list[str]:
    jobs = results.median(one.name, "jobs")
    cpu = [results.median(one.name, name) for name in _CPU]
    p50, p95 = (results.quantile(one.name, share) for share in (0.5, 0.95))
    return [
        f"**{one.shown}**" if one.database else one.shown,
        _spread(results.values(one.name, "per_second")),
        _spread(results.ratios(one.name, BASE)),
        _spread(results.ratios(one.name, SAME_PREFETCH)),
        _spread(results.values(one.name, "per_second_bulk")),
        _spread(results.values(one.name, "drained")),
        " + ".join(f"{value:,.0f}" for value in cpu if value is not None) or "-",
        _spread(results.values(one.name, "started")),
        _spread(results.values(one.name, "started_bulk")),
        "-" if p50 is None or p95 is None else f"{p50:.3g} / {p95:.3g} (of {results.pick_ups(one.name)})",
        "-" if jobs is None else f"{jobs:,.0f}",
        str(len(results.values(one.name, "per_second"))),
        one.width,
        one.keeps,
    ]


def _spread(values: Sequence[float]) -> str:
    """Write a median with its range; a dash where there is none."""
    if not values:
        return "-"
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return _number(median) + (f" ({_number(ordered[0])}-{_number(ordered[-1])})" if len(ordered) > 1 else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _goals(results: Results) -> Iterator[str]:
    yield ""
    yield _row(("goal", "", "median", ""))
    yield _row(["---"] * 4)
    for one in verdicts(results):
        said = "not measured" if one.found is None else "kept" if one.is_kept else "**missed**"
        yield _row((one.what, one.goal, "-" if one.found is None else _number(one.found), said))
    if parts := results.memory_parts():
        yield ""
        yield "Memory: " + ", ".join(f"{name} {value:.0f}" for name, value in parts.items()) + " MB."
    yield ""


def _warning(machine: Machine) -> Iterator[str]:
    yield (
        f"**DO NOT QUOTE THESE FIGURES: the load average was {machine.load_before:.1f} before the first run. "
        "Other programs took part of this machine.**"
    )
    yield ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
