"""Run all three on each file, and print the table."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench import arguments, ending

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
# Those that all three read by themselves; what a program of its own reads for the report has memory of its own.
SUFFIXES = {".csv": ",", ".tsv": "\t", ".json": "", ".ndjson": "", ".jsonl": "", ".parquet": ""}
SLOWEST, MORE_MEMORY = 2.0, 1.0

Measured = dict[str, Any]


def main() -> None:
    """Find the files, measure, print."""
    options = argparse.ArgumentParser(
        description=sys.modules["bench.beside"].__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("folder", type=arguments.readable_folder)
    options.add_argument("--files", type=arguments.at_least(1), default=10, help="so many of the largest")
    options.add_argument("--rounds", type=arguments.at_least(1), default=3)
    options.add_argument("--reference", type=Path, default=ROOT / ".venv-bench-data/bin/python")
    chosen = options.parse_args()
    ending.by_an_exception()
    contestants = {
        "Jobdeck": [sys.executable, "-m", "bench.beside.ours"],
        "pandas": [str(chosen.reference), str(HERE / "with_pandas.py")],
        "polars": [str(chosen.reference), str(HERE / "with_polars.py")],
    }
    begin, load = time.perf_counter(), os.getloadavg()[0]
    rows = []
    for path, first in _readable(chosen.folder, contestants, chosen.files):
        found = _rounds(path, contestants, chosen.rounds, first)
        rows.append(_row(path, chosen.folder, found, first["Jobdeck"]))
        sys.stderr.write(f"{rows[-1]}\n")
    taken = time.perf_counter() - begin
    loads = f"Load average {load:.1f} before, {os.getloadavg()[0]:.1f} at the end; it took {taken / 60:.1f} minutes."
    sys.stdout.write("\n".join([loads, "", *_HEAD, *rows]) + "\n")


def _readable(
    folder: Path, contestants: dict[str, list[str]], count: int
) -> Iterator[tuple[Path, dict[str, Measured]]]:
    """Yield the largest files that all three read alike, with a first run of each, which is not counted."""
    files = [path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file()]
    for path in sorted(files, key=lambda path: -path.stat().st_size):
        first = {name: _run(command, path) for name, command in contestants.items()}
        why = [f"{name}: {found['error']}" for name, found in first.items() if "error" in found]
        if not why and len({(found["rows"], found["columns"]) for found in first.values()}) > 1:
            why = [f"{name}: {found['rows']:,} by {found['columns']:,}" for name, found in first.items()]
        if why:
            sys.stderr.write(f"not read alike by all: {path.relative_to(folder)} ({'; '.join(why)})\n")
            continue
        yield path, first
        count -= 1
        if not count:
            return


def _rounds(
    path: Path, contestants: dict[str, list[str]], rounds: int, first: dict[str, Measured]
) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in first}
    for number in range(rounds):
        order = list(contestants)
        for name in order if number % 2 == 0 else reversed(order):
            found[name].append(_run(contestants[name], path))
    return found


def _run(command: Sequence[str], path: Path) -> Measured:
    done = subprocess.run(
        [*command, str(path), SUFFIXES[path.suffix]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or [f"status {done.returncode}"])[-1][:200]}
    answer: Measured = json.loads(done.stdout.splitlines()[-1])
    return answer


_HEAD = (
    "| file | MB | rows by columns | Jobdeck s | pandas s | polars s | ÷ the faster | of processor time |"
    " Jobdeck MB | pandas MB | polars MB | ÷ the smaller |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
)


def _row(path: Path, folder: Path, found: dict[str, list[Measured]], first: Measured) -> str:
    seconds, used, peaks, over = (
        {name: median(run[what] for run in runs) for name, runs in found.items()}
        for what in ("seconds", "processor_seconds", "peak_bytes", "over_loaded_bytes")
    )
    cells = [
        f"`{path.relative_to(folder)}`",
        f"{path.stat().st_size / 1e6:.1f}",
        f"{first['rows']:,} by {first['columns']:,}",
        *(f"{seconds[name]:.2f} ({used[name]:.2f})" for name in found),
        _against(seconds, SLOWEST),
        _against(used, SLOWEST),
        *(f"{peaks[name] / 1e6:,.0f} ({over[name] / 1e6:,.0f})" for name in found),
        _against(peaks, MORE_MEMORY),
    ]
    return f"| {' | '.join(cells)} |"


def _against(figures: dict[str, float], goal: float) -> str:
    """Return Jobdeck's figure divided by the lesser of the others; bold where it misses the goal."""
    ratio = figures["Jobdeck"] / min(figures["pandas"], figures["polars"])
    return f"{ratio:.2f}" if ratio <= goal else f"**{ratio:.2f}**"


if __name__ == "__main__":
    main()
