"""The engine: a DuckDB database in a folder of its own, into which the rows are read once; gone afterwards.

Every query runs in a helper thread while the job's own thread watches it: so the bar moves inside a query, and a
query can be stopped (measured: 4 to 43 ms after `interrupt`). The engine is loaded by the first question: many a small
file needs none.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from app.jobs.data_report.table.errors import MEMORY_LIMIT, NoRoom
from app.jobs.data_report.table.meter import Meter
from app.jobs.data_report.table.scratch import PREFIX, scratch_folder
from app.jobs.data_report.table.source import Source
from app.queue import JobError

if TYPE_CHECKING:
    from app.jobs.data_report.table.engine import Engine

WATCH_SECONDS = 0.1
# A row group is held unpacked while it is filled: 122,880 rows of 500 columns would not fit into the limit.
ROW_GROUP_VALUES = 1 << 20
# Each column of a row group takes at least one block, in memory too: (most columns, bytes of a block).
BLOCK_BYTES = ((64, 262_144), (700, 32_768), (sys.maxsize, 16_384))
# Smaller files are read and counted without the engine where they are text; else their rows stay in memory, unless they
# are wide: 3 MB take 0.6 s in place of 0.8, and no more memory.
SMALL_BYTES, MOST_COLUMNS_IN_MEMORY = 4_500_000, 128

_FULL_DISK = re.compile(r"No space left|Disk quota exceeded|max_temp_directory_size")

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
        """Open nothing yet; a database will be in `folder`."""
        self.source = source
        self.meter = meter
        self.folder = folder
        self.is_small = False
        """Whether the file that was loaded is one of few bytes."""
        self.advice = "save fewer of its columns or rows, or shorter values"
        """What helps where the memory does not suffice."""
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="data-report")
        self._opened: Engine | None = None

    @property
    def _engine(self) -> "Engine":
        if self._opened is None:
            from app.jobs.data_report.table.engine import Engine  # for the memory it takes: see there

            self._opened = Engine(self.folder / "spill")
        return self._opened

    def close(self) -> None:
        """Stop what runs and close the database."""
        if self._opened is not None:
            self._opened.interrupt()
            self._thread.shutdown(wait=True)
            self._opened.close()

    def ask(self, query: str, values: Sequence[Any] = (), *, start: float = 0.0, end: float = 0.0) -> Rows:
        """Run one query and return its rows; it fills the present step from `start` to `end` (0…1).

        Raises:
            JobCancelled: the job is to stop; the query was stopped too.
            JobError: memory or disk did not suffice.
            OSError: the folder of the database is gone; another try may succeed.
            EngineError: anything else, such as a file that cannot be read.
        """
        engine = self._engine
        future = self._thread.submit(engine.fetch, query, values)
        try:
            while not future.done():
                wait([future], timeout=WATCH_SECONDS)
                share = engine.share_done() if not future.done() else 1.0
                self.meter.at(start + (end - start) * share)
            return future.result()
        except NoRoom as error:
            raise self._no_room(error) from error
        finally:
            _stop(engine, future)

    def _no_room(self, error: NoRoom) -> Exception:
        if not self.folder.exists():
            return self._no_folder()
        if tells_of_a_full_disk(error):
            return self.full_disk()
        if error.is_memory:
            return self.source.error(f"does not fit into the {MEMORY_LIMIT} of memory a report may use; {self.advice}.")
        return error

    def full_disk(self) -> JobError:
        """Return the sentence for a disk that is full, which is no fault of the file: it need not be fetched again."""
        return self.source.error(
            f"cannot be read: the disk of the temporary folder ({self.folder.parent}) is full; make room there."
        )

    def _no_folder(self) -> OSError:
        """Return an error that is no fault of the file, so no JobError: the job is tried again."""
        return OSError(f"The folder in which the report worked was removed while it ran ({self.folder}).")

    @property
    def is_small_file(self) -> bool:
        """Whether the file is one of few bytes, and not packed."""
        return not self.source.packing and self.source.path.stat().st_size <= SMALL_BYTES

    def new_database(self, columns: int) -> None:
        """Attach an empty database `stage` for tables of `columns` columns in all; a file, where they may be large."""
        path = self.folder / "rows.db"
        self.ask("DETACH DATABASE IF EXISTS stage")
        path.unlink(missing_ok=True)
        self.is_small = self.is_small_file
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


def _stop(engine: "Engine", future: "Future[Rows]") -> None:
    """Wait for the query's end; asked again and again, because one that has not begun does not hear it."""
    while not future.done():
        engine.interrupt()
        wait([future], timeout=WATCH_SECONDS)


def quoted(text: str) -> str:
    """Return `text` as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def tells_of_a_full_disk(error: object) -> bool:
    """Return whether an error of the system, or of a program that had one, says that the disk or the share is full."""
    return _FULL_DISK.search(str(error)) is not None


def first_line(error: Exception) -> str:
    """Return what the engine says of an error, without its advice, its own places, and its names for our folder."""
    text = str(error).splitlines()[0]
    text = re.sub(rf"\s*['\"]?[^\s'\"]*/{PREFIX}[^\s'\"]*['\"]?", "", text)
    return re.sub(r"^(\w+ )+Error: ", "", text).rstrip(". :")
