"""Rows and columns out of what a job wrote: CSV, TSV, and JSON that is a list of flat objects.

Nothing is drawn here; safe in any thread.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from app.pages.time.durations import count, plural

MOST_ROWS = 200
LONGEST_FIELD = 100_000
MOST_COLUMNS = 60
LONGEST_CELL = 300
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The beginning of a table."""

    columns: list[str]
    rows: list[list[str]]
    """Cells as text, each row as long as `columns`; at most `MOST_ROWS`."""
    numeric: frozenset[int]
    """The columns, by place, that hold nothing but numbers."""
    row_count: int
    is_count_exact: bool
    column_count: int

    @property
    def sentence(self) -> str:
        """Say how much of the table is here: "200 of 12,345 rows"."""
        if self.is_count_exact:
            is_cut = len(self.rows) < self.row_count
            said = (f"{count(len(self.rows))} of " if is_cut else "") + plural(self.row_count, "row")
        else:
            said = f"{count(len(self.rows))} of about {plural(_to_three_digits(self.row_count), 'row')}"
        if len(self.columns) < self.column_count:
            said += f", {count(len(self.columns))} of {plural(self.column_count, 'column')}"
        return said


def table_of_text(text: str, *, delimiter: str | None = None, share: float = 1.0) -> Table | None:
    """Read separated values; the first line names the columns. None when there is no line, or it is no such text.

    Args:
        text: whole lines.
        delimiter: guessed from the first line when None.
        share: how much of the file `text` is, 0…1; below 1 the number of rows is an estimate.
    """
    if delimiter is None:
        first = text.partition("\n")[0]
        delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    lines = (line for line in reader if line)
    try:
        header = next(lines, None)
        if header is None:
            return None
        rows = list(islice(lines, MOST_ROWS))
        row_count = len(rows) + sum(1 for _ in lines)
    except csv.Error:
        return None
    if any(len(cell) > LONGEST_FIELD for row in rows for cell in row):  # a quote that is never closed
        return None
    return _table(header, rows, row_count=round(row_count / share), is_count_exact=share >= 1)


def table_of_records(value: Any) -> Table | None:
    """Read a list of flat objects; None when it is anything else. A column for each name, in order of appearance."""
    if not isinstance(value, list) or not value:
        return None
    if not all(isinstance(record, dict) and all(map(_is_scalar, record.values())) for record in value):
        return None
    return _table_of_flat(value, row_count=len(value), is_count_exact=True)


def table_of_lines(text: str, *, share: float = 1.0) -> Table | None:
    """Read one JSON object a line (NDJSON); None when a line is anything else. `text`, `share` as above."""
    records: list[Mapping[str, Any]] = []
    row_count = 0
    for line in text.splitlines():
        if not line.strip():
            continue
        row_count += 1
        if len(records) < MOST_ROWS:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                return None
            if not isinstance(record, dict) or not all(map(_is_scalar, record.values())):
                return None
            records.append(record)
    if not records:
        return None
    return _table_of_flat(records, row_count=round(row_count / share), is_count_exact=share >= 1)


def scalar_text(value: Any) -> str:
    """Write a scalar of JSON: text as it is, "" for null."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _to_three_digits(number: int) -> int:
    return round(number, min(0, 3 - len(str(number))))


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _table_of_flat(records: Sequence[Mapping[str, Any]], *, row_count: int, is_count_exact: bool) -> Table:
    columns = list(dict.fromkeys(name for record in records for name in record))
    shown = records[:MOST_ROWS]
    rows = [[scalar_text(record.get(name)) for name in columns[:MOST_COLUMNS]] for record in shown]
    return _table(columns, rows, row_count=row_count, is_count_exact=is_count_exact)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, row_count: int, is_count_exact: bool) -> Table:
    column_count = max(len(header), max(map(len, rows), default=0))
    width = min(column_count, MOST_COLUMNS)
    columns = _of_width(header, width)
    cells = [_of_width(row, width) for row in rows]
    return Table(
        columns=columns,
        rows=cells,
        numeric=frozenset(place for place in range(width) if _is_numeric(row[place] for row in cells)),
        row_count=row_count,
        is_count_exact=is_count_exact,
        column_count=column_count,
    )


def _of_width(row: Sequence[str], width: int) -> list[str]:
    cut = [cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…" for cell in row[:width]]
    return cut + [""] * (width - len(cut))


def _is_numeric(cells: Iterable[str]) -> bool:
    has_number = False
    for cell in cells:
        if not cell:
            continue
        try:
            float(cell)
        except ValueError:
            return False
        has_number = True
    return has_number
