"""A long history: make one, and measure Jobdeck on it.

    python -m bench.million seed --jobs 1000000 --data-dir FOLDER
    python -m bench.million measure --data-dir FOLDER

With `--database URL` instead of `--data-dir` both use that PostgreSQL database. See docs/performance.md.
"""

import argparse
import sys
import time
from pathlib import Path

from app.errors import AppError
from bench import arguments, ending
from bench.million.loading import NotEmpty, index_texts, seed
from bench.million.measuring import NotReady, measure


def main() -> int:
    """Do what was asked for and return the exit status."""
    ending.by_an_exception()
    asked = _read()
    try:
        if asked.act == "seed":
            url, began = asked.database or _sqlite_in(asked.data_dir), time.monotonic()
            seed(url, asked.jobs, seed=asked.seed)
            _say(f"{asked.jobs:,} jobs in {time.monotonic() - began:.0f} s")
            began = time.monotonic()
            index_texts(url)
            _say(f"the index of their texts in {time.monotonic() - began:.0f} s")
        else:
            _say("| | p50, ms | p95, ms | CPU, ms | found |\n| --- | --- | --- | --- | --- |")
            for one in measure(
                data_dir=asked.data_dir, database=asked.database, rounds=asked.rounds, prunes=asked.prune
            ):
                _say(f"| {one.what} | {one.p50} | {one.p95} | {one.cpu} | {one.remark} |")
    except (AppError, NotEmpty, NotReady) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.million", description="Make a long history, and measure it.")
    acts = parser.add_subparsers(dest="act", required=True)
    making = acts.add_parser("seed", help="fill an empty database")
    making.add_argument("--jobs", type=arguments.at_least(1), default=1_000_000, help="how many (1000000)")
    making.add_argument("--seed", type=int, default=1, help="the same number tells the same story (1)")
    measuring = acts.add_parser("measure", help="start Jobdeck on it and print a table")
    measuring.add_argument("--rounds", type=arguments.at_least(1), default=20, help="how often each is asked (20)")
    measuring.add_argument("--prune", action="store_true", help="at the end remove the older half")
    for one in (making, measuring):
        place = one.add_mutually_exclusive_group(required=True)
        place.add_argument("--data-dir", type=Path, help="a data folder, for SQLite; made where there is none")
        place.add_argument("--database", metavar="URL", help="a PostgreSQL database: postgresql+psycopg://...")
    return parser.parse_args()


def _sqlite_in(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return f"sqlite:///{folder.resolve() / 'jobdeck.db'}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
