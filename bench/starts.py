"""How many jobs a program in Python starts in a second, one by one and 1,000 a call, for builds in turn.

    python -m bench.starts                                    this tree, SQLite and PostgreSQL
    python -m bench.starts before=../before here=.            two trees, one after the other in each round

Each round runs each build on an empty database, with a Valkey of its own and no worker: the client of `make bench`,
with the code of that tree. Printed: starts a second and the microseconds of the client's processor for each, one by one
and in bulk; at the end the medians of the rounds, and each build divided by the first (a median of ratios within a
round). Needs Linux, the packages of requirements-dev.lock, and for PostgreSQL its programs. Run by hand.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Literal

from bench import arguments, ending
from bench.throughput.contestant import Contestant
from bench.throughput.stage import Stage

Database = Literal["SQLite", "PostgreSQL"]
DATABASES: dict[str, Database] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
WARM_UP = 200
MICRO = 1e6
Figures = dict[str, float]


def main() -> None:
    """Measure the builds that were named, and print a table."""
    ending.by_an_exception()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="*", default=["here=."], metavar="NAME=FOLDER", help="trees with a .venv")
    parser.add_argument("--rounds", type=arguments.at_least(1), default=5, metavar="N", help="(5)")
    parser.add_argument("--starts", type=arguments.at_least(100), default=3000, metavar="N", help="one by one (3000)")
    parser.add_argument("--bulk", type=arguments.at_least(1000), default=10_000, metavar="N", help="in bulk (10000)")
    parser.add_argument("--database", choices=sorted(DATABASES), help="this one alone")
    asked = parser.parse_args()
    builds = {name: Path(folder).resolve() for name, _, folder in (one.partition("=") for one in asked.builds)}
    chosen = [DATABASES[asked.database]] if asked.database else list(DATABASES.values())
    taken: dict[tuple[Database, str], list[Figures]] = defaultdict(list)
    sys.stdout.write(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} before the first run\n")
    for number in range(asked.rounds):
        for database in chosen:
            for name, tree in list(builds.items())[:: 1 if number % 2 == 0 else -1]:
                figures = _one_run(tree, database, starts=asked.starts, bulk=asked.bulk)
                taken[database, name].append(figures)
                sys.stdout.write(f"round {number + 1}, {database}, {name}: {_line(figures)}\n")
                sys.stdout.flush()
    first = next(iter(builds))
    for (database, name), rounds in taken.items():
        sys.stdout.write(f"median, {database}, {name}: {_line(_median(rounds))}\n")
        if name != first:
            pairs = zip(rounds, taken[database, first], strict=True)
            ratios = [{what: figure / before[what] for what, figure in now.items()} for now, before in pairs]
            sys.stdout.write(f"  divided by {first}: {_line(_median(ratios), digits=2)}\n")


def _one_run(tree: Path, database: Database, *, starts: int, bulk: int) -> Figures:
    build = Contestant(
        name=f"jobdeck-{database.lower()}",
        title=str(tree),
        keeps="",
        app="jobdeck",
        commands=(),
        python=tree / ".venv/bin/python",
        environment={"PYTHONPATH": str(tree)},
        database=database,
    )
    with tempfile.TemporaryDirectory(prefix="jobdeck-starts-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as another user where this is root
        with Stage(build, Path(folder)) as stage:
            stage.ask("start", count=WARM_UP)
            figures: Figures = {}
            for what, do, count in (("one by one", "start", starts), ("in bulk", "start_bulk", bulk)):
                answer = stage.ask(do, count=count)
                figures[f"{what}, starts a second"] = count / (answer["ended"] - answer["began"])
                figures[f"{what}, processor µs"] = answer["cpu"] / count * MICRO
            return figures


def _median(rounds: list[Figures]) -> Figures:
    return {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}


def _line(figures: Figures, *, digits: int = 0) -> str:
    return "; ".join(f"{what} {figure:,.{digits}f}" for what, figure in figures.items())


if __name__ == "__main__":
    main()
