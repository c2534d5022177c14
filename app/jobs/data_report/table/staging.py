"""The engine: a DuckDB database in a folder of its own, into which the rows are read once; gone afterwards.

Every query runs in a helper thread while the job's own thread watches it: so the bar moves inside a query, and a
query can be stopped (measured: 4 to 43 ms after `interrupt`). docs/decisions/0005 says why DuckDB and why the rows
are staged.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from app.jobs.data_report.table.meter import Meter
from app.jobs.data_report.table.scratch import PREFIX, scratch_folder
from app.jobs.data_report.table.source import Source

# 1 GB of CSV with 10 million distinct texts peaks at 407 MiB of process memory with this (bench/data_report.py).
MEMORY_LIMIT = "250 MB"
THREADS = 2
WATCH_SECONDS = 0.1
# A row group is held unpacked while it is filled: 122,880 rows of 500 columns would not fit into the limit.
ROW_GROUP_VALUES = 1 << 20
# Each column of a row group takes at least one block, in memory too: (most columns, bytes of a block).
BLOCK_BYTES = ((64, 262_144), (700, 32_768), (sys.maxsize, 16_384))
# Rows of smaller files stay in memory, unless they are wide: 3 MB take 0.6 s in place of 0.8, and no more memory.
SMALL_BYTES, MOST_COLUMNS_IN_MEMORY = 4_500_000, 128

Rows: TypeAlias = list[tuple[Any, ...]]


@contextmanager
def staging(source: Source, meter: Meter) -> Iterator["Staging"]:
    """Give an empty database that is closed and deleted at the end."""
    with scratch_folder() as folder:
        stage = Staging(source, meter, folder)
        try:
            yield stage
        finally:
            stage.close()


class Staging:
    """A database in `folder` and the connection to ask it. Used by one thread."""

    def __init__(self, source: Source, meter: Meter, folder: Path) -> None:
        """Open a database in `folder`."""
        self.source = source
        self.meter = meter
        self.folder = folder
        self.is_small = False
        """Whether the file that was loaded is one of few bytes."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="data-report")
        self._connection = duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": str(folder / "spill")}
        )
        for setting in (
            "autoinstall_known_extensions = false",  # nothing is fetched from the network
            "autoload_known_extensions = false",
            # Both trust the statistics of a Parquet file, which may be wrong, and which say nothing of NaN.
            "perfect_ht_threshold = 0",
            "disabled_optimizers = 'statistics_propagation'",
            "enable_geoparquet_conversion = false",  # a shape is bytes like others, and no cause to refuse the file
            "preserve_insertion_order = false",
            "TimeZone = 'UTC'",
            "enable_progress_bar = true",  # without it `query_progress` answers -1
            "enable_progress_bar_print = false",
        ):
            self._connection.execute(f"SET {setting}")

    def close(self) -> None:
        """Stop what runs and close the database."""
        self._connection.interrupt()
        self._thread.shutdown(wait=True)
        self._connection.close()

    def ask(self, query: str, values: Sequence[Any] = (), *, start: float = 0.0, end: float = 0.0) -> Rows:
        """Run one query and return its rows; it fills the present step from `start` to `end` (0…1).

        Raises:
            JobCancelled: the job is to stop; the query was stopped too.
            JobError: memory or disk did not suffice.
            OSError: the folder of the database is gone; another try may succeed.
            duckdb.Error: anything else, such as a file that cannot be read.
        """
        future = self._thread.submit(self._fetch, query, values)
        try:
            while not future.done():
                wait([future], timeout=WATCH_SECONDS)
                share = max(self._connection.query_progress(), 0.0) / 100 if not future.done() else 1.0
                self.meter.at(start + (end - start) * share)
            return future.result()
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise self._no_room(error) from error
        finally:
            self._stop(future)

    def _fetch(self, query: str, values: Sequence[Any]) -> Rows:
        return self._connection.execute(query, list(values)).fetchall()

    def _stop(self, future: "Future[Rows]") -> None:
        """Wait for the query's end; asked again and again, because one that has not begun does not hear it."""
        while not future.done():
            self._connection.interrupt()
            wait([future], timeout=WATCH_SECONDS)

    def _no_room(self, error: Exception) -> Exception:
        text = str(error)
        if not self.folder.exists():
            return self._no_folder()
        if "No space left" in text or "max_temp_directory_size" in text:
            return self.source.error(
                f"cannot be read: the disk of the temporary folder ({self.folder.parent}) is full."
            )
        if isinstance(error, duckdb.OutOfMemoryException):
            return self.source.error(f"does not fit into the {MEMORY_LIMIT} of memory a report may use.")
        return error

    def _no_folder(self) -> OSError:
        """Return an error that is no fault of the file, so no JobError: the job is tried again."""
        return OSError(f"The folder in which the report worked was removed while it ran ({self.folder}).")

    def new_database(self, columns: int) -> None:
        """Attach an empty database `stage` for tables of `columns` columns in all; a file, where they may be large."""
        path = self.folder / "rows.db"
        self.ask("DETACH DATABASE IF EXISTS stage")
        path.unlink(missing_ok=True)
        source = self.source
        self.is_small = not source.packing and source.path.stat().st_size <= SMALL_BYTES
        if self.is_small and columns <= MOST_COLUMNS_IN_MEMORY:
            self.ask("ATTACH ':memory:' AS stage")
            return
        rows = max(2048, min(122_880, ROW_GROUP_VALUES // max(columns, 1) // 2048 * 2048))
        block_bytes = next(size for most, size in BLOCK_BYTES if columns <= most)
        self.ask(f"ATTACH {quoted(str(path))} AS stage (ROW_GROUP_SIZE {rows}, BLOCK_SIZE {block_bytes})")

    def link(self, path: Path) -> str:
        """Return a name for the file in which no `*` or `[` is taken for a pattern.

        Raises:
            OSError: the folder of the database is gone; another try may succeed.
        """
        if not self.folder.exists():
            raise self._no_folder()
        link = self.folder / "input"
        link.unlink(missing_ok=True)
        link.symlink_to(path.absolute())
        return str(link)


def quoted(text: str) -> str:
    """Return `text` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def first_line(error: Exception) -> str:
    """Return what the engine says of an error, without its advice, its own places, and its names for our folder."""
    text = str(error).splitlines()[0]
    text = re.sub(rf"\s*['\"]?[^\s'\"]*/{PREFIX}[^\s'\"]*['\"]?", "", text)
    return re.sub(r"^(\w+ )+Error: ", "", text).rstrip(". :")
