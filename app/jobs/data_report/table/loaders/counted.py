"""Small delimited text: read with the standard library, and its values counted column by column, without the engine.

The engine takes 43 MB and some milliseconds for each question, however few rows there are: a file of 4 MB and 94
columns took it four times as long as pandas.
"""

import csv
import io
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import TextIO, cast

from app.jobs.data_report.table.columns import Tally
from app.jobs.data_report.table.meter import CHECKED_PERCENT, LOADED_PERCENT
from app.jobs.data_report.table.staging import Staging
from app.jobs.data_report.table.text.dialect import table_reader
from app.jobs.data_report.table.text.lines import LONGEST_LINE_BYTES

# So many different values of all columns take about 50 MB; of more, the engine takes less.
MOST_DISTINCT = 300_000
_CELLS_AT_ONCE = 10_000  # they stay in the processor's cache


class Counts:
    """The values of each column with how often they occur, and the rows; `blank`: lines without a character."""

    def __init__(self, width: int) -> None:
        """Begin with no rows."""
        self._columns: list[Counter[str]] = [Counter() for _ in range(width)]
        self.rows = 0
        self.blank = 0

    @property
    def distinct(self) -> int:
        """How many different values all columns have."""
        return sum(map(len, self._columns))

    def add(self, rows: Sequence[Sequence[str]]) -> bool:
        """Count some rows; False: one has more or fewer values than there are columns."""
        widths = set(map(len, rows))
        if 0 in widths:
            rows = self._without_blank(rows)
            widths = set(map(len, rows))
        if widths - {len(self._columns)}:
            return False
        for column, values in zip(self._columns, zip(*rows, strict=True), strict=bool(rows)):
            column.update(values)
        self.rows += len(rows)
        return True

    def _without_blank(self, rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Leave empty lines out, except in a table of one column, where one is a missing value."""
        if len(self._columns) == 1:
            return [row or ("",) for row in rows]
        filled = [row for row in rows if row]
        self.blank += len(rows) - len(filled)
        return filled

    def tallies(self) -> deque[Tally]:
        """Return what was counted, an empty value as None, and forget it."""
        found: deque[Tally] = deque()
        for column in self._columns:
            tally = cast(dict[str | None, int], dict(column))
            if "" in column:
                tally[None] = tally.pop("")
            found.append(tally)
        self._columns = []
        return found


def count(stage: Staging) -> Counts | None:
    """Count the values of the stage's file; None: it is not small, or not all is right with it.

    Raises:
        JobCancelled: the job is to stop.
    """
    source, meter = stage.source, stage.meter
    if not stage.is_small_file or source.dialect.comment:
        return None
    meter.step(0, CHECKED_PERCENT, "Checking lines")
    data = source.path.read_bytes()
    if b"\0" in data:
        return None
    csv.field_size_limit(LONGEST_LINE_BYTES)
    meter.step(CHECKED_PERCENT, LOADED_PERCENT, "Reading rows")
    found = Counts(source.dialect.width)
    raw, size_bytes = io.BytesIO(data), len(data)
    del data
    try:
        for rows in _rows(stage, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")):
            if not found.add(rows) or found.distinct > MOST_DISTINCT:
                return None
            meter.at(raw.tell() / size_bytes)
    except (UnicodeDecodeError, csv.Error):
        return None
    return found


def _rows(stage: Staging, text: TextIO) -> Iterator[Sequence[Sequence[str]]]:
    """Yield the rows below the names, some at once."""
    dialect = stage.source.dialect
    for _ in range(dialect.skipped):
        next(text, None)
    reader = table_reader(text, dialect, strict=True)
    first = next((row for row in reader if row), None)
    if first is None:
        return
    if dialect.has_header and len(first) != dialect.width:
        yield [first]  # it is to be refused
    at_once = max(_CELLS_AT_ONCE // dialect.width, 1)
    rest = iter(reader) if dialect.has_header else chain([first], reader)
    while rows := list(islice(rest, at_once)):
        yield rows
