"""The whole way from a folder to the files of its report."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from app.jobs.find_duplicates.candidates import Candidate, Candidates, private_database
from app.jobs.find_duplicates.hashing import Changed, hash_ends, hash_whole
from app.jobs.find_duplicates.page import as_page
from app.jobs.find_duplicates.report import Report
from app.queue import JobContext, JobError
from app.reports.words import counted, size
from app.tree import Tree, reason

# Where the bar stands after the walk and after the reading. What lies between is divided by how long comparing the ends
# and reading everything will take, from what bench/folders.py needed on a warm cache.
WALKED_PERCENT, READ_PERCENT = 10.0, 99.0
OPENING_SECONDS, READ_BYTES_PER_SECOND = 0.0001, 500e6
QUERY_STEPS = 1_000_000  # of the database's own machine: some hundredths of a second


def write_report(ctx: JobContext, folder: Path, *, min_size_bytes: int, other_file_systems: bool) -> str:
    """Compare the files, attach `report.html`, `report.csv` and `report.json`, and return the result in one line.

    Raises:
        JobError: there is no such folder, or the list of its files does not fit into the temporary folder.
        JobCancelled: the job is to stop.
    """
    tree = Tree(ctx, folder, other_file_systems=other_file_systems, end_percent=WALKED_PERCENT)
    with private_database() as database:
        # A query over a million files takes seconds; this stops it.
        database.set_progress_handler(lambda: ctx.cancelled, QUERY_STEPS)
        candidates = Candidates(database, min_size_bytes=min_size_bytes)
        try:
            tree.walk(candidates)
            _compare(ctx, tree, candidates)
            return _attach(ctx, tree, candidates, min_size_bytes=min_size_bytes)
        except sqlite3.OperationalError as error:
            ctx.progress(0)  # raises if the job is to stop
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise JobError("The temporary folder has no room for the list of files.") from None
            raise


def _compare(ctx: JobContext, tree: Tree, candidates: Candidates) -> None:
    """Leave only files whose content is known and may be that of another."""
    ctx.progress(WALKED_PERCENT, 100, "Sorting by size")
    candidates.keep_same_size()
    count = candidates.count()
    ctx.log(f"{counted(count, 'file')} of {tree.files:,} may have a twin: they share their size")
    opening = count * OPENING_SECONDS
    reading = candidates.bytes_to_read() / READ_BYTES_PER_SECOND
    compared_percent = WALKED_PERCENT + (READ_PERCENT - WALKED_PERCENT) * opening / max(opening + reading, 1e-9)
    _compare_ends(ctx, tree, candidates, count=count, end_percent=compared_percent)
    ctx.progress(round(compared_percent, 1), 100, "Sorting by both ends")
    candidates.keep_same_ends()
    _compare_all(ctx, tree, candidates, start_percent=compared_percent)
    candidates.keep_same()


def _compare_ends(ctx: JobContext, tree: Tree, candidates: Candidates, *, count: int, end_percent: float) -> None:
    message = f"Comparing both ends of {counted(count, 'file')}"
    for number, file in enumerate(candidates.to_read()):
        percent = WALKED_PERCENT + (end_percent - WALKED_PERCENT) * number / count
        ctx.progress(round(percent, 1), 100, message)
        with _passing_over_faults(tree, candidates, file):
            digest, is_whole = hash_ends(file)
            candidates.set_ends(file.id, digest, is_whole=is_whole)


def _compare_all(ctx: JobContext, tree: Tree, candidates: Candidates, *, start_percent: float) -> None:
    total = candidates.bytes_to_read()
    if not total:  # their ends were all there is
        return
    ctx.log(f"Now reading {size(total)} to be sure")
    begun = read = 0

    def advance(chunk_bytes: int) -> None:
        nonlocal read
        read += chunk_bytes
        percent = start_percent + (READ_PERCENT - start_percent) * read / total
        ctx.progress(round(percent, 1), 100, f"Read {size(read)} of {size(total)}")

    for file in candidates.to_read_whole():
        with _passing_over_faults(tree, candidates, file):
            candidates.set_whole(file.id, hash_whole(file, advance))
        begun += file.size_bytes
        read = begun  # also when its reading broke off


@contextmanager
def _passing_over_faults(tree: Tree, candidates: Candidates, file: Candidate) -> Iterator[None]:
    """Note a file that changed, vanished or cannot be read, and go on without it."""
    try:
        yield
    except Changed:
        tree.unreadable.add(file.path, "it changed during the job")
        candidates.remove(file.id)
    except OSError as error:
        tree.unreadable.add(file.path, reason(error))
        candidates.remove(file.id)


def _attach(ctx: JobContext, tree: Tree, candidates: Candidates, *, min_size_bytes: int) -> str:
    ctx.progress(READ_PERCENT, 100, "Writing the report")
    groups, copies, free_bytes = candidates.totals()
    report = Report(
        folder=tree.root,
        files=tree.files,
        folders=tree.folders,
        min_size_bytes=min_size_bytes,
        groups=groups,
        copies=copies,
        free_bytes=free_bytes,
        candidates=candidates,
        unreadable=tree.unreadable,
        elsewhere=tree.elsewhere,
        made_at=datetime.now(UTC).replace(microsecond=0),
        pulse=lambda: ctx.progress(READ_PERCENT, 100),
    )
    if tree.unreadable.count:
        passed = counted(tree.unreadable.count, "place")
        ctx.log(f"{passed} could not be read or changed meanwhile; the report lists them", level="warning")
    ctx.attach("report.html", as_page(report).encode(), "text/html")
    with TemporaryDirectory(prefix="jobdeck-duplicates-") as scratch:  # a million copies make a long table
        table, found = Path(scratch) / "report.csv", Path(scratch) / "report.json"
        report.write_csv(table)
        ctx.attach(table.name, table, "text/csv")
        report.write_json(found)
        ctx.attach(found.name, found, "application/json")
    ctx.progress(100, 100)
    return report.sentence
