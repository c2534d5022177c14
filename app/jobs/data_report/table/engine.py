"""The engine itself: DuckDB, set up for reports. It takes 43 MB, so that it is loaded by the first question to it.

docs/decisions/0005 says why DuckDB and why the rows are staged.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from app.jobs.data_report.table.errors import MEMORY_LIMIT, EngineError, NoRoom

THREADS = 2
_SETTINGS = (
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
)

Rows: TypeAlias = list[tuple[Any, ...]]


class Engine:
    """A connection. `fetch` is called by one thread, the other methods by another meanwhile."""

    def __init__(self, spill: Path) -> None:
        """Open a database in memory that uses the folder `spill` where it is too large."""
        self._connection = duckdb.connect(
            config={"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": str(spill)}
        )
        for setting in _SETTINGS:
            self._connection.execute(f"SET {setting}")

    def fetch(self, query: str, values: Sequence[Any]) -> Rows:
        """Run one query and return its rows.

        Raises:
            EngineError: it cannot.
        """
        try:
            return self._connection.execute(query, list(values)).fetchall()
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            raise NoRoom(str(error), is_memory=isinstance(error, duckdb.OutOfMemoryException)) from error
        except duckdb.Error as error:
            raise EngineError(str(error)) from error

    def share_done(self) -> float:
        """Return how much of the present query is done, 0…1."""
        return max(self._connection.query_progress(), 0.0) / 100

    def interrupt(self) -> None:
        """Stop the present query, if there is one."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
