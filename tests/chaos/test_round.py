"""A short round, always the same: what `make chaos` does at length. It leaves out the steps of the clock, which need a
C compiler: what a step must not do is tested there without one, docs/guarantees.md says where.
"""

from pathlib import Path

from tests.chaos.faults import FAULTS
from tests.chaos.round import Round
from tests.chaos.stage import stage
from tests.chaos.table import complaints, stories
from tests.patience import patient

SEED, JOBS = 1, 60
SHORT = ("kill all workers", "FLUSHALL", "a job exits its process", "kill the web process")
LIMIT_SECONDS = 60.0
"""`make chaos` holds Jobdeck to 15 s; here the machine may do much else."""


def test_in_a_short_round_nothing_is_lost_stuck_or_done_twice(tmp_path: Path) -> None:
    said: list[str] = []

    with stage(tmp_path / "round", seed=SEED, database="sqlite") as scene:
        round_ = Round(scene, seed=SEED, database="sqlite", say=said.append)
        outcome = round_.play(jobs=JOBS, faults=[FAULTS[name] for name in SHORT])
        wrong = complaints(outcome, limit_seconds=patient(LIMIT_SECONDS))
        said += [
            *stories(outcome, scene.records, scene.notes),
            *(scene.instance.printed().splitlines()[-200:] if wrong else []),
        ]

    assert not wrong, "\n".join([f"seed {SEED}", *said, *wrong])
    assert (outcome.jobs >= JOBS, len(outcome.suffered)) == (True, len(SHORT))
