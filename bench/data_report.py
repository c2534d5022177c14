"""Time, memory and the evenness of the bar of `data_report` on a CSV file of 1 GB.

    python bench/data_report.py                        one run on a mixed file of 1 GB
    python bench/data_report.py --shape unique         every value of every text column occurs once
    python bench/data_report.py --shape wide           500 columns
    python bench/data_report.py --megabytes 100 --keep report.html

Prints one line for each step, then the seconds, the peak memory of the process (resident, everything included), the
longest time without news, and how far the bar was from the time really passed. Run by hand; docs/decisions/0005 has
the figures.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.jobs.data_report import data_report
from app.queue import JobContext
from bench import arguments, ending

MEGABYTE = 1_000_000
# SQL of one row, `i` its number, and about how many bytes it takes.
SHAPES = {
    "mixed": (
        """i AS id, TIMESTAMP '2024-01-01' + to_seconds(i) AS time, 'station ' || (hash(i) % 40) AS station,
        round((hash(i * 7) % 1000000) / 1000000.0 * 40 - 10, 4) AS temperature,
        CASE WHEN hash(i * 3) % 50 <> 0 THEN hash(i * 11) % 101 END AS humidity, md5(i::VARCHAR) AS code,
        hash(i * 13) % 2 = 0 AS valid, CASE WHEN hash(i * 17) % 10 = 0 THEN 'a note, with comma ' || hash(i) % 1000
        END AS note""",
        91,
    ),
    "unique": ("md5(i::VARCHAR) AS a, sha256(i::VARCHAR) AS b, (hash(i) / 7)::DOUBLE AS c", 116),
    "wide": (", ".join(f"hash(i * 500 + {number}) % 1000000 AS c{number}" for number in range(500)), 3390),
}


class Noted(JobContext):
    """A context that keeps the times at which the bar moved."""

    def __init__(self) -> None:
        """Start the clock."""
        self.news: list[tuple[float, float, str]] = [(time.perf_counter(), 0.0, "")]
        self.files: dict[str, bytes] = {}

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Note the time."""
        self.news.append((time.perf_counter(), done, message or ""))

    def log(self, text: str, level: str = "info") -> None:
        """Say nothing."""

    def attach(self, name: str, data_or_path: str | bytes | Path, media_type: str | None = None) -> None:
        """Keep the file in memory."""
        assert isinstance(data_or_path, bytes)
        self.files[name] = data_or_path


def generate(path: Path, shape: str, megabytes: int) -> None:
    """Write the file in a process of its own, so that the memory it takes is not counted."""
    row, row_bytes = SHAPES[shape]
    query = f"COPY (SELECT {row} FROM range({megabytes * MEGABYTE // row_bytes}) AS t(i)) TO '{path}' (HEADER)"
    subprocess.run(
        [sys.executable, "-c", "import duckdb, sys; duckdb.connect().execute(sys.argv[1])", query], check=True
    )


def main() -> None:
    """Generate, run, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shape", choices=SHAPES, default="mixed")
    options.add_argument("--megabytes", type=arguments.at_least(1), default=1_000)
    options.add_argument("--keep", type=arguments.file_to_write, help="write the page of the report to this file")
    chosen = options.parse_args()
    ending.by_an_exception()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{chosen.shape}.csv"
        generate(path, chosen.shape, chosen.megabytes)
        say(f"{path.name}: {path.stat().st_size / MEGABYTE:,.0f} MB")
        ctx = Noted()
        result = data_report(ctx, path)
    say_news(ctx.news)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
    say(f"{result}\npeak memory {peak:,.0f} MiB")
    if chosen.keep:
        chosen.keep.write_bytes(ctx.files["report.html"])


def say(line: str) -> None:
    """Print one line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def say_news(news: list[tuple[float, float, str]]) -> None:
    """Print when each step began, and what the bar was worth."""
    start, end = news[0][0], news[-1][0]
    step = ""
    for moment, done, message in news:
        if message.split(":")[0] != step and (len(news) < 20_000 or "Profiling" not in message):
            step = message.split(":")[0]
            say(f"{moment - start:7.1f} s {done:5.1f}%  {step}")
    silence = max(after[0] - before[0] for before, after in pairwise(news))
    error = max(abs(done - 100 * (moment - start) / (end - start)) for moment, done, _ in news)
    say(
        f"{end - start:.1f} s; longest silence {silence:.2f} s; the bar at most {error:.0f} points from the time passed"
    )


if __name__ == "__main__":
    main()
