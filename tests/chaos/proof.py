"""Rounds with one guard switched off on purpose. Each must find what the guard prevents, or the check is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.invariants import DOUBLE, STUCK
from tests.chaos.round import Round
from tests.chaos.stage import stage

JOBS = 60
SECONDS = 30.0
"""For a recovery that is not to come, and for jobs that are not to end."""
_FILES = Path(__file__).with_name("guards_off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What is switched off, by which file, the fault that it is there for, and what must be found without it."""

    file: Path
    fault: Fault
    must_find: str


GUARDS: Mapping[str, Guard] = {
    "rescue": Guard(file=_FILES / "rescue.py", fault=FAULTS["kill all workers"], must_find=STUCK),
    "sending again": Guard(file=_FILES / "sending_again.py", fault=FAULTS["FLUSHALL"], must_find=STUCK),
    "fence": Guard(file=_FILES / "fence.py", fault=FAULTS["freeze a worker"], must_find=DOUBLE),
}


def find_without(name: str, folder: Path, *, seed: int, database: str) -> list[str]:
    """Play a round without a guard; return what was found of what must be, a line each. Empty: the check is blind."""
    guard = GUARDS[name]
    with stage(folder, seed=seed, database=database, more_jobs=[guard.file]) as scene:
        round_ = Round(scene, seed=seed, database=database, say=lambda _: None, deadline_seconds=SECONDS)
        outcome = round_.play(jobs=JOBS, faults=[guard.fault])
    return [
        f"{breach.what}: {len(breach.jobs)} jobs {breach.remark}".rstrip()
        for breach in outcome.breaches
        if breach.what == guard.must_find
    ]
