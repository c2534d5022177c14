"""Time, memory and the evenness of the bar of `disk_usage` and `find_duplicates` on a folder of many files.

    python bench/folders.py                            300,000 files in 30,000 folders
    python bench/folders.py --files 1000000            as many as one likes; each takes an inode and no room
    python bench/folders.py --shape flat               all in one folder
    python bench/folders.py --shape linked             each file has a second name
    python bench/folders.py --folder /usr              a real folder, which is only read

Prints for each kind the seconds, the files a second, the peak memory of its process above that of its imports, the
longest time without news, and how far the bar was from the time really passed. Run by hand.
"""

import argparse
import multiprocessing
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from app.jobs.disk_usage.writing import write_report as write_usage
from app.jobs.find_duplicates.writing import write_report as write_duplicates
from app.queue import JobContext
from bench import arguments, ending

KINDS: dict[str, Callable[..., str]] = {
    "disk_usage": partial(write_usage, other_file_systems=False),
    "find_duplicates": partial(write_duplicates, other_file_systems=False, min_size_bytes=1),
}
FILES_IN_A_FOLDER = 10
DEEPEST = 12


class Noted(JobContext):
    """A context that keeps the times at which the bar moved."""

    def __init__(self) -> None:
        """Start the clock."""
        self.news: list[tuple[float, float]] = [(time.perf_counter(), 0.0)]
        self._last = ""

    def progress(self, done: float, total: float | None = None, message: str | None = None) -> None:
        """Note the time, ten times a second as the reporter does."""
        now = time.perf_counter()
        if now - self.news[-1][0] >= 0.1 or done >= 100:
            self.news.append((now, done))

    @property
    def cancelled(self) -> bool:
        """Never stop."""
        return False

    def log(self, text: str, level: str = "info") -> None:
        """Say nothing."""

    def attach(self, name: str, data_or_path: str | bytes | Path, media_type: str | None = None) -> None:
        """Forget the file."""


def fill(root: Path, files: int, shape: str) -> None:
    """Make files of random lengths without content, in a tree of at most `DEEPEST` levels."""
    chance = random.Random(1)
    folders = [str(root)]
    if shape != "flat":
        for number in range(files // FILES_IN_A_FOLDER):
            # Mostly among the newest folders, so that some branches grow deep and others stay small.
            above = folders[-1 - int(chance.random() ** 3 * min(len(folders), 5_000))]
            while above.count("/") - str(root).count("/") >= DEEPEST:
                above = os.path.dirname(above)
            folders.append(f"{above}/folder {number}")
            os.mkdir(folders[-1])
    names = 2 if shape == "linked" else 1
    for number in range(files // names):
        path = f"{chance.choice(folders)}/a file of an ordinary name {number}.txt"
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
        os.truncate(descriptor, int(chance.paretovariate(0.8) * 100) % 10_000_000_000)
        os.close(descriptor)
        if names == 2:
            os.link(path, f"{chance.choice(folders)}/second name {number}")


def measure(name: str, folder: Path) -> None:
    """Run one kind and print. Its process has nothing else to do, so that its peak is its own."""
    ending.by_an_exception()
    before = peak_megabytes()
    ctx = Noted()
    result = KINDS[name](ctx, folder)
    start, end = ctx.news[0][0], ctx.news[-1][0]
    silence = max(after[0] - one[0] for one, after in pairwise(ctx.news))
    error = max(abs(done - 100 * (moment - start) / (end - start)) for moment, done in ctx.news)
    say(
        f"{name}: {result}\n  {end - start:.1f} s; memory {before:.0f} MiB + {peak_megabytes() - before:.0f} MiB;"
        f" longest silence {silence:.2f} s; the bar at most {error:.0f} points from the time passed"
    )


def peak_megabytes() -> float:
    """Return the most memory this process ever had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)


def say(line: str) -> None:
    """Print one line now."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Make the folder, run both kinds, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", type=arguments.at_least(1), default=300_000)
    options.add_argument("--shape", choices=("tree", "flat", "linked"), default="tree")
    options.add_argument("--folder", type=arguments.readable_folder)
    options.add_argument("--kind", choices=KINDS, action="append")
    chosen = options.parse_args()
    ending.by_an_exception()
    with tempfile.TemporaryDirectory() as scratch:
        folder = chosen.folder or Path(scratch) / "tree"
        if chosen.folder is None:
            folder.mkdir()
            start = time.perf_counter()
            fill(folder, chosen.files, chosen.shape)
            say(f"{chosen.files:,} files ({chosen.shape}) made in {time.perf_counter() - start:.0f} s")
        for name in chosen.kind or KINDS:
            process = multiprocessing.get_context("spawn").Process(target=measure, args=(name, folder))
            process.start()
            try:
                process.join()
            finally:
                process.kill()


if __name__ == "__main__":
    main()
