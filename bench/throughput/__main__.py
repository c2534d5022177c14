"""Run the comparison: `python -m bench.throughput`, in `.venv`. See docs/performance.md."""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from app.errors import AppError
from bench import arguments, ending
from bench.throughput import flows, measures, table
from bench.throughput.contestant import CONTESTANTS, SAME_PREFETCH, THEIRS, Contestant
from bench.throughput.history import Incomplete
from bench.throughput.machine import Machine
from bench.throughput.postgres import NoPostgres
from bench.throughput.results import Results
from bench.throughput.stage import RunFailed

_IN_BULK = {"throughput": "throughput in bulk", "start": "start in bulk"}
"""What is run beside a part for those that can start many jobs in one call."""
_FLOWS = ("chain", "fan", "killed chain", "killed fan")
"""What the part `flows` runs."""
PARTS = ("throughput", "start", "pickup", "progress", "flows", "memory")
BUSY_STATUS = 3
"""With `--strict`: other programs use this machine, nothing was measured."""


def main() -> int:
    """Measure what was asked for, print the table, and return the exit status."""
    ending.by_an_exception()
    asked = _read()
    chosen = [one for one in CONTESTANTS if any(one.name.startswith(name) for name in asked.only)]
    if any(one.python == THEIRS for one in chosen) and not THEIRS.exists():
        _say("The others are not installed: run `make bench`.")
        return 2
    results = Results()
    with tempfile.TemporaryDirectory(prefix="jobdeck-bench-", dir=asked.folder, ignore_cleanup_errors=True) as scratch:
        Path(scratch).chmod(0o711)  # PostgreSQL runs as another user where this is root
        machine = Machine(folder=Path(scratch))
        if machine.is_busy:
            load = f"the load average is {machine.load_before:.1f}"
            if asked.strict:
                _say(f"Nothing was measured: {load}. Close what runs beside it and wait until that is below 1.")
                return BUSY_STATUS
            _say(f"WARNING: {load}; these figures will not be fit to be quoted.")
        _measure(asked, chosen, results, machine)
    for line in table.lines(results, chosen, machine):
        sys.stdout.write(f"{line}\n")
    if asked.save:
        asked.save.write_text(json.dumps(results.raw(), indent=1))
    return 0


def _read() -> argparse.Namespace:
    names = tuple(one.name for one in CONTESTANTS)
    parser = argparse.ArgumentParser(prog="python -m bench.throughput", description=__doc__)
    parser.add_argument(
        "--only", type=_list(names, begin=True), default=names, help=f"begin of names, of {', '.join(names)}"
    )
    parser.add_argument("--what", type=_list(PARTS), default=list(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=arguments.at_least(1), default=3)
    parser.add_argument(
        "--jobs", type=arguments.at_least(2), default=10_000, help="jobs of a run (10000); slow ones do fewer"
    )
    parser.add_argument("--folder", type=arguments.folder, help="where the databases are for the time of a run")
    parser.add_argument("--save", type=arguments.file_to_write, help="write the figures of every run to this file")
    parser.add_argument(
        "--strict", action="store_true", help=f"where the machine is busy measure nothing, end with {BUSY_STATUS}"
    )
    return parser.parse_args()


def _list(allowed: tuple[str, ...], *, begin: bool = False) -> Callable[[str], list[str]]:
    """Return what reads words with commas between. `begin`: the beginnings of the allowed ones will do."""

    def split(text: str) -> list[str]:
        words = [word.strip() for word in text.split(",") if word.strip()]
        for word in words or [text]:
            if not (word in allowed or (begin and word and any(one.startswith(word) for one in allowed))):
                raise argparse.ArgumentTypeError(f"{word!r} is none of {', '.join(allowed)}")
        return words

    return split


def _measure(asked: argparse.Namespace, chosen: list[Contestant], results: Results, machine: Machine) -> None:
    """Do all runs, each in a new folder below the machine's, and say what each of them found."""
    for number, part, one in _order(asked.rounds, asked.what, chosen):
        machine.look()
        who = one.shown if one else "everything"
        folder = Path(tempfile.mkdtemp(dir=machine.folder))
        folder.chmod(0o711)
        try:
            said = _run(part, one, folder, results, number=number, jobs=asked.jobs)
        except (RunFailed, Incomplete, NoPostgres, AppError) as error:
            said = str(error)
            results.add_failure(who, part, said)
        _say(f"round {number}: {part}, {who}: {said}")


def _order(
    rounds: int, parts: list[str], contestants: list[Contestant]
) -> Iterator[tuple[int, str, Contestant | None]]:
    """Give the runs: in each round every contestant does every part, every second round the other way round."""
    for number in range(1, rounds + 1):
        for part in parts:
            if part == "memory":
                yield number, part, None
                continue
            for one in contestants if number % 2 else contestants[::-1]:
                if part == "progress" and not one.database:
                    continue
                if part == "flows":
                    yield from ((number, each, one) for each in _FLOWS if one.has_flows)
                    continue
                if part == "pickup" and one.name == SAME_PREFETCH:
                    continue  # who waits for one job does not fetch ahead
                yield number, part, one
                if part in _IN_BULK and one.database:
                    yield number, _IN_BULK[part], one


def _run(part: str, one: Contestant | None, folder: Path, results: Results, *, number: int, jobs: int) -> str:
    """Do one run, keep its figures, and return them for the person who waits."""
    if one is None:
        figures = measures.memory(folder)
        results.add_memory(figures)
        return _shown(figures)
    if part == "pickup":
        samples = measures.pickup(one, folder, seed=random.Random(number).randrange(1000))
        results.add_pick_ups(one.name, samples)
        return f"median {sorted(samples)[len(samples) // 2]:.3g} ms"
    runs: dict[str, Callable[[], measures.Figures]] = {
        "throughput": lambda: measures.throughput(one, folder, jobs=jobs),
        "start": lambda: measures.start(one, folder, jobs=jobs),
        "throughput in bulk": lambda: measures.throughput_bulk(one, folder, jobs=jobs),
        "start in bulk": lambda: measures.start_bulk(one, folder, jobs=jobs),
        "progress": lambda: measures.progress(one, folder),
        "chain": lambda: flows.flow("chain", one, folder),
        "fan": lambda: flows.flow("fan", one, folder),
        "killed chain": lambda: flows.killed("chain", one, folder),
        "killed fan": lambda: flows.killed("fan", one, folder),
    }
    figures = runs[part]()
    results.add(one.name, number, figures)
    return _shown(figures)


def _shown(figures: measures.Figures) -> str:
    return ", ".join(f"{name} {value:,.4g}" for name, value in figures.items())


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
