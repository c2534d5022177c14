"""Run chaos and print its table.

    python -m tests.chaos.run                                          2,000 jobs and 40 faults on each database
    python -m tests.chaos.run --seed 7 --jobs 300 --faults 10 --database sqlite

The exit status is 1 if anything is lost, stuck, done twice or otherwise wrong, or if a recovery took too long; then the
folder with the database, what Jobdeck printed and what the jobs noted is kept, and named.
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.faults import draw
from tests.chaos.round import Round
from tests.chaos.stage import stage
from tests.chaos.table import complaints, stories, table

DATABASES = ("sqlite", "postgresql")
WORST_RECOVERY_SECONDS = 15.0


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(description="Break Jobdeck in every way, and count what is lost: nothing may be.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--database", choices=DATABASES, action="append", help="default: each of them")
    asked = parser.parse_args()
    are_well = [
        play(database, seed=asked.seed, jobs=asked.jobs, faults=asked.faults)
        for database in asked.database or DATABASES
    ]
    return 0 if all(are_well) else 1


def play(database: str, *, seed: int, jobs: int, faults: int, limit_seconds: float = WORST_RECOVERY_SECONDS) -> bool:
    """Play a round on a database and print how it went; False: something was wrong."""
    folder = Path(tempfile.mkdtemp(prefix="jobdeck-chaos-"))
    say(f"{database}, seed {seed}: {jobs} jobs, {faults} faults")
    with stage(folder, seed=seed, database=database) as scene:
        outcome = Round(scene, seed=seed, database=database, say=say).play(jobs=jobs, faults=draw(faults, seed=seed))
        wrong = complaints(outcome, limit_seconds=limit_seconds)
        for text in stories(outcome, scene.records, scene.notes):
            say(text)
        if wrong:
            shutil.copytree(scene.instance.data_dir, folder / "kept", ignore=shutil.ignore_patterns("*.sock"))
    say(table(outcome))
    for complaint in wrong:
        say(complaint)
    if wrong:
        say(
            f"Everything is in {folder}; to repeat: --seed {seed} --jobs {jobs} --faults {faults} --database {database}"
        )
    else:
        shutil.rmtree(folder)
    return not wrong


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
