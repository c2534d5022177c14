"""The table at the end of a chaos run, and what one needs to look into a breach."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median

from tests.chaos.invariants import DOUBLE, LOST, STUCK
from tests.chaos.records import Records
from tests.chaos.round import Outcome

SHOWN_JOBS = 5
_ROW = "{:24} {:>7} {:>9} {:>9}"


def table(outcome: Outcome) -> str:
    """Write what a round showed."""
    return "\n".join(_lines(outcome))


def complaints(outcome: Outcome, *, limit_seconds: float) -> list[str]:
    """Say what is wrong with a round; empty: nothing is.

    Args:
        outcome: of the round.
        limit_seconds: the longest that it may take to recover from a fault.
    """
    found = []
    for breach in outcome.breaches:
        jobs = f" (jobs {', '.join(f'#{job_id}' for job_id in breach.jobs)})" if breach.jobs else ""
        found.append(f"{breach.what}{jobs} {breach.remark}".rstrip())
    found += [f"too slow: {one}" for one in outcome.suffered if one.seconds is None or one.seconds > limit_seconds]
    return found


def story(records: Records, job_id: int, notes: Path) -> str:
    """Write what happened to a job: its transitions, its attempts, and what it noted itself."""
    moves = records.read("SELECT * FROM transition WHERE job_id = :id ORDER BY id", id=job_id)
    attempts = records.read("SELECT * FROM attempt WHERE job_id = :id ORDER BY number", id=job_id)
    noted = notes / f"{job_id}.notes"
    lines = [f"Job #{job_id}", "  " + str(records.read("SELECT * FROM job WHERE id = :id", id=job_id))]
    lines += [f"  {move.at} {move.from_state} → {move.to_state}: {move.reason} ({move.worker})" for move in moves]
    lines += [f"  attempt {one.number}: {one.outcome} at {one.worker} {one.worker_id}" for one in attempts]
    lines.append("  noted: " + (", ".join(noted.read_text().splitlines()) if noted.exists() else "nothing"))
    return "\n".join(lines)


def stories(outcome: Outcome, records: Records, notes: Path) -> Iterator[str]:
    """Write what happened to the first jobs of each breach."""
    for breach in outcome.breaches:
        for job_id in islice(breach.jobs, SHOWN_JOBS):
            yield story(records, job_id, notes)


def _lines(outcome: Outcome) -> Iterator[str]:
    yield f"{outcome.database}, seed {outcome.seed}, {outcome.seconds:.0f} s"
    yield _ROW.format("fault", "times", "median s", "worst s")
    names = sorted({one.name for one in outcome.suffered})
    for name, seconds in [*((name, outcome.recoveries(name)) for name in names), ("all", outcome.recoveries())]:
        yield _ROW.format(name, len(seconds), *(f"{one:.1f}" for one in (median(seconds), max(seconds))))
    for name, reason in outcome.left_out.items():
        yield f"{name}: left out, {reason}"
    figures = {
        "faults": len(outcome.suffered),
        "jobs": outcome.jobs,
        LOST: outcome.count(LOST),
        STUCK: outcome.count(STUCK),
        DOUBLE: outcome.count(DOUBLE),
        "other breaches": sum(breach.what not in (LOST, STUCK, DOUBLE) for breach in outcome.breaches),
        "attempts wasted": outcome.wasted,
    }
    yield ", ".join(f"{name} {number}" for name, number in figures.items())
