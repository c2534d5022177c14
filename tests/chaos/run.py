"""Run chaos and print its table.

    python -m tests.chaos.run                                          2,000 jobs and 40 faults on each database
    python -m tests.chaos.run --seed 7 --jobs 300 --faults 10 --database sqlite
    python -m tests.chaos.run --without-guards                         each guard off once: that must be found
    python -m tests.chaos.run --faults 6 --only 'clock 1 h forward' --only 'clock 1 h back'

The exit status is 1 if anything is lost, stuck, done twice or otherwise wrong, or if a recovery took too long; then the
folder with the database, what Jobdeck printed and what the jobs noted is kept, and named. SIGTERM and Ctrl-C end
the instance and its database, too, and remove the folder.
"""

import argparse
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import ending
from tests.chaos.clock import SteppedClock, missing
from tests.chaos.faults import FAULTS, draw
from tests.chaos.proof import GUARDS, find_without
from tests.chaos.round import Round
from tests.chaos.stage import stage
from tests.chaos.table import complaints, stories, table

DATABASES = ("sqlite", "postgresql")
WORST_RECOVERY_SECONDS = 15.0


def main() -> int:
    """Run what the command line asks for; return the exit status."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description="Break Jobdeck in every way, and count what is lost: nothing may be.")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--database", choices=DATABASES, action="append", help="default: each of them")
    parser.add_argument("--only", choices=FAULTS, action="append", help="only faults of this sort; default: all")
    parser.add_argument("--without-guards", action="store_true", help="switch each guard off, to see that it is found")
    asked = parser.parse_args()
    if asked.without_guards:
        databases = asked.database or DATABASES
        were_found = [prove(name, database, seed=asked.seed) for database in databases for name in GUARDS]
        return 0 if all(were_found) else 1
    are_well = [
        play(database, seed=asked.seed, jobs=asked.jobs, faults=asked.faults, only=asked.only or ())
        for database in asked.database or DATABASES
    ]
    return 0 if all(are_well) else 1


def play(database: str, *, seed: int, jobs: int, faults: int, only: Sequence[str]) -> bool:
    """Play a round on a database and print how it went; False: something was wrong.

    `only`: the sorts of faults; empty: all.
    """
    with _folder() as folder:
        return _play(folder, database, seed=seed, jobs=jobs, faults=faults, only=only)


def _play(folder: Path, database: str, *, seed: int, jobs: int, faults: int, only: Sequence[str]) -> bool:
    say(f"{database}, seed {seed}: {jobs} jobs, {faults} faults")
    drawn = draw(faults, seed=seed, sorts=only or FAULTS)
    clock = SteppedClock(folder) if missing() is None else None
    with stage(folder, seed=seed, database=database, clock=clock) as scene:
        outcome = Round(scene, seed=seed, database=database, say=say).play(jobs=jobs, faults=drawn)
        wrong = complaints(outcome, limit_seconds=WORST_RECOVERY_SECONDS)
        for text in stories(outcome, scene.records, scene.notes):
            say(text)
        if wrong:
            shutil.copytree(scene.instance.data_dir, folder / "kept", ignore=shutil.ignore_patterns("*.sock"))
    say(table(outcome))
    for complaint in wrong:
        say(complaint)
    if wrong:
        options = f"--seed {seed} --jobs {jobs} --faults {faults} --database {database}"
        options += "".join(f" --only '{name}'" for name in only)
        say(f"Everything is in {folder}; to repeat: {options}")
    else:
        shutil.rmtree(folder)
    return not wrong


def prove(name: str, database: str, *, seed: int) -> bool:
    """Play a round without a guard and say what it found; False: nothing, so the check cannot fail."""
    with _folder() as folder:
        found = find_without(name, folder, seed=seed, database=database)
        shutil.rmtree(folder)
    say(f"{database}, without {name}: {'; '.join(found) or 'NOTHING WAS FOUND'}")
    return bool(found)


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder, which is left alone, unless this run is told to end meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="jobdeck-chaos-"))
    try:
        yield folder
    except SystemExit:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
